"""A fitted kernel machine with its preprocessing: what prediction on new data needs, as values."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qml_core.evaluation.preprocessing import FittedPreprocessing
from qml_core.evaluation.training_range import TrainingRange
from qml_core.kernels.matrix import kernel_matrix
from qml_core.kernels.nystrom import exact_kernel, nystrom_map
from qml_core.kernels.psd import Repair, repair_within_reach
from qml_core.models.decision import Decision
from qml_core.models.selection import estimator, linear_estimator
from qml_core.references import Task
from qml_core.specs import BackendSpec, KernelSpec

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """A machine fitted on K(train, train), and what was done to K before.

    With landmarks they take the place of the training rows, and nothing was done to their K.
    """

    decision: Decision
    repair: Repair

    def on_raw_kernel(self) -> Decision:
        """The same decision for kernel rows as measured: the repair's map is folded in."""
        if self.repair.projection is None:
            return self.decision
        return self.decision.through(self.repair.projection)


def fit(
    K: Array,  # (n, n)
    y: Array,  # (n,)
    *,
    task: Task,
    C: float,
    epsilon: float,
    psd: str,
) -> Fit:
    """Repair K where it is not positive semi-definite, then fit."""
    repaired = repair_within_reach(K, psd)
    machine = estimator(task, C, epsilon).fit(repaired.matrix, y)
    return Fit(machine.decision_, repaired)


def fit_landmarks(
    C: Array,  # (n, m)
    W: Array,  # (m, m)
    y: Array,  # (n,)
    *,
    task: Task,
    penalty: float,
    epsilon: float,
    entry_error: float,
) -> Fit:
    """Fit a linear machine on the features of a Nyström approximation: a decision over landmarks.

    Args:
        entry_error: relative rounding error of the kernel's entries.
    """
    nystrom = nystrom_map(W, entry_error)
    machine = linear_estimator(task, penalty, epsilon).fit(nystrom.features(C), y)
    decision = machine.decision_.through(nystrom.normaliser)
    note = f"none needed: C W⁺ Cᵀ of {len(W):,} landmarks, rank {nystrom.rank:,}, has no "
    note += "negative eigenvalue"
    smallest = float(nystrom.eigenvalues[-1])
    return Fit(decision, Repair(W, "none", False, smallest, 0.0, note=note))


@dataclass(frozen=True)
class FittedModel:
    """Support rows, decision and preprocessing of one split's model."""

    name: str
    task: Task
    kernel: KernelSpec
    backend: BackendSpec
    classes: tuple[str, ...]
    target: str
    support: Array  # (k, d), preprocessed features
    decision: Decision  # over the support rows
    preprocessing: FittedPreprocessing
    ranges: TrainingRange | None = None

    def predict(self, features: pd.DataFrame) -> NDArray[np.str_] | Array:
        """(m,) class names, or values in the units of the target.

        Raises:
            DataError: the columns are not those the model was trained on.
        """
        X = self.preprocessing.transform(features)
        kernel = exact_kernel(self.kernel)  # with the landmarks, where there are any
        K = kernel_matrix(X, self.support, kernel, backend=self.backend)
        if self.task == "regression":
            return self.decision.values(K)[:, 0]
        return np.asarray(self.classes)[self.decision.labels(K)]


def support_only(X: Array, decision: Decision) -> tuple[Array, Decision]:
    """Leave out training rows that no decision uses: (k, d) rows and their decision."""
    used = np.any(decision.coefficients != 0.0, axis=1)
    kept = Decision(decision.coefficients[used], decision.intercepts, decision.n_classes)
    return X[used], kept
