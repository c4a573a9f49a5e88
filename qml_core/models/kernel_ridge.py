"""Kernel ridge regression on a quantum kernel."""

from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.utils.validation import validate_data

from qml_core.models.qsvm import KernelMachine
from qml_core.specs import BackendSpec, KernelSpec

Array = NDArray[np.float64]


class QuantumKernelRidge(MultiOutputMixin, RegressorMixin, KernelMachine):  # type: ignore[misc]
    """Ridge regression in the feature space of a quantum kernel, around the mean of the target.

    Minimises ‖y − ȳ − K a‖² + α aᵀK a: a = (K + α)⁻¹ (y − ȳ). With landmarks the same on their
    features, at a cost linear in the rows.

    Args:
        kernel: a KernelSpec, "precomputed" for K (n, n) in place of X, none for the default.
        alpha: strength α of the regularisation, dimensionless.
        backend: where the circuits run; none: exact simulation.
        seed: of the choice of landmarks.
    """

    def __init__(
        self,
        kernel: KernelSpec | Literal["precomputed"] | None = None,
        alpha: float = 1.0,
        backend: BackendSpec | None = None,
        seed: int = 0,
    ) -> None:
        self.kernel = kernel
        self.alpha = alpha
        self.backend = backend
        self.seed = seed

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """X (n, d) features, or K (n, n) if precomputed; y (n,) or (n, t) targets."""
        rows, target = validate_data(
            self, X, y, dtype=np.float64, y_numeric=True, multi_output=True
        )
        self.mean_ = np.mean(target, axis=0)
        centred = target - self.mean_
        if (nystrom := self._nystrom(rows)) is not None:
            ridge = Ridge(self.alpha, fit_intercept=False).fit(nystrom[1], centred)
            self.dual_coef_ = nystrom[0].normaliser @ ridge.coef_.T
            return self
        ridge = KernelRidge(alpha=self.alpha, kernel="precomputed")
        self.dual_coef_ = ridge.fit(self._gram(rows), centred).dual_coef_
        return self

    def predict(self, X: ArrayLike) -> Array:
        """(m,) or (m, t) in the units of y."""
        return np.asarray(self._kernel_with(X) @ self.dual_coef_ + self.mean_)
