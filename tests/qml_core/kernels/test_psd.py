import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.errors import DataError, SpecError
from qml_core.kernels.psd import is_psd, repair, repair_psd, repair_test_rows

EPS = np.finfo(float).eps


def _product_kernel(X, Y):
    return np.prod(np.cos((X[:, None, :] - Y[None, :, :]) / 2) ** 2, axis=-1)


def _noisy_correlation(seed, n, noise=0.5):
    rng = np.random.default_rng(seed)
    X = rng.uniform(0, 3, size=(n, 3))
    E = rng.normal(0, noise, size=(n, n))
    K = _product_kernel(X, X) + (E + E.T) / 2
    np.fill_diagonal(K, 1.0)
    return K


def _smallest_allowed(K):
    values = np.linalg.eigvalsh(K)
    return values[0], -len(K) * EPS * values[-1]


sizes = st.integers(1, 12)
seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=60, deadline=None)
@given(seed=seeds, n=sizes, method=st.sampled_from(["clip", "shift", "higham"]))
def test_every_repair_gives_a_symmetric_positive_semidefinite_matrix_and_a_second_one_nothing(
    seed, n, method
):
    repaired = repair_psd(_noisy_correlation(seed, n), method)
    smallest, allowed = _smallest_allowed(repaired)
    assert smallest >= allowed
    assert np.array_equal(repaired, repaired.T)
    assert np.array_equal(repair_psd(repaired, method), repaired)


def test_rounding_never_leaves_a_repaired_matrix_indefinite():
    """About one small matrix of a thousand would be, were the rounding of the shift not lifted."""
    rng = np.random.default_rng(0)
    for _ in range(4000):
        K = rng.normal(size=(2, 2)) if rng.random() < 0.5 else rng.normal(size=(4, 4))
        smallest, allowed = _smallest_allowed(repair_psd(K, "shift"))
        assert smallest >= allowed


@settings(max_examples=40, deadline=None)
@given(seed=seeds, n=st.integers(2, 8), scale=st.sampled_from([1e-3, 0.1, 1.0]))
def test_no_positive_semidefinite_matrix_is_nearer_than_the_clipped_one(seed, n, scale):
    K = _noisy_correlation(seed, n)
    clipped = repair_psd(K, "clip")
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(clipped + 1e-12 * np.eye(n))
    for _ in range(20):
        other = root + scale * rng.normal(size=(n, n))
        assert np.linalg.norm(other @ other.T - K) >= np.linalg.norm(clipped - K) - 1e-9


@settings(max_examples=40, deadline=None)
@given(seed=seeds, n=st.integers(2, 8), scale=st.sampled_from([1e-3, 0.1, 1.0]))
def test_no_correlation_matrix_is_nearer_than_highams(seed, n, scale):
    K = _noisy_correlation(seed, n)
    nearest = repair_psd(K, "higham")
    assert np.array_equal(np.diag(nearest), np.ones(n))
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(nearest + 1e-9 * np.eye(n))
    for _ in range(20):
        other = root + scale * rng.normal(size=(n, n))
        other /= np.linalg.norm(other, axis=1, keepdims=True)
        assert np.linalg.norm(other @ other.T - K) >= np.linalg.norm(nearest - K) - 1e-6


def test_higham_reproduces_the_published_nearest_correlation_matrix():
    repaired = repair([[1, 1, 0], [1, 1, 1], [0, 1, 1]], "higham")
    published = [[1, 0.7607, 0.1573], [0.7607, 1, 0.7607], [0.1573, 0.7607, 1]]
    np.testing.assert_allclose(repaired.matrix, published, atol=5e-5)
    np.testing.assert_allclose(repaired.frobenius_shift, 0.5278, atol=5e-5)


@pytest.mark.parametrize("method", ["clip", "shift", "higham", "none"])
@pytest.mark.parametrize("copies", [1, 2, 3, 12])
def test_duplicate_samples_change_nothing_in_a_matrix_that_is_positive_semidefinite(method, copies):
    rng = np.random.default_rng(copies)
    groups = np.repeat(np.eye(4), copies, axis=0)[rng.permutation(4 * copies)]
    X = np.repeat(rng.uniform(0, 3, size=(5, 3)), copies, axis=0)
    for K in (groups @ groups.T, _product_kernel(X, X), np.ones((7, 7))):
        found = repair(K, method)
        assert not found.applied
        np.testing.assert_allclose(found.matrix, K, rtol=0, atol=1e-12)
        assert found.frobenius_shift <= 1e-12


