"""Learners of quantum kernel machines: one matrix per kernel, cut into the inner folds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.evaluation.contestants.configurations import kernel_configurations
from qml_core.evaluation.contestants.outputs import Outputs, outputs_of
from qml_core.evaluation.contestants.rows import Target, target_of
from qml_core.evaluation.contestants.tuning import Configuration, Held, Learner, platt_of
from qml_core.evaluation.objectives.cross_validation import folds_of
from qml_core.evaluation.objectives.kernel_cache import KernelCache
from qml_core.evaluation.objectives.kernel_machines import Fold, cut, matrix_of
from qml_core.evaluation.objectives.scores import Predicted
from qml_core.kernels.matrix import kernel_matrix
from qml_core.kernels.nystrom import exact_kernel
from qml_core.kernels.psd import repair_test_rows, repair_within_reach
from qml_core.kernels.training import train_kernel
from qml_core.models.selection import estimator
from qml_core.references import Task
from qml_core.specs import BackendSpec, KernelSpec, ModelSpec
from qml_core.specs.configuration import configured

Array = NDArray[np.float64]

_SAMPLE = 256
_SCALE_GAMMA = 1e-3
_UNDERFLOW = 1e-200


@dataclass(frozen=True, eq=False)
class Kernels:
    """Exact matrices of the training rows `X` (n, d) and of new rows with them."""

    X: Array
    target: Target
    backend: BackendSpec
    seed: int
    cache: KernelCache

    def own(self, kernel: KernelSpec) -> Array:
        """K (n, n); of projected kernels that differ in γ one matrix is computed."""
        if kernel.kind != "projected" or kernel.landmarks is not None or kernel.gamma == 1.0:
            return matrix_of(kernel, self.X, self.backend, self.seed, self.cache)
        unit = self.own(kernel.model_copy(update={"gamma": 1.0}))
        if unit.min() < _UNDERFLOW:
            return matrix_of(kernel, self.X, self.backend, self.seed, self.cache)
        return np.asarray(unit**kernel.gamma)

    def cross(self, kernel: KernelSpec, new: Array) -> Array:
        """K (m, n) of new rows (m, d)."""
        return kernel_matrix(new, self.X, kernel, backend=self.backend, seed=self.seed)

    def scale(self, kernel: KernelSpec) -> float:
        """γ = 2/mean Σ_k ‖ρ_k − ρ'_k‖² over pairs of rows, of 256 rows at most.

        The heuristic of scikit-learn's gamma="scale": 1/(d·variance) = 2/mean ‖x − x'‖².
        """
        chosen = np.random.default_rng(self.seed).permutation(len(self.X))[:_SAMPLE]
        small = exact_kernel(kernel).model_copy(update={"gamma": _SCALE_GAMMA})
        K = kernel_matrix(self.X[np.sort(chosen)], kernel=small, backend=self.backend)
        distances = -np.log(K[np.triu_indices(len(K), k=1)]) / _SCALE_GAMMA
        mean = float(distances.mean())
        return 2 / mean if mean > 1e-12 else 1.0

    def trained(self, model: ModelSpec, rows: NDArray[np.intp] | None = None) -> KernelSpec:
        """The one kernel of a configured model, trained on some of the rows where it asks so."""
        (kernel,) = model.candidate_kernels()
        if not model.kernel_training:
            return kernel
        X, y = self.X, self.target.y
        if rows is not None:
            X, y = X[rows], y[rows]
        rng = np.random.default_rng(self.seed)
        task = self.target.task
        return train_kernel(X, y, kernel, model.kernel_training, rng, task=task).kernel

    def cuts(self, model: ModelSpec, folds: Sequence[Fold]) -> list[tuple[Array, Array]]:
        """Of a configured model, K(fit, fit), repaired, and K(held, fit) of each inner fold."""
        if not model.kernel_training:
            K = self.own(self.trained(model))
            return [cut(K, fold, model.psd) for fold in folds]
        found = []
        for fit, held in folds:
            part = Kernels(self.X[fit], self.target, self.backend, self.seed, {})
            kernel = self.trained(model, fit)
            repaired = repair_within_reach(part.own(kernel), model.psd)
            cross = part.cross(kernel, self.X[held])
            found.append((repaired.matrix, repair_test_rows(repaired, cross)))
        return found


def kernel_learner(model: ModelSpec, count: int, kernels: Kernels, X_test: Array) -> Learner:
    """A kernel machine by bandwidth, γ and C; trained kernels are trained on each fold anew."""
    target = kernels.target
    configurations = kernel_configurations(model, count, kernels.scale)

    def kernel_of(configuration: Configuration) -> KernelSpec:
        return configured(model, configuration).candidate_kernels()[0]

    def trials(folds: Sequence[Fold]) -> Iterator[tuple[Configuration, Held | None]]:
        for _, group in groupby(configurations, kernel_of):
            alike = list(group)
            cuts = kernels.cuts(configured(model, alike[0]), folds)
            for configuration in alike:
                own = configured(model, configuration)
                yield configuration, _held(cuts, target, own, folds)

    def tested(configuration: Configuration) -> Outputs:
        own = configured(model, configuration)
        kernel = kernels.trained(own)
        return _fit_predict(kernels.own(kernel), kernels.cross(kernel, X_test), target, own)

    return Learner(len(configurations), trials, tested)


def chosen_model(model: ModelSpec, configuration: Configuration, kernels: Kernels) -> ModelSpec:
    """The kernel model with what was chosen, its kernel trained on all training rows."""
    own = configured(model, configuration)
    if not own.kernel_training:
        return own
    kernel = kernels.trained(own)
    fixed = {"kernel": kernel, "bandwidths": (kernel.encoding.bandwidth,), "kernel_training": 0}
    return own.model_copy(update=fixed)


def predict_from_matrices(
    K_train: Array,
    K_test: Array,
    y_train: Array,
    model: ModelSpec,
    *,
    task: Task,
    n_classes: int,
    inner_folds: int,
    seed: int,
) -> Predicted:
    """Fit a chosen kernel model on K (n, n), as measured, and predict the rows of K_test (m, n).

    Args:
        y_train: (n,) labels 0 … C−1, or values.
        model: with one C.
        inner_folds, seed: of the folds whose held-out decision values give the probabilities.

    Raises:
        SpecError: the model has several C, or no kernel.
        DataError: one class only, or too few rows of one.
    """
    if model.variational or len(model.C) != 1:
        raise SpecError(
            f"prediction from matrices asked of {model.name} with C={list(model.C)}",
            "give a kernel model with the one C that was chosen",
        )
    target = target_of(y_train, task, n_classes)
    said, platt = _fit_predict(K_train, K_test, target, model), None
    if task == "classification":
        folds = folds_of(target.y, task, inner_folds, seed)
        held = _held([cut(K_train, fold, model.psd) for fold in folds], target, model, folds)
        platt = platt_of(held, target, folds)
    return target.restored(said.predicted(platt))


def _held(
    cuts: Sequence[tuple[Array, Array]], target: Target, model: ModelSpec, folds: Sequence[Fold]
) -> Held:
    return [
        outputs_of(_machine(model, target).fit(own, target.y[fit]), cross, target.task)
        for (fit, _), (own, cross) in zip(folds, cuts, strict=True)
    ]


def _fit_predict(K: Array, K_test: Array, target: Target, model: ModelSpec) -> Outputs:
    repaired = repair_within_reach(K, model.psd)
    fitted = _machine(model, target).fit(repaired.matrix, target.y)
    return outputs_of(fitted, repair_test_rows(repaired, K_test), target.task)


def _machine(model: ModelSpec, target: Target) -> Any:
    return estimator(target.task, model.C[0], model.epsilon)
