"""Promoted models: names that may change which model they stand for, each with why."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import Field, ValidationError

from qml_core.errors import ArtifactNotFound, CorruptArtifact, SpecError
from qml_core.evaluation.judgement.promotion import Evidence
from qml_core.near_names import near_names
from qml_core.references import ModelRef
from qml_core.references.benchmark import Outcome
from qml_core.specs import DatasetSpec, ModelSpec, Spec
from qml_core.specs.benchmark import METRICS_OF
from qml_core.storage.benchmark_records import BenchmarkRecord
from qml_core.storage.runs import get_ref, list_runs, load_run, set_ref
from qml_core.storage.store import ArtifactStore

PREFIX = "model-"
"""Of the names under refs/, which also holds others, e.g. `latest`."""

_TUNED = {"bandwidths", "C", "inner_folds"}
"""Of a model: where its hyper-parameters are looked for, which a benchmark does in its own way."""


class Origin(Spec):
    """The run that trained a model, and from what."""

    run_id: str
    split: int = Field(ge=0, description="Which of the models of the run")
    dataset: DatasetSpec
    model: ModelSpec


class PromotedModel(Spec):
    """What a name stands for."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,47}$")
    model: ModelRef
    quantum: bool
    origin: Origin | None = None
    benchmark: str | None = Field(None, description="Run id of the evidence; none: there is none")
    outcome: Outcome | None = None
    why: str = Field(description="What allowed it")
    override: str | None = Field(None, description="The reason, where only that allowed it")
    when: datetime
    over: ModelRef | None = Field(None, description="What the name stood for until then")


def origin_of(store: ArtifactStore, path: str) -> Origin | None:
    """The newest run that trained the model at a path; none: no record names it."""
    for run_id in list_runs(store):
        record = load_run(store, run_id)
        models = [model["path"] for model in record.get("models", ())]
        asked = record.get("asked", {})
        if path in models and {"dataset", "model"} <= set(asked):
            return Origin(
                run_id=run_id,
                split=models.index(path),
                dataset=DatasetSpec.model_validate(asked["dataset"]),
                model=ModelSpec.model_validate(asked["model"]),
            )
    return None


def evidence_of(origin: Origin, benchmarks: Iterable[BenchmarkRecord]) -> Evidence | None:
    """What the first benchmark says that had this model on these data; none: no one had."""
    for record in benchmarks:
        labels = _labels(record, origin.model)
        for spec, verdict in zip(record.benchmark.datasets, record.data, strict=True):
            judged = tuple(one for one in verdict.judgements if one.model in labels)
            if judged and _data(spec) == _data(origin.dataset):
                return Evidence(record.run_id, verdict.data, judged)
    return None


def _labels(record: BenchmarkRecord, model: ModelSpec) -> set[str]:
    """Of the quantum contestants that are this model, tuned in whatever range."""
    classes = record.data[0].metric in METRICS_OF["classification"]
    task = "classification" if classes else "regression"
    contestants = record.benchmark.contestants(task, measured=record.backend.measured)
    return {
        one.label
        for one in contestants
        if one.kind == "quantum" and one.model is not None and _model(one.model) == _model(model)
    }


def _model(model: ModelSpec) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude={*model.unused, *_TUNED})


def _data(dataset: DatasetSpec) -> dict[str, Any]:
    """Without the split: a benchmark has folds of its own."""
    return dataset.model_dump(mode="json", exclude={"split"})


def promote(store: ArtifactStore, promoted: PromotedModel) -> None:
    """Let the name stand for the model from now on; the last writer wins."""
    set_ref(store, f"{PREFIX}{promoted.name}", json.loads(promoted.model_dump_json()))


def promoted_model(store: ArtifactStore, name: str) -> PromotedModel:
    """What a name stands for.

    Raises:
        SpecError: no model was promoted as that.
        CorruptArtifact: its document cannot be read.
    """
    found = find_promoted(store, name)
    if found is None:
        known = near_names(name, promoted_names(store))
        raise SpecError(
            f"no model was promoted as {name[:80]!r}; {known}",
            "see `qml models list` and `qml models promote`",
        )
    return found


def find_promoted(store: ArtifactStore, name: str) -> PromotedModel | None:
    """What a name stands for; none: nothing yet. Raises CorruptArtifact."""
    if name not in promoted_names(store):
        return None
    try:
        return PromotedModel.model_validate(get_ref(store, f"{PREFIX}{name}"))
    except ArtifactNotFound:  # removed in between
        return None
    except ValidationError as error:
        raise CorruptArtifact(
            f"refs/{PREFIX}{name}.json is no promoted model", "promote a model by this name again"
        ) from error


def promoted_names(store: ArtifactStore) -> tuple[str, ...]:
    """All names, in alphabetical order."""
    paths = [entry.path.removeprefix("refs/").removesuffix(".json") for entry in store.list("refs")]
    return tuple(sorted(p.removeprefix(PREFIX) for p in paths if p.startswith(PREFIX)))