def test_identical_bit_strings_of_a_basis_encoding_keep_their_kernel_to_1e_12():
    bits = np.random.default_rng(3).integers(0, 2, size=(24, 3))
    K = (bits[:, None, :] == bits[None, :, :]).all(axis=-1)
    for method in ("clip", "higham", "shift"):
        np.testing.assert_allclose(repair_psd(K, method), K, rtol=0, atol=1e-12)


def test_the_limit_of_a_smallest_eigenvalue_is_n_epsilon_lambda_max():
    assert is_psd(np.array([-0.9 * 3 * EPS * 2.0, 1.0, 2.0]))
    assert not is_psd(np.array([-1.1 * 3 * EPS * 2.0, 1.0, 2.0]))
    assert is_psd(np.zeros(3))
    assert not is_psd(np.array([-2.0, -1.0]))


def test_an_asymmetric_matrix_is_symmetrised_first():
    K = np.array([[1.0, 0.4], [0.2, 1.0]])
    for method in ("clip", "shift", "higham", "none"):
        np.testing.assert_allclose(repair_psd(K, method), [[1, 0.3], [0.3, 1]], atol=1e-15)
    assert repair(K, "none").frobenius_shift == pytest.approx(0.1 * np.sqrt(2))


def test_clip_and_shift_give_the_values_computed_by_hand():
    K = np.array([[1.0, 2.0], [2.0, 1.0]])  # eigenvalues 3 and -1
    clipped, shifted = repair(K, "clip"), repair(K, "shift")
    np.testing.assert_allclose(clipped.matrix, [[1.5, 1.5], [1.5, 1.5]], atol=1e-12)
    np.testing.assert_allclose(shifted.matrix, [[2, 2], [2, 2]], atol=1e-12)
    assert clipped.lambda_min == pytest.approx(-1)
    assert clipped.frobenius_shift == pytest.approx(1)
    assert shifted.frobenius_shift == pytest.approx(np.sqrt(2))
    np.testing.assert_allclose(repair_psd(-np.eye(3), "clip"), np.zeros((3, 3)), atol=1e-15)


@settings(max_examples=30, deadline=None)
@given(seed=seeds, n=sizes)
def test_the_map_of_the_test_rows_sends_the_training_rows_to_the_clipped_matrix(seed, n):
    K = _noisy_correlation(seed, n)
    done = repair(K, "clip")
    np.testing.assert_allclose(repair_test_rows(done, K), done.matrix, atol=1e-10)


def test_test_rows_stay_as_computed_where_no_map_is_due():
    K, rows = _noisy_correlation(1, 8), np.random.default_rng(2).random((3, 8))
    for method in ("shift", "higham", "none"):
        done = repair(K, method)
        assert done.applied == (method != "none")
        assert np.array_equal(repair_test_rows(done, rows), rows)
    assert "no map of the test rows" in repair(K, "higham").note
    psd = repair(np.eye(8), "clip")
    assert not psd.applied
    assert np.array_equal(repair_test_rows(psd, rows), rows)


def test_no_repair_leaves_an_indefinite_matrix_and_says_so():
    K = _noisy_correlation(1, 8)
    done = repair(K, "none")
    assert np.array_equal(done.matrix, K)
    assert done.lambda_min == pytest.approx(np.linalg.eigvalsh(K)[0])
    assert "not positive semi-definite" in done.note


def test_higham_refuses_another_diagonal_and_names_the_method_to_use():
    with pytest.raises(SpecError, match=r"off by 0\.5.*psd=clip"):
        repair_psd(np.diag([1.0, 1.5]), "higham")


@pytest.mark.parametrize(
    "bad",
    [np.ones((2, 3)), np.ones(4), np.empty((0, 0)), [[1, np.nan], [np.nan, 1]], np.eye(2) * 1j],
)
def test_what_is_no_kernel_matrix_is_refused(bad):
    with pytest.raises(DataError):
        repair(bad, "clip")


def test_an_unknown_method_and_test_rows_of_another_training_set_are_refused():
    with pytest.raises(SpecError, match="higham, clip, shift, none"):
        repair(np.eye(2), "flip")
    with pytest.raises(DataError, match=r"\(3, 4\), asked for \(M, 2\)"):
        repair_test_rows(repair(np.eye(2)), np.ones((3, 4)))
    with pytest.raises(DataError, match="NaN"):
        repair_test_rows(repair(np.eye(2)), [[np.nan, 1.0]])
