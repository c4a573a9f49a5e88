import math

import numpy as np
import pytest

from qml_core.errors import DataError
from qml_core.kernels.spectrum import (
    concentration,
    effective_dimension,
    eigenvalues,
    numerical_rank,
)


def _haar_states(rng, n, d):
    states = rng.normal(size=(n, d)) + 1j * rng.normal(size=(n, d))
    return states / np.linalg.norm(states, axis=1, keepdims=True)


def _fidelities(states):
    return np.abs(states @ states.conj().T) ** 2


def test_eigenvalues_come_largest_first_and_exact():
    Q, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))
    np.testing.assert_allclose(
        eigenvalues(Q @ np.diag([1, 5, 3, 0, 2]) @ Q.T), [5, 3, 2, 1, 0], atol=1e-13
    )


@pytest.mark.parametrize("n_qubits", [2, 6])
def test_haar_random_states_concentrate_as_the_dimension_says(n_qubits):
    d = 2**n_qubits
    found = concentration(_fidelities(_haar_states(np.random.default_rng(4), 400, d)), d)
    assert found.count == 400 * 399
    assert found.haar == 1 / d
    assert found.mean == pytest.approx(found.haar, rel=0.02)
    assert found.std == pytest.approx(found.haar_std, rel=0.03)


def test_the_diagonal_does_not_count_and_a_sample_counts_as_it_is():
    K = np.array([[1.0, 0.2, 0.4], [0.2, 1.0, 0.6], [0.4, 0.6, 1.0]])
    for values in (K, K[np.triu_indices(3, 1)]):
        found = concentration(values, 4)
        assert (found.minimum, found.maximum) == (0.2, 0.6)
        assert found.mean == pytest.approx(0.4)
        assert found.std == pytest.approx(np.std([0.2, 0.4, 0.6]))
        assert found.shots_to_resolve == pytest.approx(0.4 * 0.6 / np.var([0.2, 0.4, 0.6]))


def test_a_constant_kernel_cannot_be_resolved_and_huge_dimensions_are_fine():
    found = concentration([0.25, 0.25], 2**4096)
    assert found.haar == 0.0
    assert math.isinf(found.shots_to_resolve)


def test_effective_dimension_and_rank_of_spectra_known_by_hand():
    assert effective_dimension(np.ones(7)) == pytest.approx(7)
    assert effective_dimension([9, 0, 0]) == pytest.approx(1)
    assert effective_dimension([3, 1, -1e-17]) == pytest.approx(16 / 10)
    assert effective_dimension([0.0]) == 0.0
    groups = np.repeat(np.eye(4), 3, axis=0)
    assert numerical_rank(eigenvalues(groups @ groups.T)) == 4
    assert numerical_rank(np.zeros(3)) == 0


def test_nothing_to_measure_is_refused():
    for values, dimension in ((np.ones((1, 1)), 2), ([], 2), ([np.nan], 2), ([0.5], 0)):
        with pytest.raises(DataError):
            concentration(values, dimension)
