"""Geometric difference and model complexity against dense formulas and the paper's inequality."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from qml_core.errors import DataError, SpecError
from qml_core.kernels import geometric_difference, kernel_matrix, model_complexity
from qml_core.kernels.geometry import geometric_difference_terms
from qml_core.kernels.psd import rounding_slack

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(2, 9)
regs = st.sampled_from([1e-3, 0.1, 1.0, 20.0])


def gram(seed, n, features=None):
    """Well conditioned unless it has fewer features than rows."""
    F = np.random.default_rng(seed).normal(size=(n, features or n + 3))
    return F @ F.T / F.shape[1]


def trace_n(K):
    return K * len(K) / np.trace(K)


def dense_terms(Kq, Kc, reg):
    """Both terms as they are written in the paper."""
    q, c = linalg.sqrtm(trace_n(Kq)).real, linalg.sqrtm(trace_n(Kc)).real
    inverse = linalg.inv(c @ c + reg * np.eye(len(c)))
    twice = inverse @ inverse
    return (
        math.sqrt(linalg.norm(q @ c @ twice @ c @ q, 2)),
        reg * math.sqrt(linalg.norm(q @ twice @ q, 2)),
    )


@settings(max_examples=40)
@given(seed=seeds, n=sizes, reg=regs)
def test_both_terms_are_those_of_the_dense_formulas(seed, n, reg):
    Kq, Kc = gram(seed, n), gram(seed + 1, n)
    found = geometric_difference_terms(Kq, Kc, reg)
    expected = dense_terms(Kq, Kc, reg)
    assert (found.generalisation, found.training_error) == pytest.approx(expected, rel=1e-7)
    assert found.reg == reg


@settings(max_examples=40)
@given(seed=seeds, n=sizes)
def test_without_regularisation_it_is_the_norm_with_the_inverse(seed, n):
    Kq, Kc = gram(seed, n), gram(seed + 1, n)
    q = linalg.sqrtm(trace_n(Kq)).real
    expected = math.sqrt(linalg.norm(q @ linalg.inv(trace_n(Kc)) @ q, 2))
    assert geometric_difference(Kq, Kc) == pytest.approx(expected, rel=1e-6)
    assert geometric_difference_terms(Kq, Kc).training_error == 0.0


@settings(max_examples=30)
@given(seed=seeds, n=sizes)
def test_a_kernel_is_at_distance_one_of_itself(seed, n):
    K = gram(seed, n)
    assert geometric_difference(K, K) == pytest.approx(1.0, rel=1e-8)
    assert geometric_difference(np.eye(n), np.eye(n), 0.25) == pytest.approx(1 / 1.25)


def test_against_the_identity_it_is_the_smallest_or_largest_eigenvalue():
    K = gram(3, 8)
    values = np.linalg.eigvalsh(trace_n(K))
    assert geometric_difference(np.eye(8), K) == pytest.approx(1 / math.sqrt(values[0]))
    assert geometric_difference(K, np.eye(8)) == pytest.approx(math.sqrt(values[-1]))


@settings(max_examples=30)
@given(seed=seeds, n=sizes, quantum=st.floats(1e-3, 1e3), classical=st.floats(1e-3, 1e3))
def test_the_scales_of_the_kernels_do_not_matter(seed, n, quantum, classical):
    Kq, Kc = gram(seed, n), gram(seed + 1, n)
    for reg in (0.0, 0.1):
        scaled = geometric_difference(quantum * Kq, classical * Kc, reg)
        assert scaled == pytest.approx(geometric_difference(Kq, Kc, reg), rel=1e-6)


@settings(max_examples=30)
@given(seed=seeds, n=sizes, rank=st.integers(1, 12))
def test_more_regularisation_lowers_the_one_term_and_raises_the_other(seed, n, rank):
    Kq, Kc = gram(seed, n), gram(seed + 1, n, rank)  # singular where the rank is below n
    terms = [geometric_difference_terms(Kq, Kc, reg) for reg in np.geomspace(1e-3, 1e2, 9)]
    lower = [t.generalisation for t in terms]
    higher = [t.training_error for t in terms]
    assert all(a >= b * (1 - 1e-9) for a, b in pairwise(lower))
    assert all(a <= b * (1 + 1e-9) for a, b in pairwise(higher))


@settings(max_examples=40)
@given(seed=seeds, n=sizes, reg=regs, columns=st.integers(1, 3))
def test_complexity_is_that_of_the_solved_equations(seed, n, reg, columns):
    K = gram(seed, n)
    y = np.random.default_rng(seed).normal(size=(n, columns))
    for strength in (0.0, reg):
        alpha = np.linalg.solve(K + strength * np.eye(n), y)
        expected = np.trace(alpha.T @ K @ alpha)
        assert model_complexity(K, y, strength) == pytest.approx(expected, rel=1e-6)
    assert model_complexity(K, y[:, 0]) == pytest.approx(y[:, 0] @ np.linalg.solve(K, y[:, 0]))


def test_without_regularisation_the_complexity_is_the_norm_of_the_interpolating_function():
    assert model_complexity(np.diag([1.0, 4.0]), [1, 2]) == pytest.approx(1 + 1)
    assert model_complexity(np.eye(3), [1, -1, 1], reg=1.0) == pytest.approx(3 / 4)


@settings(max_examples=60)
@given(seed=seeds, n=sizes, reg=st.sampled_from([0.0, 0.01, 1.0]))
def test_no_labels_cost_the_classical_kernel_more_than_the_geometric_difference_allows(
    seed, n, reg
):
    """s_c ≤ g² s_q, and likewise the squared residual on the training rows."""
    Kq, Kc = trace_n(gram(seed, n)), trace_n(gram(seed + 1, n))
    terms = geometric_difference_terms(Kq, Kc, reg)
    y = np.random.default_rng(seed + 2).normal(size=n)
    quantum = model_complexity(Kq, y)
    assert model_complexity(Kc, y, reg) <= terms.generalisation**2 * quantum * (1 + 1e-6)
    residual = reg * np.linalg.solve(Kc + reg * np.eye(n), y)
    assert residual @ residual <= terms.training_error**2 * quantum * (1 + 1e-6) + 1e-20


def test_labels_from_the_leading_direction_reach_the_bound():
    Kq, Kc = trace_n(gram(5, 7)), trace_n(gram(6, 7))
    q = linalg.sqrtm(Kq).real
    leading = np.linalg.eigh(q @ linalg.inv(Kc) @ q)[1][:, -1]
    y = q @ leading
    ratio = model_complexity(Kc, y) / model_complexity(Kq, y)
    assert ratio == pytest.approx(geometric_difference(Kq, Kc) ** 2, rel=1e-6)


def test_a_quantum_kernel_of_wide_bandwidth_is_far_from_a_classical_one():
    X = np.random.default_rng(7).uniform(0, np.pi, (30, 5))
    distance = np.sum((X[:, None] - X[None]) ** 2, axis=-1)
    rbf = np.exp(-distance / 50)
    far = geometric_difference(kernel_matrix(X), rbf, reg=1e-6)
    near = geometric_difference(rbf, rbf, reg=1e-6)
    assert near == pytest.approx(1.0, rel=1e-2)
    assert far > math.sqrt(30) > near


@pytest.mark.parametrize(
    "of", [lambda K: geometric_difference(np.eye(4), K), lambda K: model_complexity(K, np.ones(4))]
)
def test_a_singular_kernel_needs_regularisation(of):
    with pytest.raises(DataError, match=r"reg=0.*singular.*pass reg > 0"):
        of(gram(1, 4, features=2))
    with pytest.raises(DataError, match="singular"):
        of(np.ones((4, 4)))


def test_a_singular_quantum_kernel_is_fine():
    Kq, Kc = gram(1, 4, features=2), gram(2, 4)
    assert geometric_difference(Kq, Kc) == pytest.approx(dense_terms(Kq, Kc, 0.0)[0], rel=1e-6)


def test_rounding_below_zero_is_clipped_and_more_is_refused():
    rotation = np.linalg.qr(np.random.default_rng(2).normal(size=(6, 6)))[0]
    values = np.array([0.0, 0.5, 0.5, 1.0, 2.0, 2.0])
    slack = rounding_slack(values)
    sound = (rotation * np.r_[-0.2 * slack, values[1:]]) @ rotation.T
    broken = (rotation * np.r_[-1e-6, values[1:]]) @ rotation.T
    assert geometric_difference(sound, sound, 0.1) == pytest.approx(2 / 2.1, rel=1e-9)
    assert model_complexity(sound, np.ones(6), 0.1) >= 0.0
    for asked in (
        lambda: geometric_difference(broken, np.eye(6)),
        lambda: geometric_difference(np.eye(6), broken, 0.1),
        lambda: model_complexity(broken, np.ones(6), 0.1),
    ):
        with pytest.raises(DataError, match=r"smallest eigenvalue -1e-06.*repair_psd"):
            asked()


@pytest.mark.parametrize("reg", [-1e-9, math.nan, math.inf])
def test_regularisation_that_is_no_strength_is_refused(reg):
    with pytest.raises(SpecError, match="reg="):
        geometric_difference(np.eye(2), np.eye(2), reg)
    with pytest.raises(SpecError, match="reg="):
        model_complexity(np.eye(2), [1, 2], reg)


@pytest.mark.parametrize(
    ("Kq", "Kc", "says"),
    [
        (np.eye(2), np.eye(3), r"\(2, 2\) and \(3, 3\)"),
        (np.zeros((2, 2)), np.eye(2), "quantum kernel of trace 0"),
        (np.eye(2), -np.eye(2), "classical kernel of trace -2"),
        (np.ones((2, 3)), np.eye(2), r"\(2, 3\)"),
        (np.eye(2), [[1, np.nan], [np.nan, 1]], "NaN"),
    ],
)
def test_what_is_no_pair_of_kernels_is_refused(Kq, Kc, says):
    with pytest.raises(DataError, match=says):
        geometric_difference(Kq, Kc)


@pytest.mark.parametrize(
    "y", [np.ones(3), np.ones((2, 2, 2)), ["a", "b"], [1, np.nan], [1j, 1], 1.0]
)
def test_targets_that_do_not_fit_are_refused(y):
    with pytest.raises(DataError, match=r"^y "):
        model_complexity(np.eye(2), y)
