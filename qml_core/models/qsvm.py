"""Support vector machines on quantum kernels: QSVC and QSVR."""

from functools import partial
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.svm import SVC, SVR
from sklearn.utils.multiclass import _ovr_decision_function, check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from qml_core.kernels.matrix import kernel_matrix
from qml_core.kernels.nystrom import (
    NystromMap,
    entry_error,
    exact_kernel,
    expand,
    nystrom_map,
)
from qml_core.models.decision import svc_decision, svr_decision
from qml_core.models.linear import fit_classes, fit_values
from qml_core.specs import BackendSpec, KernelSpec

Array = NDArray[np.float64]


class KernelMachine(BaseEstimator):  # type: ignore[misc]
    """What all machines share: the Gram matrix of the training rows, the kernel with new rows.

    With landmarks a linear machine takes the place of the kernel machine (models/linear.py); it is
    fitted on their features, and new rows are compared with the landmarks only.
    """

    kernel: KernelSpec | Literal["precomputed"] | None
    backend: BackendSpec | None
    seed: int

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = self.kernel == "precomputed"
        return tags

    def _gram(self, X: Array) -> Array:
        """Remember the rows and return K (n, n)."""
        if self.kernel == "precomputed":
            return X
        self.X_fit_ = X
        return kernel_matrix(X, kernel=self.kernel, backend=self.backend)

    def _nystrom(self, X: Array) -> tuple[NystromMap, Array] | None:
        """Remember the landmarks; their map and features (n, r); none where none are asked for."""
        if not isinstance(self.kernel, KernelSpec) or self.kernel.landmarks is None:
            return None
        exact = partial(kernel_matrix, kernel=exact_kernel(self.kernel), backend=self.backend)
        landmarks, C = expand(X, self.kernel, np.random.default_rng(self.seed), exact)
        self.X_fit_ = X[landmarks]
        nystrom = nystrom_map(C[landmarks], entry_error(self.backend or BackendSpec()))
        return nystrom, nystrom.features(C)

    def _kernel_with(self, X: ArrayLike) -> Array:
        """K (m, n) of new rows with the training rows, or with the landmarks."""
        check_is_fitted(self)
        rows: Array = validate_data(self, X, reset=False, dtype=np.float64)
        if self.kernel == "precomputed":
            return rows
        kernel = self.kernel and exact_kernel(self.kernel)
        return kernel_matrix(rows, self.X_fit_, kernel, backend=self.backend)


class QSVC(ClassifierMixin, KernelMachine):  # type: ignore[misc]
    """Support vector classifier on a quantum kernel (Havlíček et al. 2019).

    Args:
        kernel: a KernelSpec, "precomputed" for K (n, n) in place of X, none for the default.
        C: penalty of the soft margin, dimensionless.
        backend: where the circuits run; none: exact simulation.
        seed: of the choice of landmarks.
        decision_function_shape: of more than two classes, ovr: a column per class, ovo: one per
            pair of classes.
    """

    def __init__(
        self,
        kernel: KernelSpec | Literal["precomputed"] | None = None,
        C: float = 1.0,
        backend: BackendSpec | None = None,
        seed: int = 0,
        decision_function_shape: Literal["ovr", "ovo"] = "ovr",
    ) -> None:
        self.kernel = kernel
        self.C = C
        self.backend = backend
        self.seed = seed
        self.decision_function_shape = decision_function_shape

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """X (n, d) features, or K (n, n) if precomputed; y (n,) labels."""
        rows, target = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(target)
        self.classes_, labels = np.unique(target, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"QSVC needs two classes, found one class: {self.classes_[0]!r}")
        if (nystrom := self._nystrom(rows)) is not None:
            decision = fit_classes(nystrom[1], labels, self.C)
            self.decision_ = decision.through(nystrom[0].normaliser)
            return self
        machine = SVC(kernel="precomputed", C=self.C).fit(self._gram(rows), labels)
        self.decision_ = svc_decision(machine, len(rows))
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """(m,) labels."""
        K = self._kernel_with(X)
        return np.asarray(self.classes_[self.decision_.labels(K)])

    def decision_function(self, X: ArrayLike) -> Array:
        """Binary: (m,), positive for the second class; otherwise (m, classes), or (m, pairs).

        Of a class: its votes, and within (-1/2, 1/2) how sure they are, as of scikit-learn's SVC.
        """
        K = self._kernel_with(X)
        scores, pairs = self.decision_.scores(K), self.decision_.values(K)
        if scores is not None:
            return scores
        if self.decision_function_shape == "ovo":
            return pairs
        return np.asarray(_ovr_decision_function(pairs < 0, -pairs, len(self.classes_)))


class QSVR(RegressorMixin, KernelMachine):  # type: ignore[misc]
    """Support vector regression on a quantum kernel; the target is standardised inside.

    Args:
        kernel, C, backend, seed: as for QSVC.
        epsilon: half width of the insensitive tube, in standard deviations of y.
    """

    def __init__(
        self,
        kernel: KernelSpec | Literal["precomputed"] | None = None,
        C: float = 1.0,
        epsilon: float = 0.1,
        backend: BackendSpec | None = None,
        seed: int = 0,
    ) -> None:
        self.kernel = kernel
        self.C = C
        self.epsilon = epsilon
        self.backend = backend
        self.seed = seed

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """X (n, d) features, or K (n, n) if precomputed; y (n,) targets."""
        rows, target = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        if (nystrom := self._nystrom(rows)) is not None:
            decision = fit_values(nystrom[1], target, self.C, self.epsilon)
            self.decision_ = decision.through(nystrom[0].normaliser)
            return self
        mean, scale = float(np.mean(target)), float(np.std(target)) or 1.0
        machine = SVR(kernel="precomputed", C=self.C, epsilon=self.epsilon)
        machine.fit(self._gram(rows), (target - mean) / scale)
        self.decision_ = svr_decision(machine, len(rows), mean, scale)
        return self

    def predict(self, X: ArrayLike) -> Array:
        """(m,) in the units of y."""
        K = self._kernel_with(X)
        return self.decision_.values(K)[:, 0]
