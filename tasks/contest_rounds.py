"""All contestants on all folds, the classical ones first."""

from collections.abc import Iterator
from typing import Any

from qml_core.events import StageStarted, emit
from qml_core.references import BenchmarkPlan, FoldScore
from qml_core.specs import RunSpec
from tasks.contests import Contested, contest, labels
from tasks.measured_contests import contest_measured
from tasks.progress import Progress
from tasks.runners import open_runner

Asked = dict[str, Any]


def contest_all(plan: BenchmarkPlan, run: RunSpec) -> Contested:
    """Every contestant on all folds, and on the learning curve's shares.

    What an earlier run has evaluated is found in the store, whichever benchmark asked for it. One
    fit at a time unless `run.task_runner` is Dask: two threads fit classical models no faster than
    one, and scikit-learn's fits change warning filters, which all threads share.
    """
    measured = measured_labels(plan)
    scores: list[FoldScore] = []
    for circuits, stage in ((False, "classical models"), (True, "quantum models")):
        names = [one for one in labels(plan.contestants, circuits=circuits) if one not in measured]
        asked = [one for label in names for one in _of_contestant(plan, label, run)]
        if not asked:
            continue
        folds = len(asked) * plan.benchmark.folds
        emit(StageStarted(stage, folds))
        with open_runner(run, (), plan.store) as runner:
            progress = Progress(stage, folds, heard=runner.in_process)
            futures = [runner.tasks.submit(contest, one) for one in asked]
            for future in futures:
                found = future.result()
                progress.add(len(found), sum(score.reused for score in found))
                scores += found
    if not measured:
        return Contested(tuple(scores))
    bought = contest_measured(plan, sorted(measured), run)
    return Contested((*scores, *bought.scores), bought.grants)


def measured_labels(plan: BenchmarkPlan) -> set[str]:
    """Contestants whose circuits run with shots: the quantum models, not their controls."""
    if not plan.backend.measured:
        return set()
    return {one.label for one in plan.contestants if one.kind == "quantum"}


def _of_contestant(plan: BenchmarkPlan, label: str, run: RunSpec) -> Iterator[Asked]:
    benchmark = plan.benchmark
    for data in plan.data:
        head = plan.model_copy(update={"data": (data,)})  # what a task needs of it
        whole = {"plan": head, "label": label, "run": run}
        yield from ({**whole, "repeat": repeat} for repeat in range(benchmark.repeats))
        yield from ({**whole, "repeat": 0, "share": share} for share in benchmark.learning_curve)
