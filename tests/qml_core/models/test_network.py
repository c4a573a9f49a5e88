"""Networks: what they compute, what they train, and how they begin."""

import numpy as np
import pennylane as qml
import pytest
import torch

from qml_core.circuits.readout import open_readout
from qml_core.circuits.variational import open_circuit
from qml_core.errors import SpecError
from qml_core.models.functions import gradient_mode, kept_bytes
from qml_core.models.network import build_network, pretrain
from qml_core.specs import CircuitSpec, EncodingSpec, MeasurementSpec, ModelSpec, TrainingSpec
from qml_core.training.data import TrainingData
from qml_core.training.exact import ExactFunction, exact_evaluate
from qml_core.training.loop import train
from qml_core.training.measured import MeasuredFunction

D = 3


def build(name="vqc", outputs=2, *, seed=0, d=D, task=None, function=None, **parts):
    training = parts.pop("training", TrainingSpec())
    fields = {"hidden": parts.pop("hidden")} if "hidden" in parts else {}
    model = ModelSpec(name=name, circuit=CircuitSpec(**parts), training=training, **fields)
    task = task or ("regression" if name == "vqr" else "classification")
    rng = np.random.default_rng(seed)
    return build_network(model, task, d, outputs, rng, function=function)


def rows(n=4, d=D):
    return torch.from_numpy(np.random.default_rng(1).uniform(-1, 1, (n, d)))


def test_a_classifier_scales_the_outcomes_of_pennylanes_circuit():
    network = build(outputs=3)
    x = rows()

    @qml.qnode(qml.device("default.qubit", wires=D))
    def outcomes(row, theta):
        open_circuit(CircuitSpec(), D)(row, theta)
        return [qml.expval(qml.Z(w)) for w in range(3)]

    wanted = np.array([outcomes(r, network.theta.detach().numpy()) for r in x.numpy()])
    with torch.no_grad():
        network.head.bias += torch.tensor([0.0, 1.0, -1.0])
    scale = network.head.scale.detach().numpy()
    found = network(x).detach().numpy()
    np.testing.assert_allclose(found, scale * wanted + [0, 1, -1], atol=1e-10)


@pytest.mark.parametrize(
    ("name", "outputs", "width"), [("vqc", 2, 1), ("vqc", 3, 3), ("vqr", 2, 2), ("hybrid", 5, 5)]
)
def test_outputs_are_one_of_two_classes_and_one_for_each_of_more(name, outputs, width):
    network = build(name, outputs)
    found = network(rows())
    assert found.shape == (4, width)
    assert found.dtype == torch.float64
    assert all(p.dtype == torch.float64 for p in network.parameters())


def test_the_linear_loss_reads_the_outcome_itself():
    network = build(training=TrainingSpec(loss="linear"))
    assert [name for name, _ in network.named_parameters()] == ["theta"]
    readout = open_readout(MeasurementSpec(), D, 1)
    plain = ExactFunction(network.circuit, readout)(rows(), network.theta)
    torch.testing.assert_close(network(rows()), plain, rtol=0, atol=0)


def test_all_that_is_drawn_comes_from_the_generator():
    torch.manual_seed(0)
    before = torch.random.get_rng_state()
    first, again, other = (build("hybrid", seed=s) for s in (3, 3, 4))
    assert torch.equal(torch.random.get_rng_state(), before)
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(first.theta, other.theta)
    assert not torch.equal(first.encoder.layers[0].weight, other.encoder.layers[0].weight)


def test_a_hybrid_encodes_angles_within_the_range_of_its_encoding():
    network = build("hybrid", d=7, hidden=(5, 6), encoding=EncodingSpec(name="zz", n_qubits=3))
    with torch.no_grad():
        network.encoder.layers[-1].weight *= 100
    angles = network.encoder(rows(50, 7))
    assert network.circuit.n_qubits == 3
    assert [tuple(layer.weight.shape) for layer in network.encoder.layers] == [
        (5, 7),
        (6, 5),
        (3, 6),
    ]
    assert 0 <= angles.min() < 0.1
    assert 2 * np.pi - 0.1 < angles.max() <= 2 * np.pi
    assert build("hybrid", d=30).circuit.n_qubits == 4


def test_gradients_reach_encoder_circuit_and_head():
    network = build("hybrid", 3, d=6)
    network(rows(4, 6)).square().sum().backward()
    for name, p in network.named_parameters():
        assert p.grad is not None, name
        assert torch.any(p.grad != 0), name


def test_a_phase_uses_the_first_layers_and_trains_the_last_of_them():
    network = build(layers=3)
    network.set_phase(2, 1)
    layer_of = np.array(network.circuit.layer_of)
    np.testing.assert_array_equal(network.trained, layer_of == 1)
    short = build(layers=2)
    with torch.no_grad():
        short.theta.copy_(network.theta[: len(short.theta)])
    torch.testing.assert_close(network(rows()), short(rows()), rtol=0, atol=1e-12)
    network(rows()).sum().backward()
    assert np.all(network.theta.grad.numpy()[layer_of != 1] == 0)
    assert np.any(network.theta.grad.numpy()[layer_of == 1] != 0)
    network.set_phase(3, 0)
    assert all(network.trained)


