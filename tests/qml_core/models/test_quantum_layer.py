"""QuantumLayer against PennyLane's TorchLayer on default.qubit."""

import copy
import pickle

import numpy as np
import pennylane as qml
import pytest
import torch
from torch import nn

from qml_core.circuits.variational import open_circuit
from qml_core.models import QuantumLayer
from qml_core.specs import CircuitSpec, EncodingSpec, MeasurementSpec

N = 3
SHAPES = {"weights": (2, N, 3), "last": 1}


def gates(inputs, weights, last):
    qml.AngleEmbedding(inputs, wires=range(N))
    qml.StronglyEntanglingLayers(weights, wires=range(N))
    qml.CRX(last, wires=[0, 2])


def circuit(inputs, weights, last):
    gates(inputs, weights, last)
    return [qml.expval(qml.Z(w)) for w in range(N)]


def theirs(function=circuit, shapes=SHAPES, **options):
    node = qml.QNode(function, qml.device("default.qubit", wires=N))
    return qml.qnn.TorchLayer(node, shapes, **options)


def pair(function=circuit, shapes=SHAPES):
    """Both layers with the same weights, in double precision."""
    torch.manual_seed(1)
    peer = theirs(function, shapes).double()
    ours = QuantumLayer(function, N, shapes).double()
    ours.load_state_dict(peer.state_dict())
    return ours, peer


def rows(*shape, dtype=torch.float64):
    values = np.random.default_rng(0).uniform(-2, 2, (*shape, N))
    return torch.tensor(values, dtype=dtype, requires_grad=True)


def gradients(layer, x):
    found = torch.autograd.grad((layer(x).sin() * 3).sum(), [x, *layer.parameters()])
    return torch.cat([g.flatten() for g in found])


def mixed(inputs, weights, last):
    gates(inputs, weights, last)
    return [qml.expval(qml.X(0) @ qml.Y(1)), qml.probs(wires=[2, 0]), qml.expval(qml.Z(1))]


def summed(inputs, weights, last):
    gates(inputs, weights, last)
    return qml.expval(0.5 * qml.Z(0) + qml.X(1) @ qml.Y(2) - 2 * qml.Identity(0))


def probabilities(inputs, weights, last):
    gates(inputs, weights, last)
    return qml.probs(wires=[1, 2])


@pytest.mark.parametrize("function", [circuit, mixed, summed, probabilities])
@pytest.mark.parametrize("shape", [(5,), (2, 4), (), (1,)])
def test_outputs_and_gradients_are_torch_layers(function, shape):
    ours, peer = pair(function)
    x = rows(*shape)
    assert ours(x).shape == peer(x).shape
    torch.testing.assert_close(ours(x), peer(x), rtol=0, atol=1e-10)
    torch.testing.assert_close(gradients(ours, x), gradients(peer, x), rtol=0, atol=1e-10)


@pytest.mark.parametrize("gradient", ["autograd", "adjoint"])
def test_panels_and_the_adjoint_method_give_the_same_gradients(gradient):
    _, peer = pair()
    ours = QuantumLayer(circuit, N, SHAPES, gradient=gradient, panel_bytes=2**10).double()
    ours.load_state_dict(peer.state_dict())
    x = rows(7)
    torch.testing.assert_close(gradients(ours, x), gradients(peer, x), rtol=0, atol=1e-10)


def test_single_precision_goes_in_and_out():
    torch.manual_seed(1)
    peer = theirs()
    ours = QuantumLayer(circuit, N, SHAPES)
    ours.load_state_dict(peer.state_dict())
    x = rows(4, dtype=torch.float32)
    assert ours(x).dtype == torch.float32
    torch.testing.assert_close(ours(x), peer(x), rtol=0, atol=1e-6)
    torch.testing.assert_close(gradients(ours, x), gradients(peer, x), rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    "init_method",
    [
        None,
        nn.init.normal_,
        {"weights": nn.init.zeros_, "last": torch.tensor(0.3)},
    ],
)
def test_weights_begin_as_those_of_torch_layer(init_method):
    torch.manual_seed(5)
    peer = theirs(init_method=init_method)
    torch.manual_seed(5)
    ours = QuantumLayer(circuit, N, SHAPES, init_method)
    assert list(ours.state_dict()) == list(peer.state_dict())
    for name, value in ours.state_dict().items():
        torch.testing.assert_close(value, peer.state_dict()[name], rtol=0, atol=0)


def test_a_training_step_of_a_network_is_that_with_torch_layer():
    networks = []
    for layer in pair():
        torch.manual_seed(2)
        network = nn.Sequential(nn.Linear(4, N), layer, nn.Linear(N, 1)).double()
        optimiser = torch.optim.Adam(network.parameters(), lr=0.1)
        x = torch.linspace(-1, 1, 24, dtype=torch.float64).reshape(6, 4)
        for _ in range(2):
            optimiser.zero_grad()
            network(x).square().mean().backward()
            optimiser.step()
        networks.append(network.state_dict())
    assert networks[0].keys() == networks[1].keys()
    for name, value in networks[0].items():
        torch.testing.assert_close(value, networks[1][name], rtol=0, atol=1e-9)


