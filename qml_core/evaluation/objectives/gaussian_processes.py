"""Gaussian processes whose kernels are given by numbers, as a search and a grid name them.

Nothing of the kernel is fitted by gradient: its numbers are the hyper-parameters.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Kernel, Matern, WhiteKernel

Array = NDArray[np.float64]


class GaussianProcessClasses(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Laplace approximation of a Gaussian process, one class against the rest where there are more.

    Rasmussen & Williams, Gaussian Processes for Machine Learning (2006), ch. 3.

    Args:
        length_scale: of the kernel, in units of the features.
        nu: smoothness of the Matérn kernel, 0.5, 1.5 or 2.5; "inf": the RBF kernel.
        constant_value: variance of the latent function; small: probabilities stay near the prior.
    """

    def __init__(
        self, length_scale: float = 1.0, nu: float | str = "inf", constant_value: float = 1.0
    ) -> None:
        self.length_scale = length_scale
        self.nu = nu
        self.constant_value = constant_value

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Rows (n, d) and labels (n,)."""
        kernel = _kernel(self.length_scale, self.nu, self.constant_value)
        self.process_ = GaussianProcessClassifier(kernel, optimizer=None).fit(X, y)
        self.classes_ = self.process_.classes_
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Labels (m,)."""
        return np.asarray(self.process_.predict(X))

    def predict_proba(self, X: ArrayLike) -> Array:
        """Probabilities (m, C)."""
        return np.asarray(self.process_.predict_proba(X))


class GaussianProcessValues(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Gaussian process regression, Rasmussen & Williams (2006), ch. 2.

    Args:
        length_scale: of the kernel, in units of the features.
        nu: smoothness of the Matérn kernel, 0.5, 1.5 or 2.5; "inf": the RBF kernel.
        constant_value: variance of the function, in squared units of the target.
        noise_level: variance of the noise, in squared units of the target.
    """

    def __init__(
        self,
        length_scale: float = 1.0,
        nu: float | str = "inf",
        constant_value: float = 1.0,
        noise_level: float = 0.1,
    ) -> None:
        self.length_scale = length_scale
        self.nu = nu
        self.constant_value = constant_value
        self.noise_level = noise_level

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Rows (n, d) and values (n,)."""
        kernel = _kernel(self.length_scale, self.nu, self.constant_value)
        noisy = kernel + WhiteKernel(self.noise_level)
        self.process_ = GaussianProcessRegressor(noisy, optimizer=None).fit(X, y)
        return self

    def predict(self, X: ArrayLike) -> Array:
        """Values (m,)."""
        return np.asarray(self.process_.predict(X))


def _kernel(length_scale: float, nu: float | str, constant_value: float) -> Kernel:
    return ConstantKernel(constant_value) * Matern(length_scale, nu=float(nu))
