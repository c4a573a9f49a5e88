"""What can be said of a search beside data set and backend, before any data are read."""

import itertools
import math

from qml_core.errors import SpecError
from qml_core.specs.backend import BackendSpec
from qml_core.specs.checks import TASK_OF, check_task
from qml_core.specs.configuration import configured, resolve
from qml_core.specs.dataset import DatasetSpec
from qml_core.specs.model_checks import check_model
from qml_core.specs.search import ObjectiveSpec, SearchSpec

_OF_CLASSES = ("accuracy", "balanced_accuracy", "f1_macro", "log_loss")
_WITHOUT_PROBABILITIES = ("rbf_svm", "poly_svm", "ridge", "qsvc", "qsvr")
_TRIED = 256
"""Configurations of a small space that are all tried: one of them has to be possible."""


def check_search(
    search: SearchSpec, dataset: DatasetSpec | None, backend: BackendSpec | None = None
) -> None:
    """Raise SpecError where space, objective, data set and backends cannot go together.

    Args:
        dataset: none: the objective is a function, which needs no data.
        backend: where the trials run; none: exactly.
    """
    objective, backend = search.objective, backend or BackendSpec()
    _check_integers(search)
    if objective.function is not None:
        if dataset is not None:
            raise SpecError(
                f"objective.function={objective.function} takes no data set, found "
                f"{dataset.name or dataset.path}",
                "leave the data set out",
            )
        _check_classical(f"objective.function={objective.function}", search, backend)
        return
    if dataset is None:
        raise SpecError(
            f"a search for {objective.evaluated} needs a data set",
            "give dataset.name or dataset.path",
        )
    _check_metric(objective)
    if objective.classical is not None:
        _check_classical(f"objective.classical={objective.classical}", search, backend)
        return
    _check_space(search)
    for used in (backend, *(rung.backend for rung in search.promote)):
        check_model(dataset, objective.model, used)


def check_objective_task(objective: ObjectiveSpec, task: str, of: str) -> None:
    """Raise SpecError where model or metric are not for the task of the data.

    Args:
        of: what has that task, e.g. `target 'y' of data.csv`.
    """
    if objective.classical is None:
        check_task(objective.model, task, of, write="search.objective.model.name")
    elif objective.classical == "logistic" and task != "classification":
        raise SpecError(f"objective.classical=logistic asked for {task} of {of}", "use ridge")
    classes = objective.metric in _OF_CLASSES
    if objective.metric != "auto" and classes != (task == "classification"):
        raise SpecError(
            f"objective.metric={objective.metric}, {of} is for {task}",
            "use " + ("accuracy" if task == "classification" else "r2, rmse or mae"),
        )


def _check_integers(search: SearchSpec) -> None:
    for dimension in search.space:
        for value in dimension.levels:
            if isinstance(value, int) and not -(2**63) <= value < 2**63:
                raise SpecError(
                    f"{dimension.name} has the level {value}, integers have 64 bits",
                    "write it as a text",
                )
            if isinstance(value, float) and not math.isfinite(value):
                raise SpecError(f"{dimension.name} has the level {value}", "give finite numbers")


def _check_metric(objective: ObjectiveSpec) -> None:
    metric, name = objective.metric, objective.evaluated
    task = TASK_OF.get(name)
    if metric == "log_loss" and name in _WITHOUT_PROBABILITIES:
        raise SpecError(
            f"objective.metric=log_loss needs probabilities, which {name} does not give",
            "use accuracy, or vqc, hybrid, xgboost, random_forest, logistic, mlp, knn or "
            "gaussian_process",
        )
    if task is not None:
        check_objective_task(objective, task, name)


def _check_classical(what: str, search: SearchSpec, backend: BackendSpec) -> None:
    if backend != BackendSpec() or search.promote:
        asked = "promote" if search.promote else f"backend {backend.name}"
        raise SpecError(
            f"{what} runs no circuits of this project, found {asked}", "leave the backend out"
        )


def _check_space(search: SearchSpec) -> None:
    model = search.objective.model
    if model.kernel_training:
        raise SpecError(
            f"objective.model.kernel_training={model.kernel_training}: kernel training sees the "
            "rows that the folds hold out",
            "search over bandwidth instead",
        )
    named: dict[str, str] = {}
    for dimension in search.space:
        path = resolve(model, dimension.name)
        if path in named:
            raise SpecError(
                f"space names {path} twice: as {named[path]} and as {dimension.name}",
                "name it once",
            )
        named[path] = dimension.name
    _check_possible(search)


def _check_possible(search: SearchSpec) -> None:
    """Of a small space not every configuration may be refused."""
    if search.size > _TRIED:
        return
    first: SpecError | None = None
    for values in itertools.product(*(dimension.levels for dimension in search.space)):
        names = (dimension.name for dimension in search.space)
        try:
            configured(search.objective.model, dict(zip(names, values, strict=True)))
            return
        except SpecError as error:
            first = first or error
    assert first is not None
    raise SpecError(
        f"every configuration of the space is refused, the first since {first.message}",
        "change the space or objective.model",
    )
