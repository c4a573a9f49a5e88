"""The end of a benchmark: table of all folds, page and record."""

from collections.abc import Sequence
from datetime import datetime, timezone

from prefect import task

from qml_core.evaluation.judgement.headline import headline
from qml_core.evaluation.report.benchmark import BenchmarkSection, differences_of
from qml_core.events import StageStarted, emit
from qml_core.references import (
    ArtifactRef,
    BenchmarkPlan,
    BenchmarkRef,
    FoldScore,
    ScreenRef,
)
from qml_core.specs import RunSpec
from qml_core.storage.benchmarks import put_benchmark
from qml_core.storage.store import open_store
from tasks.contests import Contested
from tasks.job import Job
from tasks.learning_curves import learning_curves
from tasks.options import STORE
from tasks.records import finish, new_run_id
from tasks.tracking import track
from tasks.verdicts import Verdicts

METHOD = (
    "All models meet on the same outer folds; in each, as many configurations of every model are "
    "compared by inner cross-validation, preprocessing included. Intervals: bootstrap of the "
    "samples, a sample with all its repeats. Decided by the corrected resampled t-test (Nadeau & "
    "Bengio 2003): a quantum model has to beat every tuned classical one, corrected by Holm over "
    "quantum models and metrics; equivalence by its Bayesian counterpart (Benavoli et al. 2017)."
)
_LOST_CURVE = "Learning curves are of the models that are computed exactly."
"""Of what a QPU would be paid for again."""


@task(name="report-benchmark", **STORE)
def report_benchmark(
    plan: BenchmarkPlan,
    run: RunSpec,
    screens: Sequence[ScreenRef],
    contested: Contested,
    verdicts: Verdicts,
) -> BenchmarkRef:
    """Whether the quantum models helped, as a page, a table and a record."""
    emit(StageStarted("report"))
    scores = contested.scores
    run_id = new_run_id(datetime.now(timezone.utc))
    table = put_benchmark(open_store(plan.store), run_id, scores)
    job = Job(
        verb="benchmark",
        asked={"benchmark": plan.benchmark, "backend": plan.backend, "run": run},
        store=plan.store,
        timings=_timings(scores),
        n_qubits=0,
        grants=contested.grants,
        tables=(table,),
        run_id=run_id,
        more={"benchmark": _document(plan, screens, verdicts)},
    )
    title = f"Benchmark on {', '.join(data.name for data in plan.data[:3])}"
    more = len(plan.data) - 3
    section = _section(plan, screens, scores, verdicts, table)
    finished = finish(
        job,
        f"{title} and {more} more" if more > 0 else title,
        headline(verdicts.data, verdicts.across),
        {"benchmark": section},
    )
    track(plan, scores, verdicts.data, run_id, finished.report.uri)
    return BenchmarkRef(
        **dict(finished),
        data=verdicts.data,
        across=verdicts.across,
        screens=tuple(screens),
        table=table,
    )


def _document(
    plan: BenchmarkPlan, screens: Sequence[ScreenRef], verdicts: Verdicts
) -> dict[str, object]:
    """What is read back to show a run, or to compare two; and the data of its folds, to be kept."""
    across = verdicts.across
    return {
        "data": [one.model_dump(mode="json") for one in verdicts.data],
        "across": None if across is None else across.model_dump(mode="json"),
        "screens": [one.model_dump(mode="json") for one in screens],
        "folds": [
            {"path": ref.path, "sha256": ref.sha256}
            for one in plan.data
            for fold in one.folds
            for ref in (fold, fold.preprocessing)
        ],
    }


def _section(
    plan: BenchmarkPlan,
    screens: Sequence[ScreenRef],
    scores: Sequence[FoldScore],
    verdicts: Verdicts,
    table: ArtifactRef,
) -> BenchmarkSection:
    lost = plan.backend.measured and bool(plan.benchmark.learning_curve)
    return BenchmarkSection(
        data=verdicts.data,
        across=verdicts.across,
        screens=tuple(screens),
        differences=differences_of(verdicts.data, scores),
        learning=learning_curves(plan, scores),
        folds=tuple(scores),
        table=table.uri,
        configurations=plan.benchmark.configurations,
        equivalence=plan.benchmark.equivalence,
        method=METHOD,
        notes=(*_failures(scores), *((_LOST_CURVE,) if lost else ())),
    )


def _failures(scores: Sequence[FoldScore]) -> tuple[str, ...]:
    """Of every model that failed somewhere, how often and why first."""
    failed: dict[tuple[str, str], list[FoldScore]] = {}
    for score in scores:
        if score.status == "failed":
            failed.setdefault((score.data, score.model), []).append(score)
    return tuple(
        f"{model} failed on {len(own)} folds of {data}, which its paired tests leave out: "
        f"{own[0].error}"
        for (data, model), own in failed.items()
    )


def _timings(scores: Sequence[FoldScore]) -> tuple[tuple[str, float], ...]:
    own = [score for score in scores if not score.reused]
    kinds = {"quantum": "quantum models", "classical": "classical models", "control": "controls"}
    return tuple(
        (words, sum(score.seconds for score in own if score.kind == kind))
        for kind, words in kinds.items()
    )
