"""The objective of a search opened: its rows read, its function imported, its failures caught."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from qml_core.budget.gate import check_memory
from qml_core.budget.memory import check_machine
from qml_core.errors import BackendError, QMLError, Refused, SpecError, StorageError
from qml_core.evaluation.objectives.classical import classical_estimator
from qml_core.evaluation.objectives.cross_validation import cross_validated, folds_of
from qml_core.evaluation.objectives.function import load_function
from qml_core.evaluation.objectives.kernel_cache import LimitedCache
from qml_core.evaluation.objectives.names import check_names
from qml_core.kernels.planning import plan_kernel
from qml_core.models.requirements import unmeasured_network
from qml_core.references import DatasetRef, SearchPlan
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, ModelSpec, RunSpec
from qml_core.specs.configuration import configured
from qml_core.specs.search_checks import check_objective_task
from qml_core.specs.space import Value
from tasks.datasets import read_columns
from tasks.turns import computing

Array = NDArray[np.float64]
_LONGEST = 300
"""Characters of a reason that are kept."""

_SHARE = 8
"""The matrices that trials share take a share of the memory: one part of so many."""

_shared: dict[tuple[str, ...], LimitedCache] = {}


@dataclass(frozen=True)
class Outcome:
    """What a configuration gave, and what measuring it took."""

    value: float | None
    """None: it failed."""
    scores: tuple[float, ...] = ()
    error: str = ""
    circuits: int = 0
    shots: int = 0
    usd: float = 0.0
    memory_bytes: int | None = None
    """That were too few for it; a failure that holds for this limit only."""


@dataclass(frozen=True)
class Objective:
    """What evaluates a configuration with a seed."""

    evaluate: Callable[[Mapping[str, Value], int], Outcome]
    source: str = ""
    """Digest of the file of a function."""


def open_objective(plan: SearchPlan, backend: BackendSpec) -> Objective:
    """The objective of a search.

    Raises:
        SpecError, DataError: what every trial would fail with: function, names, task or rows.
    """
    objective, data = plan.search.objective, plan.data
    if objective.function is not None:
        function = load_function(objective.function)
        return Objective(lambda asked, seed: Outcome(function(asked, seed)), function.source)
    if data is None:
        raise SpecError("a search over a model without a data set", "give a data set")
    check_objective_task(objective, data.task, f"target {data.target!r} of {data.name}")
    (y,) = read_columns(data, "train", "y")
    folds_of(y, data.task, objective.folds, plan.seed)
    check_names(objective, [dimension.name for dimension in plan.search.space], data.task)
    return Objective(lambda asked, seed: _cross_validated(plan, data, backend, asked, seed))


def outcome_of(objective: Objective, configuration: Mapping[str, Value], seed: int) -> Outcome:
    """What the objective gives; what it raises is the reason of a failure.

    Raises:
        StorageError, Refused, BackendError: what is not the configuration's fault.
    """
    return caught(lambda: objective.evaluate(configuration, seed))


def caught(evaluate: Callable[[], Outcome]) -> Outcome:
    """What it gives, or a failure with its reason; see `outcome_of`."""
    try:
        return evaluate()
    except (StorageError, Refused, BackendError):
        raise
    except (Exception, SystemExit) as error:
        return Outcome(None, error=reason(error))


def reason(error: BaseException) -> str:
    """One line that says why a configuration failed."""
    text = error.message if isinstance(error, QMLError) else f"{type(error).__name__}: {error}"
    line = " ".join(text.encode(errors="backslashreplace").decode().replace("\0", " ").split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def model_or_estimator(
    plan: SearchPlan, data: DatasetRef, configuration: Mapping[str, Value], seed: int
) -> ModelSpec | BaseEstimator:
    """The model of a configuration; raises SpecError where there is none."""
    objective = plan.search.objective
    if objective.classical is None:
        return configured(objective.model, configuration)
    return classical_estimator(objective.classical, data.task, configuration, seed)


def features_of(model: ModelSpec | BaseEstimator) -> str:
    """The column it learns from: classical models see all standardised raw features."""
    return "x" if isinstance(model, ModelSpec) else "raw"


def shared_matrices(data: DatasetRef, backend: BackendSpec, seed: int) -> LimitedCache:
    """Kernel matrices of the training rows, those of the last search of this process."""
    place = (data.digest, backend.name, backend.precision, str(seed))
    kept = _shared.get(place)
    if kept is None:
        kept = LimitedCache(Settings.from_environment().memory_bytes // _SHARE)
        _shared.clear()
        _shared[place] = kept
    return kept


def check_room(
    model: ModelSpec | BaseEstimator, data: DatasetRef, backend: BackendSpec, seed: int
) -> None:
    """Raise Refused where states or matrices of the model do not fit into memory."""
    if not isinstance(model, ModelSpec):
        return
    memory_bytes = Settings.from_environment().memory_bytes
    if model.variational:
        classes = len(data.classes)
        network = unmeasured_network(model, data.task, data.features, classes, seed)
        check_memory(network.circuit.n_qubits, backend, memory_bytes)
        return
    landmarks = tuple(range(min(model.kernel.landmarks or 0, data.n_train)))
    kernel = model.candidate_kernels()[0]
    plan = plan_kernel(data, kernel, backend, RunSpec(), rows="train", landmarks=landmarks)
    check_memory(max(plan.parts), backend, memory_bytes)
    check_machine(plan, memory_bytes)


def _cross_validated(
    plan: SearchPlan,
    data: DatasetRef,
    backend: BackendSpec,
    configuration: Mapping[str, Value],
    seed: int,
) -> Outcome:
    objective = plan.search.objective
    model = model_or_estimator(plan, data, configuration, seed)
    with computing() if isinstance(model, ModelSpec) else nullcontext():
        try:
            check_room(model, data, backend, seed)
        except Refused as error:  # another configuration may fit
            limit = Settings.from_environment().memory_bytes
            return Outcome(None, error=reason(error), memory_bytes=limit)
        X, y = read_columns(data, "train", features_of(model), "y")
        found = cross_validated(
            model,
            X,
            y,
            task=data.task,
            folds=objective.folds,
            metric=objective.metric,
            seed=seed,
            backend=backend,
            cache=shared_matrices(data, backend, seed),
        )
    return Outcome(found.mean, tuple(found.values.tolist()))
