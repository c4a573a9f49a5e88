"""The classical opponent: an RBF support vector machine, tuned as hard as the quantum model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from qml_core.errors import DataError, SpecError
from qml_core.models.fitted_svm import RadialMachine, radial_machine
from qml_core.references import Task

Array = NDArray[np.float64]

_PENALTIES = {1: (1.0,), 2: (1.0, 10.0), 3: (1.0, 10.0, 100.0), 4: (0.1, 1.0, 10.0, 100.0)}
_WIDEST = 2.0
_PLACES = {
    "classification": ("svc__C", "svc__gamma"),
    "regression": ("regressor__svr__C", "regressor__svr__gamma"),
}


@dataclass(frozen=True, eq=False)
class BaselineResult:
    """A tuned classical model on the held-out rows.

    Args:
        parameters: the chosen C (dimensionless) and gamma (1 / standardised feature²).
        inner_score: mean accuracy or R² of the inner folds with them.
        y_pred: (n_test,) labels, or values in the units of the target.
        scores: (n_test,) decision values of the second of two classes, (n_test, C) of more; None
            in regression.
        configurations: how many pairs (C, gamma) were tried.
        folds: inner folds used.
        machine: the refitted model as plain arrays, to be stored; it predicts the same.
    """

    name: str
    parameters: Mapping[str, float]
    inner_score: float
    y_pred: NDArray[np.generic]
    scores: Array | None
    configurations: int
    folds: int
    machine: RadialMachine


def tuned_rbf(
    X_train: ArrayLike,
    y_train: ArrayLike,
    X_test: ArrayLike,
    *,
    task: Task,
    n_configurations: int,
    inner_folds: int,
    seed: int,
    epsilon: float = 0.1,
) -> BaselineResult:
    """RBF-SVM with C and gamma chosen by inner cross-validation on the training rows, then refit.

    Standardisation of the features (in regression of the target too) is part of the pipeline that
    the folds see, so no validation or test row enters it. Of equal scores the smaller C, then the
    smaller gamma (the smoother model) is kept. Equal arguments give equal results.

    Args:
        X_train: (n_train, d).
        y_train: (n_train,) labels, or values.
        X_test: (n_test, d).
        n_configurations: pairs (C, gamma) to try, exactly; see `rbf_grid`.
        inner_folds: at most; no more than the smallest class has rows, in regression half of them.
        seed: shuffles the folds.
        epsilon: half width of the regression tube, standard deviations of the target.

    Raises:
        DataError: fewer than two classes, two rows in a class, or four rows.
    """
    X, y = np.asarray(X_train, dtype=np.float64), np.asarray(y_train)
    folds = _folds(y, task, inner_folds)
    search = GridSearchCV(
        _estimator(task, epsilon),
        _grids(rbf_grid(n_configurations, _varying(X)), task),
        scoring="accuracy" if task == "classification" else "r2",
        cv=_splitter(task, folds, seed),
        error_score="raise",
    ).fit(X, y)
    rows = np.asarray(X_test, dtype=np.float64)
    C, gamma = (float(search.best_params_[place]) for place in _PLACES[task])
    return BaselineResult(
        name="RBF-SVM",
        parameters={"C": C, "gamma": gamma},
        inner_score=float(search.best_score_),
        y_pred=search.predict(rows),
        scores=search.decision_function(rows) if task == "classification" else None,
        configurations=len(search.cv_results_["params"]),
        folds=folds,
        machine=radial_machine(search.best_estimator_),
    )


def rbf_grid(n_configurations: int, n_features: int) -> list[tuple[float, tuple[float, ...]]]:
    """Exactly n pairs: up to four penalties C, each with as equal a number of widths gamma.

    gamma is spaced evenly in its logarithm around 1/d, the inverse of the total variance of d
    standardised features: a decade apart up to five values, denser from then on.

    Raises:
        SpecError: n_configurations is below 1.
    """
    if n_configurations < 1:
        raise SpecError(f"{n_configurations} configurations of the RBF-SVM", "try at least 1")
    penalties = _PENALTIES[min(4, max(1, n_configurations // 2))]
    each, more = divmod(n_configurations, len(penalties))
    return [(C, _widths(each + (k < more), n_features)) for k, C in enumerate(penalties)]


def _widths(count: int, n_features: int) -> tuple[float, ...]:
    reach = min(_WIDEST, (count - 1) / 2)
    return tuple(float(w) for w in np.logspace(-reach, reach, count) / n_features)


def _grids(pairs: list[tuple[float, tuple[float, ...]]], task: Task) -> list[dict[str, Any]]:
    place_of_C, place_of_gamma = _PLACES[task]
    return [{place_of_C: [C], place_of_gamma: list(gammas)} for C, gammas in pairs]


def _estimator(task: Task, epsilon: float) -> Any:
    if task == "classification":
        return make_pipeline(StandardScaler(), SVC())
    machine = make_pipeline(StandardScaler(), SVR(epsilon=epsilon))
    return TransformedTargetRegressor(regressor=machine, transformer=StandardScaler())


def _splitter(task: Task, folds: int, seed: int) -> Any:
    kind = StratifiedKFold if task == "classification" else KFold
    return kind(n_splits=folds, shuffle=True, random_state=seed)


def _folds(y: NDArray[np.generic], task: Task, asked: int) -> int:
    # R² of a fold needs two rows.
    halves = np.array([len(y) // 2])
    sizes = np.unique(y, return_counts=True)[1] if task == "classification" else halves
    if len(y) < 4 or sizes.min() < 2 or (task == "classification" and len(sizes) < 2):
        raise DataError(
            f"cannot cross-validate {len(y)} training rows in classes of {sizes.tolist()[:10]}",
            "two classes with two rows each are the least, or four rows in regression",
        )
    return min(asked, int(sizes.min()))


def _varying(X: Array) -> int:
    """Features that are not constant; the others are 0 after standardisation."""
    return max(1, int(np.count_nonzero(np.ptp(X, axis=0) > 0.0)))
