"""QUBO conversion against xᵀQx for every x."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from polynomials import all_bits

from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising

ENTRIES = st.integers(-50, 50).map(float)


def quadratic(Q):
    bits = all_bits(len(Q)).astype(float)
    return np.einsum("mi,ij,mj->m", bits, Q, bits)


def square(most=6):
    return st.integers(1, most).flatmap(lambda n: arrays(float, (n, n), elements=ENTRIES))


@settings(max_examples=50, deadline=None)
@given(Q=square(), form=st.sampled_from(["symmetric", "upper", "lower"]), constant=ENTRIES)
def test_symmetric_and_triangular_matrices_have_the_energies_of_xQx(Q, form, constant):
    Q = {"symmetric": Q + Q.T, "upper": np.triu(Q), "lower": np.tril(Q)}[form]
    found = Ising.from_qubo(Q, constant).energies(all_bits(len(Q)))
    assert np.array_equal(found, quadratic(Q) + constant)


@settings(max_examples=50, deadline=None)
@given(Q=square(), upper=st.booleans())
def test_entries_have_the_energies_of_the_matrix(Q, upper):
    Q = np.triu(Q) if upper else Q + Q.T
    entries = {(i, j): float(Q[i, j]) for i, j in np.ndindex(Q.shape) if Q[i, j] or i == j}
    assert Ising.from_qubo(entries) == Ising.from_qubo(Q)


def test_pairs_given_one_way_round_each_may_be_mixed():
    entries = {(0, 0): 1.0, (0, 1): 2.0, (2, 1): -3.0}
    Q = np.array([[1.0, 2.0, 0.0], [0.0, 0.0, -3.0], [0.0, 0.0, 0.0]])
    assert Ising.from_qubo(entries) == Ising.from_qubo(Q)


def test_digits_of_a_file_do_not_make_a_matrix_asymmetric():
    Q = np.array([[0.0, 1 / 3], [0.33333333333, 0.0]])
    assert Ising.from_qubo(Q).energies(all_bits(2))[3] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("Q", "message"),
    [
        (
            [[0, 1, 5], [2, 0, 0], [0, 0, 0]],
            r"row 0, column 2 \(from 0\) is 5, row 2, column 0 .* 0",
        ),
        ([[0, 1], [float("nan"), 0]], r"row 1, column 0 \(from 0\) is nan"),
        ([[0, float("inf")], [float("inf"), 0]], "row 0, column 1 .* is inf"),
        ([[0, 1, 2], [1, 0, 2]], r"shape \(2, 3\) given, needed: \(n, n\)"),
        ([], r"shape \(0,\)"),
        (np.zeros((0, 0)), r"shape \(0, 0\)"),
        ([[0, 1], [1]], "unequal length"),
        ([["a"]], "no numbers"),
        ({(0, 1): 1.0, (1, 0): 2.0}, "row 0, column 1 .* is 1, row 1, column 0 is 2"),
        ({(0, 1): 1.0, (1, 0): float("nan")}, "row 1, column 0 .* is nan"),
        ({(0, 0): 1.0, (2, 2): 1.0}, "no entry for index 1, each of 0 … 2"),
        ({(1, 1): 1.0}, "no entry for index 0"),
        ({(0, 10**12): 1.0}, "no entry for index 1, 2, 3, 4, 5,"),
        ({}, "of 0 bits has no entry for index 0"),
        ({(-1, 0): 1.0}, r"entry \(-1, 0\)"),
        ({(0.5, 0): 1.0}, r"entry \(0.5, 0\)"),
        ({0: 1.0}, "entry 0 given"),
        ({(0, 0): "x"}, "row 0, column 0 .* is 'x'"),
        ({(0, 0): None}, "is None"),
        ({(0, 0): 10**400}, "row 0, column 0"),
        ([[1j]], "no numbers"),
        (np.array([[1j]]), "no numbers"),
    ],
)
def test_what_is_no_qubo_is_refused_with_its_place(Q, message):
    with pytest.raises(SpecError, match=message) as caught:
        Ising.from_qubo(Q)
    assert caught.value.remedy
