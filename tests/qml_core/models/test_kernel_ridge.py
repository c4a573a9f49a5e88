"""QuantumKernelRidge against the closed form and scikit-learn's KernelRidge."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.kernel_ridge import KernelRidge

from qml_core.kernels import kernel_matrix
from qml_core.models import QuantumKernelRidge
from qml_core.specs import EncodingSpec, KernelSpec

SPEC = KernelSpec(encoding=EncodingSpec(name="angle"))


def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return 10 * X[:, :4], y


def test_it_is_kernel_ridge_around_the_mean():
    X, y = diabetes()
    X_train, X_test, y_train = X[::2], X[1::2], y[::2]
    K, K_test = kernel_matrix(X_train, kernel=SPEC), kernel_matrix(X_test, X_train, SPEC)
    theirs = KernelRidge(alpha=0.5, kernel="precomputed").fit(K, y_train - y_train.mean())
    ours = QuantumKernelRidge(SPEC, alpha=0.5).fit(X_train, y_train)
    np.testing.assert_allclose(
        ours.predict(X_test), theirs.predict(K_test) + y_train.mean(), rtol=1e-8
    )
    assert ours.score(X_test, y[1::2]) > 0.3


@pytest.mark.parametrize("kernel", [SPEC, "precomputed"])
def test_each_target_is_fitted_alone(kernel):
    X, y = diabetes()
    rows = kernel_matrix(X, kernel=SPEC) if kernel == "precomputed" else X
    together = QuantumKernelRidge(kernel).fit(rows, np.column_stack([y, -2 * y]))
    alone = QuantumKernelRidge(kernel).fit(rows, y)
    found = together.predict(rows)
    np.testing.assert_allclose(found[:, 0], alone.predict(rows), rtol=1e-8)
    np.testing.assert_allclose(found[:, 1], -2 * found[:, 0], rtol=1e-8)


def test_with_landmarks_it_is_kernel_ridge_on_their_approximation():
    X, y = diabetes()
    landmarks = KernelSpec(encoding=SPEC.encoding, landmarks=40)
    ours = QuantumKernelRidge(landmarks, alpha=0.5).fit(X, y)
    approximate = kernel_matrix(X, kernel=landmarks)
    theirs = KernelRidge(alpha=0.5, kernel="precomputed").fit(approximate, y - y.mean())
    assert ours.X_fit_.shape == (40, 4)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(approximate) + y.mean(), rtol=1e-5)
