"""What a quantum layer refuses."""

import pennylane as qml
import pytest
import torch

from qml_core.circuits.variational import open_circuit
from qml_core.errors import CircuitRefused, DataError, SpecError
from qml_core.models import QuantumLayer
from qml_core.specs import CircuitSpec

N = 3
SHAPES = {"weights": (2, N, 3), "last": 1}


def gates(inputs, weights, last):
    qml.AngleEmbedding(inputs, wires=range(N))
    qml.StronglyEntanglingLayers(weights, wires=range(N))
    qml.CRX(last, wires=[0, 2])


def circuit(inputs, weights, last):
    gates(inputs, weights, last)
    return [qml.expval(qml.Z(w)) for w in range(N)]


def returning(measurement):
    def function(inputs, weights, last):
        gates(inputs, weights, last)
        return measurement(weights)

    return function


@pytest.mark.parametrize(
    "measurement",
    [
        lambda w: qml.state(),
        lambda w: qml.sample(wires=0),
        lambda w: qml.var(qml.Z(0)),
        lambda w: [qml.expval(qml.Z(0)), 1.0],
        lambda w: None,
        lambda w: qml.probs(op=qml.X(0)),
        lambda w: qml.expval(qml.Projector([0], wires=0) @ qml.adjoint(qml.T(1))),
        lambda w: qml.expval(w[0, 0, 0] * qml.Z(0)),
        lambda w: qml.expval(qml.Z(N)),
    ],
)
def test_other_measurements_are_refused(measurement):
    layer = QuantumLayer(returning(measurement), N, SHAPES)
    with pytest.raises(CircuitRefused):
        layer(torch.rand(2, N))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"circuit": circuit, "n_qubits": N}, "give weight_shapes"),
        ({"circuit": circuit, "n_qubits": N, "weight_shapes": {**SHAPES, "w": 2}}, "weights"),
        ({"circuit": circuit, "weight_shapes": SHAPES}, "n_qubits asked"),
        ({"circuit": circuit, "n_qubits": N, "weight_shapes": {"inputs": 2}}, "input_arg"),
        ({"circuit": lambda *inputs: None, "n_qubits": N}, "inputs"),
        ({"circuit": CircuitSpec()}, "n_qubits asked"),
        ({"circuit": CircuitSpec(), "n_qubits": 2, "weight_shapes": {"w": 2}}, "leave weight_"),
        ({"circuit": open_circuit(CircuitSpec(), 2), "n_qubits": 3}, "circuit has 2"),
    ],
)
def test_what_does_not_fit_together_is_refused(options, message):
    with pytest.raises(SpecError, match=message):
        QuantumLayer(**options)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda node: qml.set_shots(node, 10), "shots=10"),
        (lambda node: qml.transforms.cancel_inverses(node), "cancel_inverses"),
    ],
)
def test_a_qnode_with_shots_or_transforms_is_refused_rather_than_computed_without(change, found):
    node = change(qml.QNode(circuit, qml.device("default.qubit", wires=N)))
    with pytest.raises(SpecError, match=found):
        QuantumLayer(node, weight_shapes=SHAPES)


def test_weights_of_another_shape_and_inputs_without_rows_are_refused():
    with pytest.raises(SpecError, match="shape"):
        QuantumLayer(circuit, N, SHAPES, {"weights": torch.zeros(2), "last": torch.tensor(0.0)})
    layer = QuantumLayer(circuit, N, SHAPES)
    for bad in (torch.tensor(1.0), torch.zeros(0, N)):
        with pytest.raises(DataError, match="inputs"):
            layer(bad)
