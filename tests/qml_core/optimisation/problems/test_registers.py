"""Registers: codes and bits there and back, and the diagonal of all feasible states."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from polynomials import all_bits

from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers


@st.composite
def registers(draw, most=8):
    """Groups of any sizes whose wires lie anywhere."""
    wires = draw(st.permutations(range(draw(st.integers(1, most)))))
    groups = []
    while wires:
        size = draw(st.integers(1, min(4, len(wires))))
        groups.append(tuple(wires[:size]))
        wires = wires[size:]
    return Registers(tuple(groups))


@st.composite
def polynomials_on(draw, found):
    wires = st.sets(st.integers(0, found.n_qubits - 1), max_size=5)
    terms = draw(st.lists(st.tuples(wires, st.integers(-9, 9)), max_size=12))
    return Ising(found.n_qubits, {tuple(sorted(w)): float(c) for w, c in terms})


def all_codes(found):
    return np.indices(found.levels).reshape(len(found.levels), -1).T


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_the_diagonal_holds_the_energies_of_all_codes_in_order(data):
    found = data.draw(registers())
    ising = data.draw(polynomials_on(found))
    diagonal = found.diagonal(ising)
    assert diagonal.dtype == torch.float64
    assert diagonal.tolist() == ising.energies(found.bits_of(all_codes(found))).tolist()


@settings(max_examples=50, deadline=None)
@given(found=registers())
def test_exactly_the_feasible_bits_have_codes(found):
    codes, feasible = found.codes_of(all_bits(found.n_qubits))
    assert feasible.sum() == found.size == len(all_codes(found))
    kept = all_bits(found.n_qubits)[feasible]
    assert np.array_equal(found.bits_of(codes[feasible]), kept)
    assert len(np.unique(codes[feasible], axis=0)) == found.size
    again, all_feasible = found.codes_of(found.bits_of(all_codes(found)))
    assert all_feasible.all()
    assert np.array_equal(again, all_codes(found))


def test_a_level_is_the_wire_at_one_and_a_free_qubit_its_bit():
    found = Registers(((3, 1), (0,), (4, 2, 5)))
    assert found.bits_of(np.array([[0, 1, 2], [1, 0, 1]])).tolist() == [
        [1, 0, 0, 1, 0, 1],
        [0, 1, 1, 0, 0, 0],
    ]
    assert (found.levels, found.size, found.n_qubits, found.one_hot) == ((2, 2, 3), 12, 6, True)


def test_two_levels_take_one_qubit_and_more_take_one_each():
    found = Registers.of_levels([3, 2, 4])
    assert found.groups == ((0, 1, 2), (3,), (4, 5, 6, 7))
    assert found.levels == (3, 2, 4)
    assert Registers.free(3).groups == ((0,), (1,), (2,))
    assert not Registers.free(3).one_hot
    assert Registers.of_levels((2, 2)) == Registers.free(2)


def test_infeasible_rows_are_marked_and_keep_some_level():
    codes, feasible = Registers.of_levels([3, 2]).codes_of(
        np.array([[0, 1, 1, 1], [0, 0, 0, 1], [0, 0, 1, 0]], dtype=np.uint8)
    )
    assert feasible.tolist() == [False, False, True]
    assert codes.tolist() == [[1, 1], [0, 1], [2, 0]]


def test_a_large_diagonal_of_every_pair_agrees_on_random_states():
    rng = np.random.default_rng(5)
    found = Registers.of_levels([4, 3, 2, 5, 4, 3, 2, 5, 4])  # 57,600 states
    pairs = [(i, j) for j in range(found.n_qubits) for i in range(j)]
    ising = Ising(found.n_qubits, {pair: rng.normal() for pair in pairs} | {(): 3.0, (0,): 1.0})
    codes = np.stack([rng.integers(0, k, 200) for k in found.levels], axis=1)
    flat = np.ravel_multi_index(tuple(codes.T), found.levels)
    expected = ising.energies(found.bits_of(codes))
    assert np.allclose(found.diagonal(ising).numpy()[flat], expected, atol=1e-11)


@pytest.mark.slow
def test_the_diagonal_of_many_free_qubits_is_the_walsh_transform():
    from qml_core.simulation.ising_diagonal import cost_diagonal

    rng = np.random.default_rng(6)
    ising = Ising(20, {(i, j): rng.normal() for j in range(20) for i in range(j)} | {(3,): 1.0})
    expected = cost_diagonal(ising.terms, 20).values
    assert torch.allclose(Registers.free(20).diagonal(ising), expected, atol=1e-10)


@pytest.mark.parametrize(
    "groups", [(), ((),), ((0,), ()), ((0,), (0,)), ((0,), (2,)), ((1,),), ((-1,), (0,)), ((0, 0),)]
)
def test_groups_that_do_not_hold_each_wire_once_are_refused(groups):
    with pytest.raises(SpecError, match="hold each of the wires"):
        Registers(groups)


@pytest.mark.parametrize("count", [1, 0])
def test_a_variable_without_choice_is_refused(count):
    with pytest.raises(SpecError, match=f"variable 1 has {count} levels"):
        Registers.of_levels([3, count])


def test_codes_and_bits_that_do_not_fit_are_refused():
    found = Registers.of_levels([3, 2])
    for codes in ([[3, 0]], [[0, 2]], [[-1, 0]], [[0]], [0, 0]):
        with pytest.raises(SpecError, match="codes"):
            found.bits_of(np.array(codes))
    with pytest.raises(SpecError, match=r"bits of shape \(1, 3\)"):
        found.codes_of(np.zeros((1, 3)))
    with pytest.raises(SpecError, match="energies of 3 qubits on registers of 4"):
        found.diagonal(Ising(3, {}))
