"""Autograd, adjoint, parameter shift and central differences say the same."""

from dataclasses import dataclass

import numpy as np
import pennylane as qml
import pytest
import torch

from qml_core.circuits.ansatze import all_ansatze
from qml_core.circuits.readout import open_readout
from qml_core.circuits.variational import open_circuit
from qml_core.errors import SpecError
from qml_core.specs.circuit import CircuitSpec, MeasurementSpec
from qml_core.training.exact import ExactFunction, exact_evaluate
from qml_core.training.gradients.differences import central_differences
from qml_core.training.measured import MeasuredFunction

PAULIS = ("XIZ+0.5*ZII-0.25*III", "YYI-0.3*IZX", "IIZ")


@dataclass(frozen=True)
class SharedAndControlled:
    """Controlled rotations, a parameter in three gates, gates of several angles, an adjoint."""

    n_qubits: int = 3
    n_features: int = 2
    n_parameters: int = 7

    def __call__(self, x, theta):
        qml.RY(x[..., 0], 0)
        qml.Hadamard(2)
        qml.CRX(theta[..., 0], [0, 1])
        qml.RZ(2.0 * theta[..., 1] + x[..., 1], 1)
        qml.Rot(theta[..., 2], theta[..., 1], theta[..., 3], wires=2)
        qml.CRot(theta[..., 3], theta[..., 4], theta[..., 0], wires=[2, 0])
        qml.IsingXY(theta[..., 5], [0, 1])
        qml.adjoint(qml.RX(theta[..., 5] * x[..., 0], 1))
        qml.ControlledPhaseShift(theta[..., 6], [1, 2])
        qml.PauliRot(theta[..., 1], "XYZ", wires=[0, 1, 2])
        qml.Hadamard(0)


def drawn(circuit, rows=3, seed=0):
    rng = np.random.default_rng(seed)
    x = torch.tensor(rng.normal(size=(rows, circuit.n_features)))
    return x, torch.tensor(rng.uniform(0, 2 * np.pi, circuit.n_parameters))


def gradients(function, x, theta, with_x=True):
    """Outputs, then gradients of a loss that couples rows and outputs."""
    x, theta = x.clone().requires_grad_(with_x), theta.clone().requires_grad_()
    outputs = function(x, theta, "part")
    loss = (outputs**2).mean() + (outputs.sum(dim=1) ** 3).sum()
    return outputs.detach(), *torch.autograd.grad(loss, [theta, x][: 1 + with_x])


