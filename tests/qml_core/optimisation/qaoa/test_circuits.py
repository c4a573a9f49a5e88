"""QAOA circuits against dense matrix exponentials, PennyLane's own W states, and counted CNOTs."""

import itertools
from functools import reduce

import networkx as nx
import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from qml_core.hardware.gates import expand
from qml_core.hardware.pairs import decomposed
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.circuits import QAOACircuit, mixed_pairs, resources, w_state
from qml_core.optimisation.qaoa.evolution import open_evolution

PAULI = {"X": np.array([[0, 1], [1, 0]]), "Y": np.array([[0, -1j], [1j, 0]])}
CUBIC = Ising(4, {(): 0.7, (0,): 0.3, (1, 3): -0.8, (0, 1, 2): 0.5, (2,): 1.1, (0, 1, 2, 3): 0.2})


def word(n, letters):
    """Product of Paulis, wire 0 first."""
    return reduce(np.kron, (PAULI.get(letters.get(w), np.eye(2)) for w in range(n)))


def state_of(operations, n):
    script = qml.tape.QuantumScript(list(operations), [qml.state()])
    return qml.device("default.qubit", wires=n).execute(script)


def diagonal(ising):
    return ising.energies(np.array(list(itertools.product((0, 1), repeat=ising.n_qubits))))


def assert_same_up_to_phase(found, expected):
    assert abs(np.vdot(found, expected)) == pytest.approx(1, abs=1e-12)


def test_the_transverse_field_circuit_is_its_definition_for_terms_of_any_degree():
    angles = np.array([[0.4, -1.3], [0.7, 0.2]])
    circuit = QAOACircuit.of(CUBIC, None, "x")
    mixer = sum(word(4, {w: "X"}) for w in range(4))
    state = np.full(16, 0.25, complex)
    for gamma, beta in angles.T:
        state = expm(-1j * beta * mixer) @ (np.exp(-1j * gamma * diagonal(CUBIC)) * state)
    assert_same_up_to_phase(state_of(circuit(angles).operations, 4), state)


@pytest.mark.parametrize("mixer", ["xy_ring", "xy_complete"])
@pytest.mark.parametrize("start", ["w", "basis"])
def test_xy_rotations_are_ordered_exponentials_beside_free_qubits_and_stay_feasible(mixer, start):
    registers = Registers(((3,), (0, 4, 2), (1,)))
    ising = Ising(5, {(0, 3): 0.4, (2,): -0.9, (1, 4): 0.6, (0, 1, 2): 0.3})
    circuit = QAOACircuit.of(ising, registers, mixer, start=start)
    pairs = [(0, 4), (4, 2), (2, 0)] if mixer == "xy_ring" else [(0, 4), (0, 2), (4, 2)]
    levels = [0, 4, 2] if start == "w" else [0]
    state = np.zeros(32, complex)
    for free in itertools.product((0, 1), repeat=2):
        for level in levels:
            bits = [0] * 5
            bits[3], bits[1], bits[level] = *free, 1
            state[int("".join(map(str, bits)), 2)] = 0.5 / np.sqrt(len(levels))
    angles = np.array([[0.4, -1.3], [0.7, 0.2]])
    for gamma, beta in angles.T:
        state = np.exp(-1j * gamma * diagonal(ising)) * state
        state = expm(-1j * beta * (word(5, {3: "X"}) + word(5, {1: "X"}))) @ state
        for a, b in pairs:
            both = word(5, {a: "X", b: "X"}) + word(5, {a: "Y", b: "Y"})
            state = expm(-0.5j * beta * both) @ state
    found = state_of(circuit(angles).operations, 5)
    assert_same_up_to_phase(found, state)
    bits = np.array(list(itertools.product((0, 1), repeat=5)))
    _, feasible = registers.codes_of(bits)
    assert np.abs(found[~feasible]).max() < 1e-12


