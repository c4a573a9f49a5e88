"""Circuits that a training begins with, and their mirror images, which end where they began."""

import numpy as np
import pennylane as qml
import pytest
import torch

from qml_core.hardware.initial_circuits import initial_circuits, longest_circuit
from qml_core.hardware.pairs import GATES, mirrored_circuit
from qml_core.models.network import build_network
from qml_core.models.requirements import unmeasured_network
from qml_core.specs import CircuitSpec, ModelSpec

X = np.random.default_rng(4).uniform(-1, 1, (3, 3))


def model(name="vqc", **circuit):
    return ModelSpec(name=name, circuit=CircuitSpec(**circuit))


def probabilities(circuit, n):
    tape = qml.tape.QuantumScript(circuit.operations, [qml.probs(wires=range(n))])
    return qml.execute([tape], qml.device("default.qubit", wires=n))[0]


@pytest.mark.parametrize("name", ["vqc", "hybrid"])
def test_they_give_what_the_network_says_before_its_first_step(name):
    asked = model(name)
    network = unmeasured_network(asked, "classification", 3, 2, 7)
    exact = build_network(asked, "classification", 3, 2, np.random.default_rng(7))
    n = network.circuit.n_qubits
    found = [
        probabilities(c, n) @ network.readout.diagonals.T for c in initial_circuits(network, X)
    ]
    with torch.no_grad():
        expected = exact(torch.from_numpy(X))
        outputs = exact.head(torch.from_numpy(np.array(found)))
    np.testing.assert_allclose(outputs, expected, atol=1e-12)


@pytest.mark.parametrize("ansatz", ["hardware_efficient", "strongly_entangling", "reuploading"])
@pytest.mark.parametrize("encoding", ["angle", "iqp", "amplitude"])
def test_a_mirrored_circuit_reads_zeros_and_nothing_of_it_cancels(ansatz, encoding):
    if (ansatz, encoding) == ("reuploading", "amplitude"):
        pytest.skip("amplitudes are not re-uploaded")
    asked = model(ansatz=ansatz, encoding={"name": encoding})
    network = unmeasured_network(asked, "classification", 3, 2, 0)
    n = network.circuit.n_qubits
    for circuit in initial_circuits(network, X):
        mirrored = mirrored_circuit(circuit)
        assert probabilities(mirrored, n)[0] == pytest.approx(1, abs=1e-10)
        names = [op.name for op in mirrored.operations]
        assert set(names) <= {*GATES, "Barrier"}
        half = names.index("Barrier")
        assert len(names) == 2 * half + 1


def test_angles_are_numbers_that_clients_of_providers_take():
    network = unmeasured_network(model(), "classification", 3, 2, 0)
    for circuit in initial_circuits(network, X):
        assert all(type(angle) is float for op in circuit.operations for angle in op.parameters)


def test_the_longest_circuit_ends_with_a_change_of_basis_where_there_is_one():
    plain = unmeasured_network(model(), "classification", 3, 2, 0)
    measurement = {"kind": "pauli", "paulis": ["XXI + ZZZ"]}
    turned = unmeasured_network(model(measurement=measurement), "classification", 3, 2, 0)
    more = len(longest_circuit(turned, X).operations) - len(longest_circuit(plain, X).operations)
    assert more == 2
    assert [op.name for op in longest_circuit(turned, X).operations[-2:]] == ["Hadamard"] * 2
