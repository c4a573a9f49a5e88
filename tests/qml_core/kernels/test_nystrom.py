"""The Nyström approximation against scikit-learn's, and where it is exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.kernel_approximation import Nystroem
from sklearn.metrics.pairwise import rbf_kernel

from qml_core.errors import DataError
from qml_core.kernels import kernel_matrix
from qml_core.kernels.nystrom import approximate, exact_kernel, nystrom_map
from qml_core.specs import BackendSpec, EncodingSpec, KernelSpec

IQP = KernelSpec(encoding=EncodingSpec(name="iqp", bandwidth=0.5))


def rows(n, d=3, seed=0):
    return np.random.default_rng(seed).uniform(-1.5, 1.5, (n, d))


def with_landmarks(kernel, m, how="kmeans"):
    return kernel.model_copy(update={"landmarks": m, "landmark_choice": how})


def test_the_features_are_scikit_learns_for_the_same_landmarks():
    X = rows(120)
    theirs = Nystroem("rbf", gamma=0.5, n_components=30, random_state=0).fit(X)
    chosen = theirs.component_indices_
    C = rbf_kernel(X, X[chosen], gamma=0.5)
    ours = nystrom_map(C[chosen]).features(C)
    features = theirs.transform(X)
    np.testing.assert_allclose(ours @ ours.T, features @ features.T, atol=1e-8)
    np.testing.assert_allclose(approximate(C, C[chosen]), ours @ ours.T, atol=1e-14)


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(1, 40))
def test_it_is_c_times_the_pseudo_inverse_times_c_transposed(seed, n, rank):
    A = np.random.default_rng(seed).standard_normal((n, rank))
    K = A @ A.T
    m = max(1, n // 2)
    expected = K[:, :m] @ np.linalg.pinv(K[:m, :m], rcond=1e-12, hermitian=True) @ K[:m]
    np.testing.assert_allclose(
        approximate(K[:, :m], K[:m, :m]), expected, atol=1e-6 * np.abs(K).max()
    )


@pytest.mark.parametrize("how", ["uniform", "kmeans", "leverage"])
def test_every_row_a_landmark_gives_the_exact_matrix(how):
    X = rows(90)
    exact = kernel_matrix(X, kernel=IQP)
    found = kernel_matrix(X, kernel=with_landmarks(IQP, 90, how))
    np.testing.assert_allclose(found, exact, atol=1e-10)
    np.testing.assert_array_equal(found, found.T)


@pytest.mark.parametrize("how", ["uniform", "kmeans", "leverage"])
def test_a_kernel_of_low_rank_is_recovered_from_few_landmarks(how):
    """Fidelities of q qubits span at most 4^q dimensions."""
    kernel = KernelSpec(encoding=EncodingSpec(name="zz"))
    X = rows(200, d=2)
    exact = kernel_matrix(X, kernel=kernel)
    assert np.linalg.matrix_rank(exact) <= 16
    found = kernel_matrix(X, kernel=with_landmarks(kernel, 60, how))
    np.testing.assert_allclose(found, exact, atol=1e-8)


def test_basis_states_need_one_landmark_each():
    X = rows(300, d=4)
    kernel = KernelSpec(encoding=EncodingSpec(name="basis"))
    found = kernel_matrix(X, kernel=with_landmarks(kernel, 150))
    np.testing.assert_allclose(found, kernel_matrix(X, kernel=kernel), atol=1e-10)


def test_new_rows_meet_the_landmarks_of_the_training_rows():
    X, X_new = rows(100), rows(20, seed=1)
    kernel = with_landmarks(IQP, 30)
    both = kernel_matrix(X_new, X, kernel)
    training = kernel_matrix(X, kernel=kernel)
    np.testing.assert_allclose(kernel_matrix(X, X, kernel), training, atol=1e-12)
    exact = kernel_matrix(X_new, X, exact_kernel(kernel))
    assert 1e-6 < np.abs(both - exact).max() < 0.5


def test_more_landmarks_come_closer_and_the_residual_is_positive_semi_definite():
    X = rows(150)
    exact = kernel_matrix(X, kernel=IQP)
    residuals = [exact - kernel_matrix(X, kernel=with_landmarks(IQP, m)) for m in (5, 20, 60)]
    sizes = [np.linalg.norm(r) for r in residuals]
    assert sizes[0] > 2 * sizes[1] > 4 * sizes[2]
    assert min(np.linalg.eigvalsh(r)[0] for r in residuals) > -1e-10


def test_single_precision_does_not_blow_up_what_is_rounding():
    X = rows(100, d=2)
    kernel = KernelSpec(encoding=EncodingSpec(name="zz"))
    exact = kernel_matrix(X, kernel=kernel)
    backend = BackendSpec(precision="single")
    found = kernel_matrix(X, kernel=with_landmarks(kernel, 50), backend=backend)
    np.testing.assert_allclose(found, exact, atol=2e-3)


@pytest.mark.parametrize("W", [np.ones((2, 3)), np.zeros((2, 2)), np.full((1, 1), np.nan)])
def test_what_is_no_kernel_of_landmarks_is_refused(W):
    with pytest.raises(DataError, match="landmarks"):
        nystrom_map(W)