@pytest.mark.parametrize(
    ("registers", "mixer", "start", "warm"),
    [
        (None, "x", "w", None),
        (None, "x", "w", np.array([0.1, 0.25, 0.9, 0.6])),
        (Registers(((3, 0, 1), (2,))), "xy_ring", "w", None),
        (Registers(((3, 0, 1), (2,))), "xy_complete", "basis", None),
        (Registers(((0, 1), (2, 3))), "xy_ring", "w", None),
    ],
)
def test_circuits_give_the_probabilities_of_the_exact_engine(registers, mixer, start, warm):
    angles = np.array([[0.4, -1.3, 0.2], [0.7, 0.2, -0.6]])
    evolution = open_evolution(CUBIC, registers, mixer, start=start, warm=warm)
    circuit = QAOACircuit.of(CUBIC, registers, mixer, start=start, warm=warm)
    held = registers or Registers.free(4)
    codes = np.array(list(itertools.product(*map(range, held.levels))))
    places = held.bits_of(codes) @ (1 << np.arange(4)[::-1])
    found = abs(state_of(circuit(angles).operations, 4)) ** 2
    np.testing.assert_allclose(found[places], evolution.probabilities(angles).numpy(), atol=1e-12)


@settings(max_examples=8, deadline=None)
@given(k=st.integers(2, 7), turned=st.booleans())
def test_w_states_are_those_of_state_preparation_with_2k_minus_3_cnots(k, turned):
    group = tuple(reversed(range(k))) if turned else tuple(range(k))
    amplitudes = np.zeros(2**k)
    amplitudes[[1 << j for j in range(k)]] = 1 / np.sqrt(k)
    found = list(w_state(group))
    prepared = state_of([qml.StatePrep(amplitudes, range(k))], k)
    np.testing.assert_allclose(state_of(found, k), prepared, atol=1e-12)
    assert sum(op.name == "CNOT" for op in found) == 2 * k - 3
    assert {op.name for op in found} <= {"PauliX", "RY", "CNOT"}


def test_rings_and_complete_groups_are_mixed_in_the_agreed_order():
    assert mixed_pairs((5, 2), "xy_ring") == ((5, 2),)
    assert mixed_pairs((5, 2, 7), "xy_ring") == ((5, 2), (2, 7), (7, 5))
    assert mixed_pairs((5, 2, 7), "xy_complete") == ((5, 2), (5, 7), (2, 7))


def test_a_warm_start_is_an_eigenstate_of_its_mixer_and_at_one_half_the_usual_one_at_minus_beta():
    angles = np.array([[0.4], [0.9]])
    ising = Ising.maxcut(nx.cycle_graph(3))
    standard = state_of(QAOACircuit.of(ising, None, "x")(angles).operations, 3)
    half = QAOACircuit.of(ising, None, "x", warm=np.full(3, 0.5))
    assert_same_up_to_phase(state_of(half(angles * [[1], [-1]]).operations, 3), standard)
    probabilities = np.array([0.1, 0.25, 0.9])
    warm = QAOACircuit.of(ising, None, "x", warm=probabilities)
    start = state_of(warm.prepared(), 3)
    turned = state_of([*warm.prepared(), *warm.mixed(0.9)], 3)
    assert_same_up_to_phase(turned, start)
    marginals = [np.sum(abs(start.reshape(2, 2, 2)) ** 2, axis=a)[1] for a in ((1, 2), (0, 2))]
    np.testing.assert_allclose(marginals, probabilities[:2], atol=1e-12)


@pytest.mark.parametrize("mixer", ["x", "xy_ring", "xy_complete"])
def test_counted_cnots_are_those_of_the_compiled_circuit(mixer):
    registers = Registers(((0, 1, 2, 3), (4,), (5, 6)))
    terms = {(0,): 1.0, (0, 4): 0.5, (1, 5): 0.25, (1, 2, 4): 0.125, (2, 4, 5, 6): -1.0, (): 3.0}
    circuit = QAOACircuit.of(Ising(7, terms), registers, mixer)
    counted = resources(circuit, layers=2)
    script = circuit(np.full((2, 2), 0.3))
    for compiled in (decomposed(script, "a QAOA"), expand(script).operations):
        names = [op.name for op in compiled if len(op.wires) == 2]
        zz = 2 * sum(name == "IsingZZ" for name in names)  # two CNOTs where it is not native
        assert counted.two_qubit == zz + sum(name != "IsingZZ" for name in names)
    assert (counted.n_qubits, counted.terms) == (7, 5)
    assert counted.start == (0 if mixer == "x" else 5 + 1)
