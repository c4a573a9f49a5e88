"""Keys and records of trials: what is the same trial, and how it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from qml_core.evaluation.objectives.scores import metric_for
from qml_core.events import StepDone, emit
from qml_core.keys import key
from qml_core.references import ArtifactRef, DatasetRef, SearchPlan, Trial
from qml_core.specs import BackendSpec, ObjectiveSpec, SearchSpec
from qml_core.specs.space import Value
from qml_core.storage.store import ArtifactStore
from qml_core.storage.trials import TrialRecord, find_trial, put_trial
from tasks.devices import noise_digest
from tasks.provenance import package_versions
from tasks.trial_objectives import Outcome

Configuration = Mapping[str, Value]


@dataclass(frozen=True)
class Place:
    """Where a trial stands in a search."""

    number: int
    round: int
    rung: int
    codes: tuple[int, ...]
    source: str


def configuration_of(search: SearchSpec, codes: Sequence[int]) -> dict[str, Value]:
    """The values of level numbers (v,)."""
    return {d.name: d.levels[c] for d, c in zip(search.space, codes, strict=True)}


def data_of(plan: SearchPlan) -> DatasetRef:
    """The data of a search over models."""
    assert plan.data is not None
    return plan.data


def trial_key_of(
    plan: SearchPlan, configuration: Configuration, backend: BackendSpec, source: str = ""
) -> str:
    """The key of a configuration of a search on a backend."""
    circuits = plan.search.objective.runs_circuits
    return trial_key(
        None if plan.data is None else plan.data.sha256,
        objective_document(plan, source),
        configuration,
        backend_document(backend, noise_digest(backend)) if circuits else None,
        plan.seed,
        plan.remeasure,
    )


def trial_key(
    data: str | None,
    objective: Mapping[str, Any],
    configuration: Configuration,
    backend: Mapping[str, Any] | None,
    seed: int,
    remeasure: int = 0,
) -> str:
    """Exactly what changes the value: not number, round or searcher, so that searches share trials.

    Args:
        data: SHA-256 of the data with its labels; none: the objective is a function.
        backend: none: no circuit of this project runs.
    """
    parts: dict[str, Any] = {
        "objective": dict(objective),
        "configuration": dict(configuration),
        "seed": seed,
    }
    if data is not None:
        parts["data"] = data
    if backend is not None:
        parts["backend"] = dict(backend)
    if remeasure:
        parts["remeasure"] = remeasure
    return key("trial", **parts)


def key_within(trial: str, memory_bytes: int) -> str:
    """Of a trial that failed for want of memory: with another limit it is tried again."""
    return key("trial within memory", trial=trial, memory_bytes=memory_bytes)


def objective_document(plan: SearchPlan, source: str = "") -> dict[str, Any]:
    """The fields of an objective in use; "auto" is the same metric as what it stands for.

    Args:
        source: digest of the file of a function, so that an edited one is evaluated anew.
    """
    objective: ObjectiveSpec = plan.search.objective
    if objective.function is not None:
        return {"function": objective.function, "source": source}
    own = {"metric": metric_for(objective.metric, data_of(plan).task), "folds": objective.folds}
    if objective.classical is not None:
        return {"classical": objective.classical, **own}
    model = objective.model.model_dump(mode="json", exclude_defaults=True)
    return {"model": {**model, "name": objective.model.name}, **own}


def backend_document(backend: BackendSpec, noise: str | None) -> dict[str, Any]:
    """The fields of a backend in use; a record of noise by its content."""
    document = backend.model_dump(mode="json", exclude_defaults=True, exclude={"noise"})
    if not backend.measured:
        document.pop("storage", None)
    kept = {**document, "name": backend.name}
    return kept if noise is None else {**kept, "noise": noise}


@cache
def _versions() -> dict[str, str]:
    """Looked up once: that takes longer than a quick trial."""
    return package_versions()


def put_outcome(
    store: ArtifactStore,
    plan: SearchPlan,
    configuration: Configuration,
    name: str,
    backend: BackendSpec,
    outcome: Outcome,
    seconds: float,
) -> tuple[TrialRecord, ArtifactRef]:
    """Store what evaluating a configuration gave; what is under its key then."""
    objective, data = plan.search.objective, plan.data
    record = TrialRecord(
        key=name,
        objective=objective.evaluated,
        metric="" if data is None else metric_for(objective.metric, data.task),
        data="" if data is None else data.sha256,
        configuration=dict(configuration),
        status="failed" if outcome.value is None else "done",
        value=outcome.value,
        scores=outcome.scores,
        error=outcome.error,
        seed=plan.seed,
        backend=backend.name if objective.runs_circuits else "",
        circuits=outcome.circuits,
        shots=outcome.shots,
        usd=outcome.usd,
        seconds=seconds,
        versions=dict(_versions()),
    )
    return put_trial(store, record)


def found_trial(
    store: ArtifactStore, plan: SearchPlan, place: Place, *backends: BackendSpec
) -> Trial | None:
    """The trial at a place that an earlier run has evaluated on one of these backends."""
    configuration = configuration_of(plan.search, place.codes)
    for backend in dict.fromkeys(backends):
        found = find_trial(store, trial_key_of(plan, configuration, backend))
        if found is not None:
            emit(StepDone(reused=True))
            return trial_of(found, place, reused=True)
    return None


def trial_of(found: tuple[TrialRecord, ArtifactRef], place: Place, *, reused: bool) -> Trial:
    """A record at its place in a search; its cost is what it was when it was evaluated."""
    record, ref = found
    same = ("key", "configuration", "status", "value", "scores", "error", "backend")
    spent = ("circuits", "shots", "usd", "seconds")
    kept = {field: getattr(record, field) for field in (*same, *spent)}
    return Trial(**ref.model_dump(), **kept, **asdict(place), reused=reused)
