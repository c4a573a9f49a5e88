"""Least and greatest energies against brute force."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from polynomials import all_bits, polynomials

from qml_core.optimisation.problems.extremes import extremes
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers


@settings(max_examples=50, deadline=None)
@given(ising=polynomials())
def test_over_all_bits_they_are_those_of_brute_force(ising):
    energies = ising.energies(all_bits(ising.n_qubits))
    found = extremes(ising)
    assert (found.lowest, found.highest) == (energies.min(), energies.max())
    assert ising.energies(found.bits[None])[0] == found.lowest


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 9999), even=st.booleans(), scale=st.sampled_from([1e-9, 1.0, 1e9]))
def test_of_real_coefficients_they_are_exact_to_the_last_bit(seed, even, scale):
    rng = np.random.default_rng(seed)
    terms = {(i, j): scale * rng.normal() for j in range(7) for i in range(j)}
    ising = Ising(7, terms if even else terms | {(2,): scale * 0.3})
    energies = ising.energies(all_bits(7))
    found = extremes(ising)
    assert (found.lowest, found.highest) == (energies.min(), energies.max())


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 9999))
def test_states_that_only_rounding_tells_apart_are_all_looked_at(seed):
    rng = np.random.default_rng(seed)
    terms = {(i, j): rng.integers(-3, 4) / 10 for j in range(7) for i in range(j)}
    ising = Ising(7, terms)
    energies = ising.energies(all_bits(7))
    found = extremes(ising)
    assert (found.lowest, found.highest) == (energies.min(), energies.max())


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 9999))
def test_on_registers_only_feasible_states_count(seed):
    rng = np.random.default_rng(seed)
    registers = Registers(((5, 0, 2), (1,), (4, 3)))
    ising = Ising(6, {(i, j): rng.normal() for j in range(6) for i in range(j)} | {(0,): 1.0})
    bits = all_bits(6)
    energies = ising.energies(bits[registers.codes_of(bits)[1]])
    found = extremes(ising, registers)
    assert (found.lowest, found.highest) == (energies.min(), energies.max())
    assert registers.codes_of(found.bits[None])[1].all()
    assert ising.energies(found.bits[None])[0] == found.lowest


def test_free_qubits_in_another_order_keep_their_wires():
    ising = Ising(3, {(0,): 1.0, (1,): -2.0, (2,): 3.0})
    found = extremes(ising, Registers(((2,), (0,), (1,))))
    assert found.bits.tolist() == [1, 0, 1]


def test_above_the_limit_nothing_is_known():
    ising = Ising.maxcut(nx.cycle_graph(5))
    assert extremes(ising, limit=31) is None
    assert extremes(ising, limit=32).lowest == -4
    assert extremes(Ising(40, {(0,): 1.0})) is None
    one_hot = Registers.of_levels([3, 3])
    assert extremes(Ising(6, {(0,): 1.0}), one_hot, limit=8) is None
    assert extremes(Ising(6, {(0,): 1.0}), one_hot, limit=9).highest == 1


def test_a_constant_is_both():
    found = extremes(Ising(2, {(): 4.0}))
    assert (found.lowest, found.highest, found.bits.tolist()) == (4.0, 4.0, [0, 0])
