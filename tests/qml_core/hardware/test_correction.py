"""Whole matrices corrected: readout, then depolarising, each only where it is asked for."""

import numpy as np
import pytest

from qml_core.errors import Refused
from qml_core.hardware.correction import Measured, correct_matrix
from qml_core.hardware.shots import posterior_error
from qml_core.storage.block_format import Measurement

N_QUBITS, FLOOR = 2, 0.25
BOTH, ONE = ("readout", "depolarising"), ("depolarising",)


def kernel(n, rng):
    """A kernel matrix (n, n) of random states with entries well above 0."""
    states = rng.normal(size=(n, 4)) + 2
    states /= np.linalg.norm(states, axis=1)[:, None]
    return (states @ states.T) ** 2


def depolarised(K, rows, columns):
    kept = np.sqrt(np.outer(rows, columns))
    return kept * K + (1 - kept) * FLOOR


def measured(values, shots=10**6, corrected=None, symmetric=True):
    """As it comes from the store: below the diagonal of a symmetric matrix there are no shots."""
    spent = np.full(values.shape, shots, dtype=np.int64)
    if symmetric and values.shape[0] == values.shape[1]:
        spent[np.tril_indices(len(values), -1)] = 0
    counts = np.rint(values * shots).astype(np.int64)
    corrected = values if corrected is None else corrected
    return Measured(values, Measurement(counts, spent, corrected, posterior_error(counts, shots)))


def test_nothing_is_changed_where_nothing_is_asked_for():
    values = kernel(4, np.random.default_rng(0))
    found = correct_matrix(measured(values, corrected=0.9 * values), (), N_QUBITS)
    np.testing.assert_array_equal(found.values, values)


def test_readout_takes_the_values_and_errors_beside():
    values = kernel(4, np.random.default_rng(0))
    given = measured(values, corrected=0.9 * values)
    found = correct_matrix(given, ("readout",), N_QUBITS)
    np.testing.assert_array_equal(found.values, 0.9 * values)
    np.testing.assert_array_equal(found.errors, given.beside.errors)


@pytest.mark.parametrize("corrections", [(), ONE])
def test_without_readout_correction_errors_are_those_of_the_raw_shots(corrections):
    """Below the diagonal too, where the mirrored entry has no shots of its own."""
    values = kernel(5, np.random.default_rng(1))
    given = measured(values, shots=1000, corrected=np.zeros_like(values))
    plain = given.after_readout(corrections)
    expected = posterior_error(np.rint(values * 1000), 1000)
    np.testing.assert_allclose(plain.errors, expected)
    np.testing.assert_array_equal(plain.values, values)
    found = correct_matrix(given, corrections, N_QUBITS)
    assert np.isfinite(found.errors).all()
    np.testing.assert_allclose(found.errors, found.errors.T)


def test_a_square_matrix_of_other_rows_and_columns_keeps_its_own_shots():
    """As many test rows as training rows: nothing is mirrored."""
    values = np.array([[0.5, 0.1], [0.9, 0.4]])
    shots = np.array([[100, 200], [400, 800]])
    counts = np.rint(values * shots).astype(np.int64)
    given = Measured(values, Measurement(counts, shots, values, np.ones((2, 2))))
    found = correct_matrix(given, (), N_QUBITS)
    np.testing.assert_allclose(found.errors, posterior_error(counts, shots))


def test_depolarising_noise_of_every_row_is_undone_from_the_diagonal():
    rng = np.random.default_rng(2)
    K, kept = kernel(6, rng), rng.uniform(0.6, 0.95, 6)
    found = correct_matrix(measured(depolarised(K, kept, kept)), ONE, N_QUBITS)
    np.testing.assert_allclose(found.values, K, atol=1e-12)
    np.testing.assert_array_equal(np.diagonal(found.errors), 0)
    assert (found.errors[np.triu_indices(6, 1)] > 0).all()


def test_both_corrections_follow_one_another():
    rng = np.random.default_rng(2)
    K, kept = kernel(5, rng), rng.uniform(0.6, 0.95, 5)
    right = depolarised(K, kept, kept)
    given = measured(0.8 * right, corrected=right)
    np.testing.assert_allclose(correct_matrix(given, BOTH, N_QUBITS).values, K, atol=1e-12)
    alone = correct_matrix(given, ONE, N_QUBITS).values
    assert abs(alone - K).max() > 0.01


def test_a_matrix_of_other_rows_and_columns_takes_the_diagonals_of_both():
    rng = np.random.default_rng(3)
    K, rows, columns = kernel(7, rng), rng.uniform(0.6, 0.9, 3), rng.uniform(0.4, 0.9, 4)
    values = depolarised(K[:3, 3:], rows, columns)
    own = measured(_diagonal(rows)[:, None])
    whole = measured(np.diag(_diagonal(columns)) + 0.3 * (1 - np.eye(4)))
    found = correct_matrix(measured(values), ONE, N_QUBITS, own.diagonal(ONE), whole.diagonal(ONE))
    np.testing.assert_allclose(found.values, K[:3, 3:], atol=1e-12)
    exchanged = whole.diagonal(ONE), own.diagonal(ONE)
    with pytest.raises(ValueError, match="broadcast"):
        correct_matrix(measured(values), ONE, N_QUBITS, *exchanged)


def _diagonal(kept):
    return kept + (1 - kept) * FLOOR


def test_a_diagonal_is_read_from_a_symmetric_matrix_and_from_a_column():
    values = np.array([[0.9, 0.2, 0.1], [0.2, 0.8, 0.3], [0.1, 0.3, 0.7]])
    whole = measured(values, shots=100).diagonal(ONE)
    column = measured(np.diagonal(values)[:, None].copy(), shots=100).diagonal(ONE)
    np.testing.assert_array_equal(whole.values, [0.9, 0.8, 0.7])
    np.testing.assert_array_equal(whole.values, column.values)
    np.testing.assert_allclose(whole.errors, column.errors)


def test_the_diagonal_is_that_after_readout_correction_where_it_is_asked_for():
    values = np.array([[0.9, 0.2], [0.2, 0.8]])
    given = measured(values, corrected=values + 0.05)
    np.testing.assert_allclose(given.diagonal(BOTH).values, [0.95, 0.85])
    np.testing.assert_allclose(given.diagonal(ONE).values, [0.9, 0.8])


def test_a_diagonal_that_tells_nothing_is_refused():
    values = np.full((3, 3), 0.26)
    with pytest.raises(Refused, match="5 standard errors"):
        correct_matrix(measured(values, shots=100), ONE, N_QUBITS)
    correct_matrix(measured(values, shots=100), ("readout",), N_QUBITS)


def test_errors_are_those_that_repetitions_have():
    rng = np.random.default_rng(4)
    K, kept, shots = kernel(4, rng), np.array([0.9, 0.8, 0.7, 0.85]), 2000
    noisy = depolarised(K, kept, kept)
    i, j = np.triu_indices(4)
    values, errors = [], []
    for _ in range(600):
        drawn = np.zeros((4, 4))
        drawn[i, j] = rng.binomial(shots, noisy[i, j]) / shots
        drawn[j, i] = drawn[i, j]
        found = correct_matrix(measured(drawn, shots), ONE, N_QUBITS)
        values.append(found.values)
        errors.append(found.errors)
    off = np.triu_indices(4, 1)
    spread, said = np.std(values, axis=0)[off], np.mean(errors, axis=0)[off]
    np.testing.assert_allclose(said, spread, rtol=0.15)
    bias = abs(np.mean(values, axis=0) - K)[off]
    assert (bias < 5 * spread / np.sqrt(600)).all()
