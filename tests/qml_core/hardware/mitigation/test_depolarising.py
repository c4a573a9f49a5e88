"""The depolarising correction restores kernels exactly, and its errors are those of draws."""

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.errors import Refused
from qml_core.hardware.mitigation.depolarising import (
    Diagonal,
    correct,
    correct_symmetric,
    survival,
)
from qml_core.kernels import kernel_matrix


def depolarised(K, kept, n_qubits):
    return kept * K + (1 - kept) / 2**n_qubits


@settings(deadline=None, max_examples=60)
@given(
    n_qubits=st.integers(1, 8),
    rates=st.lists(st.floats(0, 0.9), min_size=2, max_size=6),
    seed=st.integers(0, 99),
)
def test_an_exactly_depolarised_kernel_is_restored(n_qubits, rates, seed):
    X = np.random.default_rng(seed).uniform(0, 1, (len(rates), 2))
    K, kept = kernel_matrix(X), 1 - np.array(rates)
    measured = depolarised(K, np.sqrt(np.outer(kept, kept)), n_qubits)
    errors = np.full_like(K, 1e-6)
    found = correct_symmetric(measured, errors, n_qubits)
    np.testing.assert_allclose(found.values, K, atol=1e-12)
    assert (np.diagonal(found.errors) == 0).all()
    diagonal = Diagonal(np.diagonal(measured), np.diagonal(errors))
    np.testing.assert_allclose(survival(diagonal, n_qubits), kept, atol=1e-12)


def test_a_rectangular_kernel_is_restored_with_both_diagonals():
    rng = np.random.default_rng(1)
    K = kernel_matrix(rng.uniform(0, 1, (3, 2)), rng.uniform(0, 1, (4, 2)))
    rows, columns = np.array([0.9, 0.6, 0.7]), np.array([0.8, 0.75, 0.5, 1.0])
    measured = depolarised(K, np.sqrt(np.outer(rows, columns)), 2)
    sides = [
        Diagonal(depolarised(1, kept, 2), np.full(len(kept), 1e-3)) for kept in (rows, columns)
    ]
    found = correct(measured, np.full_like(K, 1e-3), *sides, 2)
    np.testing.assert_allclose(found.values, K, atol=1e-12)


def test_without_noise_and_errors_of_the_diagonal_errors_stay():
    K, errors = np.array([[0.3, 0.6]]), np.array([[0.01, 0.02]])
    found = correct(
        K, errors, Diagonal(np.ones(1), np.zeros(1)), Diagonal(np.ones(2), np.zeros(2)), 3
    )
    np.testing.assert_allclose(found.values, K)
    np.testing.assert_allclose(found.errors, errors)


@pytest.mark.parametrize("kernel", [0.02, 0.3, 0.97])
@pytest.mark.parametrize(
    ("diagonal", "shots", "row_shots", "column_shots"),
    [
        (0.77, 4096, 4096, 4096),
        (0.6, 1024, 1024, 1024),
        (0.77, 10**7, 4096, 4096),  # nearly all of the error is that of the diagonals,
        (0.77, 10**7, 4096, 10**7),  # of the rows' alone,
        (0.77, 10**7, 10**7, 4096),  # of the columns' alone
    ],
)
def test_the_propagated_error_is_the_spread_of_many_draws(
    kernel, diagonal, shots, row_shots, column_shots
):
    rng, draws, n_qubits = np.random.default_rng(6), 4000, 4
    kept = (diagonal - 1 / 16) / (1 - 1 / 16)
    noisy = depolarised(kernel, kept, n_qubits)

    def measured(probability, shots):
        values = rng.binomial(shots, probability, draws) / shots
        return values, np.sqrt(probability * (1 - probability) / shots)

    (entry, e), (row, a), (column, b) = (
        measured(noisy, shots),
        measured(diagonal, row_shots),
        measured(diagonal, column_shots),
    )

    def corrected(entry, row, column):
        sides = [Diagonal(np.array([v]), np.array([s])) for v, s in ((row, a), (column, b))]
        return correct(np.array([[entry]]), np.array([[e]]), *sides, n_qubits)

    values = [corrected(*drawn).values[0, 0] for drawn in zip(entry, row, column, strict=True)]
    predicted = corrected(noisy, diagonal, diagonal)
    assert np.std(values) == pytest.approx(predicted.errors[0, 0], rel=0.1)
    assert predicted.values[0, 0] == pytest.approx(kernel)
    assert np.mean(values) == pytest.approx(kernel, abs=0.005)


def test_the_errors_of_a_symmetric_matrix_are_those_of_its_entries_one_by_one():
    K = np.array([[0.8, 0.3, 0.4], [0.3, 0.7, 0.2], [0.4, 0.2, 0.9]])
    errors = np.array([[0.01, 0.02, 0.03], [0.02, 0.04, 0.05], [0.03, 0.05, 0.06]])
    whole = correct_symmetric(K, errors, 3)
    sides = [Diagonal(K[[i], [i]], errors[[i], [i]]) for i in range(3)]
    for i, j in ((0, 1), (0, 2), (1, 2)):
        alone = correct(K[[[i]], [[j]]], errors[[[i]], [[j]]], sides[i], sides[j], 3)
        assert whole.errors[i, j] == whole.errors[j, i] == pytest.approx(alone.errors[0, 0])


def test_a_diagonal_near_to_pure_noise_is_refused():
    K = np.array([[0.8, 0.3], [0.3, 0.30]])
    errors = np.full((2, 2), 0.011)
    with pytest.raises(Refused, match=r"≥ 5 standard errors, found K'_ii = 0.3 ± 0.011") as refused:
        correct_symmetric(K, errors, 2)
    assert "in row 1, too little in 1 of 2" in str(refused.value)
    assert "raise backend.shots" in refused.value.remedy
    assert correct_symmetric(K, errors * 0.9, 2).values[1, 1] == 1


def test_the_column_that_is_refused_is_named():
    good, bad = Diagonal(np.ones(1), np.full(1, 0.01)), Diagonal(np.array([0.2]), np.array([0.01]))
    with pytest.raises(Refused, match="in column 0"):
        correct(np.ones((1, 1)), np.full((1, 1), 0.01), good, bad, 2)
    with pytest.raises(Refused, match="in row 0"):
        survival(Diagonal(np.array([np.nan]), np.array([0.01])), 2)


def test_pennylanes_split_channel_agrees():
    K = np.array([[0.8, 0.3, 0.4], [0.3, 0.7, 0.2], [0.4, 0.2, 0.9]])
    found = correct_symmetric(K, np.full((3, 3), 0.01), 3)
    theirs = qml.kernels.mitigate_depolarizing_noise(K, 3, method="split_channel")
    np.testing.assert_allclose(found.values, theirs, atol=1e-12)
