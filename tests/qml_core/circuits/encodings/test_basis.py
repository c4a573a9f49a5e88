import numpy as np
import pytest


@pytest.mark.parametrize("threshold", [0.0, 0.25, -1.5])
def test_a_row_becomes_the_basis_state_of_its_bits(opened, states, rng, threshold):
    X = rng.normal(size=(20, 4))
    index = (threshold < X) @ [8, 4, 2, 1]
    found = states(opened("basis", 4, threshold=threshold), X)
    assert np.array_equal(found, np.eye(16)[index])


def test_a_feature_on_the_threshold_is_zero(opened, states):
    found = states(opened("basis", 2, threshold=0.5), np.array([0.5, np.nextafter(0.5, 1)]))
    assert np.array_equal(found, [0, 1, 0, 0])


def test_the_kernel_is_exactly_zero_or_one(opened, states, rng):
    X = rng.normal(size=(30, 3))
    found = states(opened("basis", 3), X)
    equal = ((X > 0)[:, None] == (X > 0)[None]).all(axis=-1)
    assert np.array_equal(np.abs(found @ found.conj().T) ** 2, equal.astype(float))
