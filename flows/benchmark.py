"""The flow that asks whether a quantum model helps, and what it costs to find out."""

from prefect import flow

from qml_core.references import BenchmarkRef
from qml_core.specs import BackendSpec, BenchmarkSpec, RunSpec, check_benchmark
from tasks.benchmark_report import report_benchmark
from tasks.benchmarks import open_benchmark
from tasks.contest_rounds import contest_all
from tasks.screens import screen
from tasks.verdicts import decide


@flow(name="benchmark", persist_result=False)
def benchmark(
    benchmark: BenchmarkSpec,
    backend: BackendSpec = BackendSpec(),
    run: RunSpec = RunSpec(),
) -> BenchmarkRef:
    """Screen, then all models on the same folds, then the verdict on every quantum model.

    Args:
        benchmark: Data sets, models, folds, and what decides.
        backend: Where the circuits of the quantum models run.
        run: Under which terms: seed, project, task runner.
    """
    check_benchmark(benchmark, backend)
    plan = open_benchmark(benchmark, backend, run)
    screens = screen(plan, run)
    contested = contest_all(plan, run)
    verdicts = decide(plan, contested.scores)
    return report_benchmark(plan, run, screens, contested, verdicts)
