"""Classical models by name, with scikit-learn's own parameters, a seed and one thread."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from qml_core.errors import SpecError
from qml_core.evaluation.objectives.gaussian_processes import (
    GaussianProcessClasses,
    GaussianProcessValues,
)
from qml_core.evaluation.objectives.quiet_fits import (
    QuietLogisticRegression,
    QuietMLPClassifier,
    QuietMLPRegressor,
    QuietSVC,
    QuietSVR,
)
from qml_core.near_names import near_names
from qml_core.references import Task
from qml_core.specs.space import Value

_OURS = {"random_state", "n_jobs", "verbose", "verbosity", "kernel"}
"""Set here: the seed, one thread, quiet, and what the name of the model already says."""

_STANDARDISED = ("rbf_svm", "poly_svm", "logistic", "ridge", "mlp", "knn", "gaussian_process")
"""Models whose features are standardised on the rows they are fitted on."""

_OF_STANDARDISED_VALUES = ("rbf_svm", "poly_svm", "mlp", "gaussian_process")
"""Models of values whose target is standardised too."""

_THREADED = ("xgboost", "random_forest", "knn")

_POLYNOMIAL_STEPS = 100_000
"""Of libsvm: some polynomial kernels of unlucky parameters need millions for nothing."""


def classical_estimator(
    name: str, task: Task, parameters: Mapping[str, Value], seed: int
) -> BaseEstimator:
    """An unfitted estimator: of `ClassicalName`, logistic for classes only.

    But for trees and dummies the features are standardised on the rows that it is fitted on, and
    so is the target of SVMs, networks and Gaussian processes of values. A poly_svm or mlp that is
    not done after `max_iter` steps is used as it is.

    Raises:
        SpecError: no model of that name for the task, or a parameter that it does not have.
    """
    check_parameters(name, task, parameters)
    machine = _plain(name, task)
    ours = {"random_state": seed, **({"n_jobs": 1} if name in _THREADED else {})}
    has = machine.get_params(deep=False)
    machine.set_params(**{k: v for k, v in ours.items() if k in has}, **parameters)
    if name not in _STANDARDISED:
        return machine
    pipeline = make_pipeline(StandardScaler(), machine)
    if name in _OF_STANDARDISED_VALUES and task == "regression":
        return TransformedTargetRegressor(regressor=pipeline, transformer=StandardScaler())
    return pipeline


def check_parameters(name: str, task: Task, parameters: Iterable[str]) -> None:
    """Raise SpecError where the model does not have a parameter, before anything is fitted."""
    known = sorted(set(_plain(name, task).get_params(deep=False)) - _OURS)
    for parameter in parameters:
        if parameter in _OURS:
            raise SpecError(
                f"parameter {parameter} of {name} is set by the search (seed, one thread)",
                "leave it out of the space",
            )
        if parameter not in known:
            raise SpecError(
                f"{name} has no parameter {parameter!r}; {near_names(parameter, known)}",
                "use the names of its scikit-learn estimator",
            )


def _plain(name: str, task: Task) -> Any:
    if (name, task) in _MODELS:
        return _MODELS[name, task]()
    others = sorted(known for known, of in _MODELS if of == task)
    raise SpecError(f"objective.classical={name} asked for {task}", f"use {', '.join(others)}")


def _xgboost(kind: str) -> Any:
    import xgboost

    return getattr(xgboost, kind)()


_MODELS: dict[tuple[str, Task], Callable[[], Any]] = {
    ("xgboost", "classification"): lambda: _xgboost("XGBClassifier"),
    ("xgboost", "regression"): lambda: _xgboost("XGBRegressor"),
    ("rbf_svm", "classification"): SVC,
    ("rbf_svm", "regression"): SVR,
    ("random_forest", "classification"): RandomForestClassifier,
    ("random_forest", "regression"): RandomForestRegressor,
    ("poly_svm", "classification"): lambda: QuietSVC(kernel="poly", max_iter=_POLYNOMIAL_STEPS),
    ("poly_svm", "regression"): lambda: QuietSVR(kernel="poly", max_iter=_POLYNOMIAL_STEPS),
    ("logistic", "classification"): lambda: QuietLogisticRegression(max_iter=1000),
    ("ridge", "classification"): RidgeClassifier,
    ("ridge", "regression"): Ridge,
    # a quasi-Newton method: of few rows better and faster than stochastic gradients
    ("mlp", "classification"): lambda: QuietMLPClassifier(solver="lbfgs"),
    ("mlp", "regression"): lambda: QuietMLPRegressor(solver="lbfgs"),
    ("knn", "classification"): KNeighborsClassifier,
    ("knn", "regression"): KNeighborsRegressor,
    ("gaussian_process", "classification"): GaussianProcessClasses,
    ("gaussian_process", "regression"): GaussianProcessValues,
    ("dummy", "classification"): DummyClassifier,
    ("dummy", "regression"): DummyRegressor,
}
