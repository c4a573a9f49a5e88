"""Structurally zero gradients: those that are known are found, and none is invented."""

import numpy as np
import pennylane as qml
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pennylane.pauli import PauliWord

from qml_core.ansatz_names import own_ansatze
from qml_core.circuits.structure import zero_gradients
from qml_core.circuits.variational import open_circuit
from qml_core.encoding_names import own_encodings
from qml_core.simulation.circuit import Circuit
from qml_core.specs import EncodingSpec
from qml_core.specs.circuit import CircuitSpec

Z0 = PauliWord({0: "Z"})


def zeros(build, words=(Z0,), n=2):
    return zero_gradients(qml.tape.make_qscript(build)().operations, words, n)


def gradients(operations, words, n, values):
    """(words, occurrences) derivatives on the engine at the given angles."""

    def rebuilt(theta):
        angles = iter(range(len(values)))
        for op in operations:
            if op.num_params:
                qml.ops.functions.bind_new_parameters(op, [theta[next(angles)]])
            else:
                qml.apply(op)

    theta = torch.tensor(values, requires_grad=True)
    engine = Circuit(rebuilt, n, (False,))
    found = []
    for word in words:
        observable = qml.pauli.PauliSentence({word: 1.0}).operation(wire_order=range(n))
        value = engine.expectation(observable, theta)[0]
        found.append(torch.autograd.grad(value, theta, allow_unused=True)[0])
    return np.stack([np.zeros(len(values)) if g is None else g.numpy() for g in found])


CASES = {
    "a last RZ before Z": (lambda: (qml.RY(1.0, 0), qml.RZ(1.0, 0)), (False, True)),
    "a last RX before Z": (lambda: (qml.RY(1.0, 0), qml.RX(1.0, 0)), (False, False)),
    "another qubit": (lambda: (qml.RY(1.0, 0), qml.RY(1.0, 1)), (False, True)),
    "a control that is told": (lambda: (qml.RY(1.0, 1), qml.CNOT([1, 0])), (False,)),
    "a target that is not": (lambda: (qml.RY(1.0, 1), qml.CNOT([0, 1])), (True,)),
    "RZ through a control": (
        lambda: (qml.RX(1.0, 1), qml.RZ(1.0, 1), qml.CNOT([1, 0])), (False, True)
    ),
    "RZ turned by H": (lambda: (qml.RX(1.0, 0), qml.RZ(1.0, 0), qml.Hadamard(0)), (False, False)),
    "a first RZ": (lambda: (qml.RZ(1.0, 0), qml.RY(1.0, 0)), (True, False)),
    "RZ on |1⟩": (lambda: (qml.X(0), qml.RZ(1.0, 0), qml.RY(1.0, 0)), (True, False)),
    "RZ on bits": (
        lambda: (qml.X(0), qml.CNOT([0, 1]), qml.IsingZZ(1.0, [0, 1]), qml.RY(1.0, 0)),
        (True, False),
    ),
    "RZ on |+⟩": (
        lambda: (qml.Hadamard(0), qml.RZ(1.0, 0), qml.Hadamard(0)), (False,)
    ),
    "a rotation that |0⟩ does not switch on": (
        lambda: (qml.RY(1.0, 0), qml.CRX(1.0, [1, 0])), (False, True)
    ),
    "a rotation that |1⟩ switches on": (
        lambda: (qml.RY(1.0, 0), qml.X(1), qml.CRX(1.0, [1, 0])), (False, False)
    ),
    "half of a ZZ on |0⟩": (
        lambda: (qml.RX(1.0, 0), qml.IsingZZ(1.0, [0, 1]), qml.Hadamard(0)), (False, False)
    ),
    "swapped out": (lambda: (qml.RY(1.0, 0), qml.SWAP([0, 1])), (True,)),
    "a gate that turns X to Y to Z to X, from its right side": (
        lambda: (qml.RY(1.0, 0), qml.RX(1.0, 0), qml.prod(qml.S(0), qml.Hadamard(0))),
        (False, True),
    ),
    "a global phase": (lambda: (qml.RY(1.0, 0), qml.GlobalPhase(1.0)), (False, True)),
    "bits of data": (
        lambda: (qml.BasisState(np.array([1, 0]), [0, 1]), qml.RZ(1.0, 0), qml.RY(1.0, 0)),
        (False, True, False),
    ),
    "a prepared state": (
        lambda: (qml.StatePrep(np.full(2, 0.5**0.5), [0]), qml.RZ(1.0, 0), qml.Hadamard(0)),
        (False, False),
    ),
    "a controlled operation": (
        lambda: (qml.Hadamard(1), qml.RY(1.0, 0), qml.ctrl(qml.RZ(1.0, 0), 1)), (False, True)
    ),
}  # fmt: skip


@pytest.mark.parametrize(("build", "expected"), CASES.values(), ids=CASES)
def test_zeros_that_are_known_are_found_and_others_are_not_claimed(build, expected):
    assert zeros(build) == expected


def test_a_gate_is_zero_where_it_is_for_every_word():
    build = lambda: (qml.RY(1.0, 0), qml.RZ(1.0, 0))  # noqa: E731
    assert zeros(build, [PauliWord({0: "X"})]) == (False, False)
    assert zeros(build, [Z0, PauliWord({0: "X"})]) == (False, False)
    assert zeros(build, [Z0, PauliWord({1: "X"})]) == (False, True)
    assert zeros(build, []) == (True, True)


