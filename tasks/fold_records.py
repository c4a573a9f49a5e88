"""Keys and records of folds: what is the same fit, and how it is kept."""

from collections.abc import Mapping
from typing import Any

from qml_core.keys import key
from qml_core.references import ArtifactRef, BenchmarkPlan, DatasetRef, FoldScore
from qml_core.specs import BackendSpec, ContestantSpec
from qml_core.storage.folds import FoldRecord
from tasks.devices import noise_digest
from tasks.trial_records import backend_document


def fold_key(
    plan: BenchmarkPlan,
    data: DatasetRef,
    contestant: ContestantSpec,
    backend: BackendSpec,
    share: float = 1.0,
) -> str:
    """Exactly what changes the numbers: not the label, nor who else takes part.

    Args:
        data: of the outer fold.
        backend: where its circuits run.
        share: of the training rows.
    """
    benchmark = plan.benchmark
    parts: dict[str, Any] = {
        "data": data.sha256,
        "model": model_document(contestant),
        "configurations": benchmark.configurations,
        "inner_folds": benchmark.inner_folds,
        "metric": benchmark.primary(plan.task),
        "seed": data.split_seed,
    }
    if contestant.quantum:
        parts["backend"] = backend_document(backend, noise_digest(backend))
    if share < 1.0:
        parts["share"] = share
    if plan.remeasure:
        parts["remeasure"] = plan.remeasure
    return key("fold", **parts)


def model_document(contestant: ContestantSpec) -> dict[str, Any]:
    """The fields in use."""
    document: dict[str, Any] = {"features": contestant.features}
    if contestant.classical is not None:
        return {**document, "classical": contestant.classical}
    assert contestant.model is not None
    model = contestant.model.model_dump(mode="json", exclude_defaults=True)
    document["model"] = {**model, "name": contestant.model.name}
    return {**document, "fourier": True} if contestant.control == "fourier" else document


def score_of(
    found: tuple[FoldRecord, ArtifactRef],
    data: str,
    contestant: ContestantSpec,
    place: tuple[int, int],
    share: float,
    *,
    reused: bool,
) -> FoldScore:
    """A record at its place in a benchmark: (repeat, fold) of a data set."""
    record, ref = found
    same = ("key", "status", "error", "metrics", "inner_score", "configuration", "configurations")
    cost = ("backend", "circuits", "shots", "qpu_seconds", "usd", "seconds", "n_train", "n_test")
    kept: Mapping[str, Any] = {field: getattr(record, field) for field in (*same, *cost)}
    repeat, fold = place
    return FoldScore(
        **ref.model_dump(),
        **kept,
        data=data,
        model=contestant.label,
        kind=contestant.kind,
        repeat=repeat,
        fold=fold,
        share=share,
        reused=reused,
    )
