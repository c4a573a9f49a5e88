"""The ansätze are those of PennyLane and Qiskit where these have them."""

import math
from functools import reduce

import numpy as np
import pennylane as qml
import pytest
from qiskit.circuit.library import real_amplitudes
from qiskit.quantum_info import Statevector

from qml_core.circuits.ansatze import get


def pennylane_state(n, template, *arguments):
    @qml.qnode(qml.device("default.qubit", wires=n))
    def circuit():
        template(*arguments, wires=range(n))
        return qml.state()

    return np.asarray(circuit())


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_strongly_entangling_is_pennylanes(ansatz_state, rng, n):
    weights = rng.uniform(0, 2 * np.pi, (5, n, 3))
    expected = pennylane_state(n, qml.StronglyEntanglingLayers, weights)
    found = ansatz_state("strongly_entangling", n, 5, weights.ravel())
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_simplified_two_design_is_pennylanes(ansatz_state, rng, n):
    first, weights = rng.uniform(0, 6, n), rng.uniform(0, 6, (3, n - 1, 2))
    expected = pennylane_state(n, qml.SimplifiedTwoDesign, first, weights)
    theta = np.concatenate([first, weights.ravel()])
    found = ansatz_state("simplified_two_design", n, 3, theta)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_real_amplitudes_is_qiskits(ansatz_state, rng, n):
    theta = rng.uniform(0, 2 * np.pi, 4 * n)
    circuit = real_amplitudes(n, reps=3).assign_parameters(theta)
    expected = Statevector(circuit.reverse_bits()).data  # Qiskit's qubit 0 is the last bit
    found = ansatz_state("real_amplitudes", n, 3, theta)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("name", ["hardware_efficient", "reuploading"])
def test_hardware_efficient_layers_are_products_of_matrices(ansatz_state, reference, rng, name, n):
    theta = rng.uniform(0, 2 * np.pi, (2, n, 3))
    expected = reference(n)
    for layer in theta:
        for wire, angles in enumerate(layer):
            for letter, angle in zip("XYZ", angles, strict=True):
                expected.evolve(expected.string(letter, (wire,)) * angle / 2)
        for wire in range(n) if n > 1 else ():
            cnot(expected, wire, (wire + 1) % n)
    found = ansatz_state(name, n, 2, theta.ravel())
    np.testing.assert_allclose(found, expected.state, rtol=0, atol=1e-12)


def test_a_tree_of_four_qubits_is_a_product_of_matrices(ansatz_state, reference, rng):
    theta = rng.uniform(0, 2 * np.pi, 2 * 4)
    expected = reference(4)
    for k, (first, second) in enumerate([(1, 2), (0, 1), (2, 3), (0, 2)]):
        for wire, angle in zip((first, second), theta[2 * k : 2 * k + 2], strict=True):
            expected.evolve(expected.string("Y", (wire,)) * angle / 2)
        cnot(expected, second, first)
    found = ansatz_state("tree", 4, 1, theta)
    np.testing.assert_allclose(found, expected.state, rtol=0, atol=1e-12)


def cnot(reference, control, target):
    """As |0⟩⟨0| + |1⟩⟨1| X, of Kronecker products."""
    n = reference.n
    zero, one, flip = np.diag([1, 0]), np.diag([0, 1]), np.array([[0, 1], [1, 0]])
    idle = reduce(np.kron, [zero if q == control else np.eye(2) for q in range(n)])
    acts = {control: one, target: flip}
    reference.state = (
        idle + reduce(np.kron, [acts.get(q, np.eye(2)) for q in range(n)])
    ) @ reference.state


COUNTS = {  # before layer 0, of each layer
    "hardware_efficient": lambda n: (0, 3 * n),
    "strongly_entangling": lambda n: (0, 3 * n),
    "reuploading": lambda n: (0, 3 * n),
    "simplified_two_design": lambda n: (n, 2 * (n - 1)),
    "real_amplitudes": lambda n: (n, n),
    # a block of a pair kept for each of n−1 qubits that end, and of neighbours between them
    "tree": lambda n: (0, 2 * (n - 1 + n - 1 - round(math.log2(n)))),
}


@pytest.mark.parametrize("n", [2, 4, 8, 16])
@pytest.mark.parametrize("name", COUNTS)
def test_parameters_are_counted_by_formula(name, n):
    ansatz = get(name)
    assert (ansatz.before_count(n), ansatz.per_layer(n)) == COUNTS[name](n)


@pytest.mark.parametrize("n", [2, 3, 5, 6, 7, 11])
def test_a_tree_joins_every_qubit_to_the_first(n):
    tape = qml.tape.make_qscript(get("tree").layer)(np.ones(get("tree").per_layer(n)), range(n), 0)
    told = {0}
    for gate in reversed([op for op in tape.operations if op.name == "CNOT"]):
        told |= set(gate.wires) if gate.wires[1] in told else set()
    assert told == set(range(n))
