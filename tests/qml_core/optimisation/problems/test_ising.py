"""Ising polynomials against their definition."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polynomials import all_bits, defined, polynomials

from qml_core.errors import SpecError
from qml_core.optimisation.problems import ising as module
from qml_core.optimisation.problems.ising import Ising


@settings(max_examples=50, deadline=None)
@given(ising=polynomials())
def test_energies_are_those_of_the_definition(ising):
    bits = all_bits(ising.n_qubits)
    assert np.array_equal(ising.energies(bits), defined(ising.terms, bits))


@settings(max_examples=30, deadline=None)
@given(ising=polynomials())
def test_an_even_polynomial_keeps_its_energy_under_complement(ising):
    bits = all_bits(ising.n_qubits)
    kept = np.array_equal(ising.energies(bits), ising.energies(1 - bits))
    assert ising.even == all(len(wires) % 2 == 0 for wires in ising.terms)
    assert kept == ising.even


def test_terms_are_sorted_merged_and_without_zeros():
    ising = Ising(3, {(2, 1): 1.0, (0, 2): 3.0, (1, 2): 0.5, (): 4.0, (0,): 0.0, (1,): 2.0})
    assert list(ising.terms.items()) == [((), 4.0), ((1,), 2.0), ((0, 2), 3.0), ((1, 2), 1.5)]
    assert ising.constant == 4.0
    assert ising.degree == 2
    assert ising.coefficients.tolist() == [2.0, 3.0, 1.5]


def test_the_order_in_which_terms_are_given_changes_nothing():
    terms = {(0, 1): 0.1, (2,): 0.7, (): 0.3}
    assert Ising(3, terms) == Ising(3, dict(reversed(terms.items())))


def test_a_constant_has_degree_zero_and_is_even():
    ising = Ising(2, {(): 3.0})
    assert (ising.degree, ising.even, ising.coefficients.shape) == (0, True, (0,))
    assert ising.energies(all_bits(2)).tolist() == [3.0] * 4
    assert Ising(1, {}).energies(all_bits(1)).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_, np.float64])
def test_bits_of_any_type_have_the_same_energies(dtype):
    ising = Ising(3, {(0,): 1.0, (0, 1, 2): 2.0})
    assert ising.energies(all_bits(3).astype(dtype)).tolist() == [3, -1, -1, 3, -3, 1, 1, -3]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99), piece=st.sampled_from([1, 7, 2**20]))
def test_the_energy_of_a_row_does_not_depend_on_other_rows(seed, piece):
    rng = np.random.default_rng(seed)
    terms = {(i, j): rng.normal() for i in range(9) for j in range(i)} | {(0, 1, 2): 0.1, (3,): 0.2}
    ising, bits = Ising(9, terms), rng.integers(0, 2, (20, 9), dtype=np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PIECE", piece)
        together = ising.energies(bits)
    assert together.tolist() == [ising.energies(row[None])[0] for row in bits]
    assert together.tolist() == ising.energies(np.asfortranarray(bits)).tolist()


def test_no_rows_have_no_energies():
    assert Ising(2, {(0,): 1.0}).energies(np.zeros((0, 2))).shape == (0,)


def test_a_polynomial_survives_pickling():
    ising = Ising(2, {(0, 1): 0.5})
    assert pickle.loads(pickle.dumps(ising)) == ising  # noqa: S301
    assert hash(ising) == hash(Ising(2, {(1, 0): 0.5}))


@pytest.mark.parametrize(
    ("n_qubits", "terms", "message"),
    [
        (0, {}, "polynomial of 0 qubits"),
        (4097, {}, "polynomial of 4097 qubits"),
        (2, {(2,): 1.0}, r"term on wires \(2,\).*0 … 1"),
        (2, {(-1,): 1.0}, r"term on wires \(-1,\)"),
        (2, {(0, 0): 1.0}, "Z·Z is 1"),
        (2, {(0,): float("nan")}, r"coefficient nan of wires \(0,\)"),
        (2, {(0, 1): 1e308, (1, 0): 1e308}, "coefficient inf"),
    ],
)
def test_polynomials_without_energies_are_refused(n_qubits, terms, message):
    with pytest.raises(SpecError, match=message):
        Ising(n_qubits, terms)


@pytest.mark.parametrize("shape", [(3,), (4, 2), (1, 3, 1)])
def test_bits_of_another_shape_are_refused(shape):
    with pytest.raises(SpecError, match=r"needed: \(m, 3\)"):
        Ising(3, {(0,): 1.0}).energies(np.zeros(shape, dtype=np.uint8))