def test_of_gates_with_several_parameters_nothing_is_claimed():
    assert zeros(lambda: (qml.Rot(1.0, 1.0, 1.0, 1), qml.RZ(1.0, 0))) == (False, True)
    product = lambda: (qml.prod(qml.RX(1.0, 0), qml.RY(1.0, 1)), qml.RZ(1.0, 0))  # noqa: E731
    assert zeros(product) == (False, True)


def test_a_word_that_spreads_over_a_wide_gate_is_lost_and_nothing_is_claimed_behind_it():
    build = lambda: (qml.RY(1.0, 0), qml.RZ(1.0, 5), qml.MultiRZ(1.0, range(5)))  # noqa: E731
    assert zeros(build, n=6) == (False, True, False)
    assert zeros(build, [PauliWord({5: "X"})], n=6) == (True, True, True)


CIRCUITS = {  # zeros of 4 qubits and 2 layers, reading Z on the first qubit and on all
    "hardware_efficient": (6, 4),
    "real_amplitudes": (3, 0),
    "reuploading": (7, 4),
    "simplified_two_design": (7, 0),
    "strongly_entangling": (12, 4),
    "tree": (0, 0),
}


@pytest.mark.parametrize("name", own_ansatze())
@pytest.mark.parametrize("all_qubits", [False, True])
def test_all_zeros_of_an_ansatz_are_found(name, all_qubits, rng):
    circuit = open_circuit(CircuitSpec(ansatz=name, encoding=EncodingSpec(name="angle")), 4)
    words = [PauliWord({q: "Z"}) for q in range(4 if all_qubits else 1)]
    ops = qml.tape.make_qscript(circuit)(np.ones(4), np.ones(circuit.n_parameters)).operations
    found = zero_gradients(ops, words, 4)
    true = np.abs(gradients(ops, words, 4, rng.uniform(0, 6, len(found)))).max(axis=0) < 1e-12
    assert found == tuple(true)
    assert sum(found) == CIRCUITS[name][all_qubits]


@pytest.mark.parametrize("encoding", own_encodings())
def test_circuits_of_every_encoding_are_read(encoding):
    spec = CircuitSpec(encoding=EncodingSpec(name=encoding), layers=1)
    circuit = open_circuit(spec, 4)
    theta, n = np.ones(circuit.n_parameters), circuit.n_qubits
    ops = qml.tape.make_qscript(circuit)(np.ones(4), theta).operations
    found = zero_gradients(ops, [Z0], n)[-len(theta) :]
    assert all(found[:3])  # the ring carries Z of the other qubits to the first, and not its own
    assert [found[3 * q + 2] for q in range(n)] == [True] * n


def test_the_answer_does_not_depend_on_the_angles_nor_on_a_batch():
    circuit = open_circuit(CircuitSpec(ansatz="strongly_entangling"), 3)
    shapes = [np.zeros((3,)), np.ones(3), np.ones((2, 3))]
    tapes = [qml.tape.make_qscript(circuit)(x, np.zeros(circuit.n_parameters)) for x in shapes]
    answers = {zero_gradients(tape.operations, [Z0], 3) for tape in tapes}
    assert len(answers) == 1


def test_many_words_are_followed_together_and_still_find_zeros():
    words = [PauliWord({q: "Z" for q in range(7) if subset >> q & 1}) for subset in range(1, 2**7)]
    build = lambda: [(qml.RY(1.0, q), qml.RZ(1.0, q)) for q in range(7)]  # noqa: E731
    assert zeros(build, words, n=7) == (False, True) * 7


ONE = ("RX", "RY", "RZ", "PhaseShift")
TWO = ("CRX", "CRY", "CRZ", "IsingXX", "IsingYY", "IsingZZ", "ControlledPhaseShift")
FIXED_ONE, FIXED_TWO = ("Hadamard", "S", "T", "PauliX", "PauliY", "SX"), ("CNOT", "CZ", "SWAP")


@st.composite
def circuits(draw):
    """Gates on 3 wires, and words."""
    operations = []
    for _ in range(draw(st.integers(1, 10))):
        name = draw(st.sampled_from(ONE + TWO + FIXED_ONE + FIXED_TWO))
        size = 2 if name in TWO + FIXED_TWO else 1
        wires = draw(st.permutations(range(3)))[:size]
        kind = getattr(qml, name)
        operations.append(kind(0.5, wires=wires) if name in ONE + TWO else kind(wires=wires))
    letters = st.dictionaries(st.integers(0, 2), st.sampled_from("XYZ"), min_size=1)
    return operations, [PauliWord(w) for w in draw(st.lists(letters, min_size=1, max_size=2))]


def check_claims(circuit, seed):
    operations, words = circuit
    found = zero_gradients(operations, words, 3)
    if any(found):
        angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(found))
        slopes = np.abs(gradients(operations, words, 3, angles)).max(axis=0)
        assert slopes[np.array(found)].max() < 1e-10


@settings(deadline=None, max_examples=150, derandomize=True)
@given(circuits(), st.integers(0, 2**32 - 1))
def test_every_claimed_zero_has_no_gradient(circuit, seed):
    check_claims(circuit, seed)


@pytest.mark.slow
@settings(deadline=None, max_examples=1500)
@given(circuits(), st.integers(0, 2**32 - 1))
def test_every_claimed_zero_has_no_gradient_in_many_circuits(circuit, seed):
    check_claims(circuit, seed)
