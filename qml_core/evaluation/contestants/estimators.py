"""Learners of scikit-learn estimators and of variational circuits: fitted anew on each fold."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from qml_core.errors import TrainingDiverged
from qml_core.evaluation.contestants.configurations import Configurations, network_configurations
from qml_core.evaluation.contestants.outputs import Outputs, outputs_of
from qml_core.evaluation.contestants.rows import Target
from qml_core.evaluation.contestants.tuning import Configuration, Held, Learner
from qml_core.evaluation.objectives.kernel_machines import Fold
from qml_core.evaluation.objectives.networks import fit_network
from qml_core.evaluation.objectives.quiet_fits import without_convergence_warnings
from qml_core.specs import BackendSpec, ModelSpec
from qml_core.specs.configuration import configured

Array = NDArray[np.float64]
FitPredict = Callable[[Configuration, Array, Array, Array], Outputs]
"""From a configuration, X (n, d), y (n,) and new rows (m, d) to what is said of these."""


def estimator_learner(
    make: Callable[[Configuration], BaseEstimator],
    configurations: Configurations,
    X: Array,
    target: Target,
    X_test: Array,
) -> Learner:
    """A scikit-learn estimator by its configurations."""

    def fit_predict(configuration: Configuration, rows: Array, y: Array, new: Array) -> Outputs:
        with without_convergence_warnings():
            fitted = make(configuration).fit(rows, y)
        return outputs_of(fitted, new, target.task)

    return _learner(fit_predict, configurations, X, target, X_test)


def network_learner(
    model: ModelSpec,
    count: int,
    X: Array,
    target: Target,
    X_test: Array,
    *,
    seed: int,
    backend: BackendSpec,
) -> Learner:
    """A variational model by learning rate and bandwidth, all from the same seed."""

    def fit_predict(configuration: Configuration, rows: Array, y: Array, new: Array) -> Outputs:
        predict = fit_network(
            configured(model, configuration),
            rows,
            y,
            task=target.task,
            n_classes=len(target.classes),
            seed=seed,
            backend=backend,
        )
        said = predict(new)
        return Outputs(said.y, None, said.probabilities)

    return _learner(fit_predict, network_configurations(model, count), X, target, X_test)


def _learner(
    fit_predict: FitPredict,
    configurations: Configurations,
    X: Array,
    target: Target,
    X_test: Array,
) -> Learner:
    def held_of(configuration: Configuration, folds: Sequence[Fold]) -> Held | None:
        try:
            return [
                fit_predict(configuration, X[fit], target.y[fit], X[held]) for fit, held in folds
            ]
        except TrainingDiverged:
            return None

    def trials(folds: Sequence[Fold]) -> Iterator[tuple[Configuration, Held | None]]:
        for configuration in configurations:
            yield configuration, held_of(configuration, folds)

    def tested(configuration: Configuration) -> Outputs:
        return fit_predict(configuration, X, target.y, X_test)

    return Learner(len(configurations), trials, tested)