def test_a_qnode_gives_function_and_wires():
    ours, _ = pair()
    node = qml.QNode(circuit, qml.device("default.qubit", wires=N))
    again = QuantumLayer(node, weight_shapes=SHAPES).double()
    again.load_state_dict(ours.state_dict())
    assert again.n_qubits == N
    assert torch.equal(again(rows(3)), ours(rows(3)))


def test_a_layer_that_was_called_goes_to_another_process_as_torch_layer_does():
    ours, _ = pair()
    expected = ours(rows(3))
    sent = pickle.loads(pickle.dumps(ours))  # noqa: S301
    assert torch.equal(sent(rows(3)), expected)


def test_a_tuple_is_concatenated_as_torch_layer_documents():
    def together(inputs, weights, last):
        return tuple(circuit(inputs, weights, last))

    ours, _ = pair()
    again = QuantumLayer(together, N, SHAPES).double()
    again.load_state_dict(ours.state_dict())
    assert torch.equal(again(rows(2, 3)), ours(rows(2, 3)))


def test_a_function_that_needs_values_or_asks_for_a_batch_gives_the_same():
    def with_values(inputs, weights, last):
        return circuit(torch.sin(inputs), weights, last)

    def by_column(inputs, weights, last):
        for w in range(N):
            qml.RX(inputs[:, w], wires=w)
        qml.StronglyEntanglingLayers(weights, wires=range(N))
        qml.RY(last, wires=1)
        return [qml.expval(qml.Z(w)) for w in range(N)]

    for function in (with_values, by_column):
        ours, peer = pair(function)
        x = rows(5)
        torch.testing.assert_close(ours(x), peer(x), rtol=0, atol=1e-10)
        torch.testing.assert_close(gradients(ours, x), gradients(peer, x), rtol=0, atol=1e-10)


def test_the_inputs_may_have_another_name():
    def named(w, data):
        qml.AngleEmbedding(data, wires=range(N))
        qml.BasicEntanglerLayers(w, wires=range(N))
        return qml.expval(qml.Z(0))

    layer = QuantumLayer(named, N, {"w": (1, N)}, input_arg="data")
    assert layer(torch.rand(6, N)).shape == (6,)


def test_a_copy_has_weights_of_its_own():
    ours, _ = pair()
    other = copy.deepcopy(ours)
    with torch.no_grad():
        other.last += 1
    assert not torch.allclose(other(rows(2)), ours(rows(2)))


@pytest.mark.parametrize(
    ("measurement", "n_outputs"),
    [
        (MeasurementSpec(), 4),
        (MeasurementSpec(qubits=(2, 0)), 2),
        (MeasurementSpec(kind="parity"), 1),
        (MeasurementSpec(kind="pauli", paulis=("XXII", "ZIIZ - 0.5*IIYI")), 2),
    ],
)
def test_a_circuit_of_this_project_reads_what_its_measurement_says(measurement, n_outputs):
    spec = CircuitSpec(layers=1, measurement=measurement)
    layer = QuantumLayer(spec, 4).double()
    opened = open_circuit(spec, 4)
    assert [name for name, _ in layer.named_parameters()] == ["theta"]
    x = torch.rand(3, 4, dtype=torch.float64)

    @qml.qnode(qml.device("default.qubit", wires=4))
    def state(x, theta):
        opened(x, theta)
        return qml.state()

    psi = state(x, layer.theta.detach())
    words = {
        "z": ["ZIII", "IZII", "IIZI", "IIIZ"] if not measurement.qubits else ["IIZI", "ZIII"],
        "parity": ["ZZZZ"],
    }
    if measurement.kind == "pauli":
        word = qml.pauli.string_to_pauli_word
        observables = [word("XXII"), word("ZIIZ") - 0.5 * word("IIYI")]
    else:
        observables = [qml.pauli.string_to_pauli_word(w) for w in words[measurement.kind]]
    matrices = [torch.tensor(qml.matrix(o, wire_order=range(4))) for o in observables]
    wanted = torch.stack(
        [torch.einsum("ni,ij,nj->n", psi.conj(), m.to(psi.dtype), psi).real for m in matrices], 1
    )
    assert wanted.shape == (3, n_outputs)
    torch.testing.assert_close(layer(x), wanted, rtol=0, atol=1e-10)


def test_factors_of_features_begin_at_one():
    layer = QuantumLayer(CircuitSpec(ansatz="reuploading", layers=2), 3)
    opened = open_circuit(CircuitSpec(ansatz="reuploading", layers=2), 3)
    factors = layer.theta.detach()[torch.tensor(opened.is_factor)]
    assert torch.equal(factors, torch.ones(6))


def test_amplitudes_have_a_feature_for_each():
    layer = QuantumLayer(CircuitSpec(encoding=EncodingSpec(name="amplitude")), 3)
    assert layer(torch.rand(2, 8)).shape == (2, 3)