def test_gates_before_the_first_layer_are_trained_with_it():
    network = build(layers=2, ansatz="simplified_two_design")
    layer_of = np.array(network.circuit.layer_of)
    assert layer_of.min() == -1
    network.set_phase(1, 0)
    np.testing.assert_array_equal(network.trained, layer_of <= 0)
    network.set_phase(2, 1)
    np.testing.assert_array_equal(network.trained, layer_of == 1)


def test_measured_functions_tell_their_errors_and_their_metric():
    opened = []

    def function(circuit, readout, trained):
        found = MeasuredFunction(circuit, readout, exact_evaluate(readout), trained=trained)
        opened.append(found)
        return found

    network, exact = build(layers=2, function=function), build(layers=2)
    assert exact.gradient_errors is None
    network.set_phase(1, 0)
    network.set_phase(2, 0)
    network.set_phase(1, 0)
    assert len(opened) == 2  # a phase again is the same function
    opened[1].gradient_errors = torch.ones(9, dtype=torch.float64)
    assert network.gradient_errors.tolist() == [1.0] * 9 + [0.0] * 9
    before = opened[1].evaluate.circuits
    blocks = network.metric(rows(), "part")
    assert opened[1].evaluate.circuits > before
    exact.set_phase(1, 0)
    for (entries, block), (theirs, wanted) in zip(blocks, exact.metric(rows()), strict=True):
        assert entries == theirs
        assert max(entries) < 9
        torch.testing.assert_close(block, wanted, rtol=0, atol=1e-12)


def test_shift_on_an_exact_backend_gives_the_gradient_of_autograd():
    found = []
    for gradient in ("autograd", "adjoint", "shift"):
        network = build("hybrid", training=TrainingSpec(gradient=gradient), d=5, hidden=(4,))
        network(rows(3, 5)).square().sum().backward()
        found.append(torch.cat([p.grad.flatten() for p in network.parameters()]))
    torch.testing.assert_close(found[1], found[0], rtol=0, atol=1e-10)
    torch.testing.assert_close(found[2], found[0], rtol=0, atol=1e-10)


def test_adjoint_is_chosen_where_the_kept_states_do_not_fit():
    spec, circuit = TrainingSpec(), open_circuit(CircuitSpec(layers=8), 12)
    needed = kept_bytes(spec, circuit, "double")
    assert needed > 8 * 32 * 16 * 2**12  # a state of each row and layer at the very least
    assert gradient_mode(spec, circuit, memory_bytes=needed) == "autograd"
    assert gradient_mode(spec, circuit, memory_bytes=needed - 1) == "adjoint"
    asked = TrainingSpec(gradient="autograd")
    assert gradient_mode(asked, circuit, memory_bytes=1) == "autograd"
    assert gradient_mode(TrainingSpec(gradient="adjoint"), circuit) == "adjoint"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"outputs": 4}, "4 classes or targets"),
        ({"measurement": MeasurementSpec(qubits=(0, 1))}, "2 outcomes"),
        ({"encoding": EncodingSpec(name="angle", n_qubits=2)}, "need"),
        ({"name": "hybrid", "encoding": EncodingSpec(name="amplitude")}, "angles"),
    ],
)
def test_what_the_circuit_cannot_hold_is_refused(parts, message):
    with pytest.raises(SpecError, match=message):
        build(**parts)


def blobs(n=60, d=6):
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    return TrainingData(rng.normal(size=(n, d)) + 2 * y[:, None], y.astype(np.int64))


def test_pretraining_trains_the_encoder_alone_and_always_the_same():
    spec, data = TrainingSpec(pretraining=20), blobs()
    found = []
    for _ in range(2):
        network = build("hybrid", d=6, training=spec)
        theta, head = network.theta.detach().clone(), network.head.weight.detach().clone()
        start = network.encoder.layers[0].weight.detach().clone()
        losses = pretrain(network, data, spec, "classification", np.random.default_rng(7))
        assert torch.equal(network.theta, theta)
        assert torch.equal(network.head.weight, head)
        assert not torch.equal(network.encoder.layers[0].weight, start)
        found.append((losses, network.encoder.layers[0].weight.detach()))
    assert found[0][0] == found[1][0]
    assert torch.equal(found[0][1], found[1][1])
    assert len(losses) == 20
    assert losses[-1] < 0.3 * losses[0]


def test_without_pretraining_or_encoder_nothing_is_drawn():
    rng = np.random.default_rng(0)
    state = rng.bit_generator.state
    assert pretrain(build("hybrid"), blobs(d=3), TrainingSpec(), "classification", rng) == []
    assert pretrain(build(), blobs(d=3), TrainingSpec(), "classification", rng) == []
    assert rng.bit_generator.state == state


def test_pretraining_spares_a_deep_circuit_epochs():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 6))
    data = TrainingData(X, (X[:, 0] * X[:, 1] > 0).astype(np.int64))
    losses = {}
    for epochs in (0, 60):
        spec = TrainingSpec(pretraining=epochs, epochs=8, learning_rate=0.02, validation=0)
        network = build("hybrid", d=6, training=spec, layers=8)
        pretrain(network, data, spec, "classification", np.random.default_rng(7))
        losses[epochs] = train(network, data, spec, task="classification", seed=0).history[-1].loss
    assert losses[60] < 0.5 * losses[0]