def assert_all_agree(circuit, readout, with_x=True):
    x, theta = drawn(circuit)
    ways = (
        ExactFunction(circuit, readout),
        ExactFunction(circuit, readout, gradient="adjoint"),
        MeasuredFunction(circuit, readout, exact_evaluate(readout)),
    )
    first, *others = [gradients(way, x, theta, with_x) for way in ways]
    for other in others:
        for a, b in zip(first, other, strict=True):
            assert torch.allclose(a, b, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", [ansatz.name for ansatz in all_ansatze()])
@pytest.mark.parametrize("measured", [MeasurementSpec(), MeasurementSpec(kind="global")])
def test_autograd_adjoint_and_shift_agree_for_every_ansatz(name, measured):
    spec = CircuitSpec(encoding={"name": "iqp"}, ansatz=name, layers=2, measurement=measured)
    readout = open_readout(measured, 3, 3 if measured.kind == "z" else 1)
    assert_all_agree(open_circuit(spec, 3), readout)


@pytest.mark.parametrize("encoding", ["angle", "zz", "pauli", "amplitude", "basis", "hamiltonian"])
def test_they_agree_for_encodings_of_other_kinds(encoding):
    spec = CircuitSpec(encoding={"name": encoding}, ansatz="strongly_entangling", layers=1)
    circuit = open_circuit(spec, 3)
    readout = open_readout(MeasurementSpec(kind="parity"), circuit.n_qubits, 1)
    assert_all_agree(circuit, readout, with_x=encoding not in ("amplitude", "basis"))


def test_shared_parameters_controlled_rotations_and_gates_of_many_angles_agree():
    readout = open_readout(MeasurementSpec(kind="pauli", paulis=PAULIS), 3, 3)
    assert_all_agree(SharedAndControlled(), readout)


def test_outputs_are_those_of_pennylane():
    circuit = SharedAndControlled()
    readout = open_readout(MeasurementSpec(kind="pauli", paulis=PAULIS), 3, 3)
    x, theta = drawn(circuit)

    @qml.qnode(qml.device("default.qubit", wires=3))
    def node(row):
        circuit(row, theta.numpy())
        return [qml.expval(sentence.operation()) for sentence in readout.sentences]

    expected = np.array([node(row) for row in x.numpy()])
    for function in (
        ExactFunction(circuit, readout),
        MeasuredFunction(circuit, readout, exact_evaluate(readout)),
    ):
        np.testing.assert_allclose(function(x, theta).numpy(), expected, atol=1e-12)


def test_central_differences_agree():
    circuit = SharedAndControlled()
    readout = open_readout(MeasurementSpec(kind="pauli", paulis=PAULIS), 3, 3)
    x, theta = drawn(circuit)
    function = ExactFunction(circuit, readout)

    def loss(vector):
        outputs = function(x, torch.from_numpy(vector))
        return float((outputs**2).mean() + (outputs.sum(dim=1) ** 3).sum())

    (_, by_theta) = gradients(function, x, theta, with_x=False)
    found = central_differences(loss, theta.numpy())
    np.testing.assert_allclose(found, by_theta.numpy(), atol=1e-6)


def test_entries_that_are_not_trained_get_no_gradient():
    circuit = open_circuit(CircuitSpec(ansatz="reuploading"), 2)
    readout = open_readout(MeasurementSpec(), 2, 2)
    trained = tuple(k % 3 != 0 for k in range(circuit.n_parameters))
    x, theta = drawn(circuit)
    everything = gradients(ExactFunction(circuit, readout), x, theta)
    for function in (
        ExactFunction(circuit, readout, trained=trained),
        MeasuredFunction(circuit, readout, exact_evaluate(readout), trained=trained),
    ):
        values, by_theta, by_x = gradients(function, x, theta)
        assert torch.allclose(values, everything[0], atol=1e-12)
        assert torch.allclose(by_theta, everything[1] * torch.tensor(trained), atol=1e-10)
        assert torch.allclose(by_x, everything[2], atol=1e-10)


def test_the_gradient_reaches_an_encoder_through_features_alone():
    circuit = open_circuit(CircuitSpec(), 2)
    readout = open_readout(MeasurementSpec(), 2, 2)
    x, theta = drawn(circuit)
    found = []
    for function in (
        ExactFunction(circuit, readout),
        MeasuredFunction(circuit, readout, exact_evaluate(readout)),
    ):
        weight = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
        (gradient,) = torch.autograd.grad(function(torch.tanh(weight * x), theta).sum(), weight)
        found.append(float(gradient))
    assert found[0] == pytest.approx(found[1], abs=1e-10)
    assert abs(found[0]) > 1e-3


def test_a_circuit_none_of_whose_gates_is_seen_has_a_gradient_of_zero():
    @dataclass(frozen=True)
    class Unseen:
        n_qubits: int = 2
        n_features: int = 1
        n_parameters: int = 1

        def __call__(self, x, theta):
            qml.RY(x[..., 0], 0)
            qml.RX(theta[..., 0], 1)

    readout = open_readout(MeasurementSpec(), 2, 1)
    evaluate = exact_evaluate(readout)
    theta = torch.tensor([0.4], dtype=torch.float64, requires_grad=True)
    x = torch.tensor([[0.3], [0.4]], dtype=torch.float64)
    MeasuredFunction(Unseen(), readout, evaluate)(x, theta).sum().backward()
    assert theta.grad is not None
    assert theta.grad.tolist() == [0.0]
    assert evaluate.circuits == 2


class Unknown(qml.operation.Operation):
    num_params, num_wires, ndim_params = 1, 1, (0,)


def test_a_gate_without_a_shift_rule_is_refused():
    @dataclass(frozen=True)
    class Strange:
        n_qubits: int = 1
        n_features: int = 1
        n_parameters: int = 1

        def __call__(self, x, theta):
            Unknown(theta[..., 0], wires=0)

    readout = open_readout(MeasurementSpec(), 1, 1)
    function = MeasuredFunction(Strange(), readout, exact_evaluate(readout))
    theta = torch.tensor([0.4], dtype=torch.float64, requires_grad=True)
    with pytest.raises(SpecError, match="Unknown has no shift rule"):
        function(torch.zeros((1, 1), dtype=torch.float64), theta)


def test_large_batches_go_in_panels_with_the_same_gradient(monkeypatch):
    circuit = open_circuit(CircuitSpec(layers=1), 3)
    readout = open_readout(MeasurementSpec(), 3, 3)
    x, theta = drawn(circuit, rows=7)
    whole, panels = ExactFunction(circuit, readout), ExactFunction(circuit, readout)
    panels._circuit._rows_at_once = 3
    for a, b in zip(gradients(whole, x, theta), gradients(panels, x, theta), strict=True):
        assert torch.allclose(a, b, atol=1e-12)


def test_single_precision_stays_within_its_rounding():
    circuit = open_circuit(CircuitSpec(), 3)
    readout = open_readout(MeasurementSpec(), 3, 2)
    x, theta = drawn(circuit)
    double = gradients(ExactFunction(circuit, readout), x, theta)
    single = gradients(ExactFunction(circuit, readout, precision="single"), x, theta)
    for a, b in zip(double, single, strict=True):
        assert b.dtype == torch.float64
        assert torch.allclose(a, b, atol=1e-4)
        assert not torch.equal(a, b)
