"""QSVC and QSVR against scikit-learn on the same kernel."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC, SVR

from qml_core.kernels import kernel_matrix
from qml_core.models import QSVC, QSVR
from qml_core.specs import EncodingSpec, KernelSpec

SPEC = KernelSpec(encoding=EncodingSpec(name="zz", bandwidth=0.3, reps=1))


@pytest.mark.parametrize("load", [load_iris, load_digits])
def test_votes_of_many_classes_are_scikit_learns(load):
    X, y = load(return_X_y=True)
    X, y = X[:500], y[:500]
    K = rbf_kernel(X[::2], gamma=1e-3)
    K_test = rbf_kernel(X[1::2], X[::2], gamma=1e-3)
    theirs = SVC(kernel="precomputed", decision_function_shape="ovo").fit(K, y[::2])
    ours = QSVC("precomputed", decision_function_shape="ovo").fit(K, y[::2])
    np.testing.assert_array_equal(ours.predict(K_test), theirs.predict(K_test))
    np.testing.assert_allclose(
        ours.decision_function(K_test), theirs.decision_function(K_test), atol=1e-10
    )


def test_decisions_of_a_class_are_scikit_learns():
    X, y = load_iris(return_X_y=True)
    K, K_test = rbf_kernel(X[::2]), rbf_kernel(X[1::2], X[::2])
    theirs = SVC(kernel="precomputed").fit(K, y[::2]).decision_function(K_test)
    ours = QSVC("precomputed").fit(K, y[::2]).decision_function(K_test)
    np.testing.assert_allclose(ours, theirs, atol=1e-10)


def test_binary_decision_has_scikit_learns_sign():
    X, y = load_iris(return_X_y=True)
    labels = np.where(y == 1, "versicolor", "other")
    K = rbf_kernel(X)
    theirs = SVC(kernel="precomputed").fit(K, labels)
    ours = QSVC("precomputed").fit(K, labels)
    np.testing.assert_allclose(ours.decision_function(K), theirs.decision_function(K), atol=1e-10)
    np.testing.assert_array_equal(ours.predict(K), theirs.predict(K))


def test_regression_is_scikit_learns_on_the_standardised_target():
    X, y = load_diabetes(return_X_y=True)
    K = rbf_kernel(X, gamma=1.0)
    mean, scale = y.mean(), y.std()
    theirs = SVR(kernel="precomputed", C=10).fit(K, (y - mean) / scale).predict(K) * scale + mean
    np.testing.assert_allclose(QSVR("precomputed", C=10).fit(K, y).predict(K), theirs, atol=1e-8)


def test_features_and_precomputed_kernel_give_the_same_model():
    X, y = load_iris(return_X_y=True)
    X_train, X_test, y_train = X[::2], X[1::2], y[::2]
    from_features = QSVC(SPEC, C=3.0).fit(X_train, y_train)
    from_kernel = QSVC("precomputed", C=3.0).fit(kernel_matrix(X_train, kernel=SPEC), y_train)
    K_test = kernel_matrix(X_test, X_train, SPEC)
    np.testing.assert_array_equal(from_features.predict(X_test), from_kernel.predict(K_test))
    assert from_features.score(X_test, y[1::2]) > 0.9


def test_clone_keeps_the_parameters_and_one_class_is_refused():
    model = clone(QSVC(SPEC, C=2.0))
    assert model.get_params()["C"] == 2.0
    assert model.get_params()["kernel"] == SPEC
    with pytest.raises(ValueError, match="one class"):
        model.fit(np.zeros((3, 2)), [1, 1, 1])
