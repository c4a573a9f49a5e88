"""Gradients: autograd and adjoint mode, PennyLane's adjoint and parameter shift, second ones."""

from functools import partial

import numpy as np
import pennylane as qml
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pennylane.tape import QuantumScript
from torch.autograd.functional import hessian

from qml_core.errors import SpecError
from qml_core.simulation import steps
from qml_core.simulation.circuit import Circuit
from qml_core.simulation.tape import tape_states

N_QUBITS = 4
MODES = ["autograd", "adjoint"]
OBSERVABLE = qml.Hamiltonian([0.4, -0.7, 0.3], [qml.Z(0) @ qml.Z(2), qml.X(1), qml.Y(3) @ qml.Z(0)])


def layered(x, weights):
    """Angles, layers of rotations, diagonal runs of shared and of batched angles, a dense gate."""
    for wire in range(N_QUBITS):
        qml.RY(x[..., wire], wire)
    for layer in range(2):
        for wire in range(N_QUBITS):
            qml.RX(weights[layer, wire], wire)
            qml.RZ(weights[layer, wire] * x[..., wire], wire)
            qml.IsingZZ(weights[1 - layer, wire], [wire, (wire + 1) % N_QUBITS])
        for wire in range(N_QUBITS):
            qml.CNOT([wire, (wire + 1) % N_QUBITS])
        qml.Toffoli([3, 0, 1])
        qml.SWAP([0, 2])
    qml.CRX(weights[0, 0] - x[..., 1], [1, 3])


def hardware_efficient(x, weights):
    """Real: rotations about y and CNOTs alone."""
    for wire in range(N_QUBITS):
        qml.RY(x[..., wire], wire)
    for layer in range(2):
        for wire in range(N_QUBITS):
            qml.RY(weights[layer, wire], wire)
        for wire in range(N_QUBITS - 1):
            qml.CNOT([wire, wire + 1])


def arguments_of(n=3):
    rng = np.random.default_rng(11)
    return [torch.tensor(rng.normal(size=s), requires_grad=True) for s in ((n, 4), (2, 4))]


def pennylane_gradients(circuit, device, method):
    """Of Σ_k (k+1) ⟨O⟩_k by inputs and parameters."""
    inputs, weights = (a.detach().numpy() for a in arguments_of())

    @qml.qnode(qml.device(device, wires=N_QUBITS), diff_method=method)
    def node(x, w):
        circuit(x, w)
        return qml.expval(OBSERVABLE)

    total = [np.zeros_like(inputs), np.zeros_like(weights)]
    for k, row in enumerate(inputs):
        of_row = qml.jacobian(node)(qml.numpy.array(row), qml.numpy.array(weights))
        total[0][k] += (k + 1) * of_row[0]
        total[1] += (k + 1) * of_row[1]
    return tuple(torch.from_numpy(np.array(t)) for t in total)


@pytest.mark.parametrize("circuit", [layered, hardware_efficient])
@pytest.mark.parametrize(
    ("device", "method"), [("lightning.qubit", "adjoint"), ("default.qubit", "parameter-shift")]
)
def test_both_modes_agree_with_pennylane(circuit, device, method):
    truth = pennylane_gradients(circuit, device, method)
    for mode in MODES:
        for precision, atol in {"double": 1e-10, "single": 1e-4}.items():
            arguments = arguments_of()
            engine = Circuit(circuit, N_QUBITS, (True, False), gradient=mode, precision=precision)
            values = engine.expectation(OBSERVABLE, *arguments)
            found = torch.autograd.grad(values @ torch.arange(1.0, 4).to(values), arguments)
            torch.testing.assert_close(found, truth, rtol=0, atol=atol, check_dtype=False)


def test_states_of_a_real_circuit_are_real():
    states = Circuit(hardware_efficient, N_QUBITS, (True, False)).states(*arguments_of())
    assert states.dtype == torch.float64


@settings(max_examples=15)
@given(data=st.data(), seed=st.integers(0, 2**16))
def test_the_modes_agree_for_any_use_of_the_states(data, seed, circuits):
    """Conjugates, overlaps between rows, real views: the gradient may come in any layout."""
    circuit = data.draw(circuits())
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn((3, 3), generator=generator, dtype=torch.float64)
    found = []
    for mode in MODES:
        arguments = [x.clone().requires_grad_(), x[0].clone().requires_grad_()]
        states = Circuit(circuit, N_QUBITS, (True, False), gradient=mode).states(*arguments)
        if not states.requires_grad:
            return
        overlaps = (states @ states.mH).abs().square()
        weights = torch.arange(16.0, dtype=torch.float64)
        loss = (overlaps.sum() - (states.conj() * weights).sum().real) + states[1, 3].abs()
        found.append(
            torch.autograd.grad(loss, arguments, allow_unused=True, materialize_grads=True)
        )
    torch.testing.assert_close(*found, rtol=0, atol=1e-10)


@pytest.mark.parametrize("circuit", [layered, hardware_efficient])
def test_second_derivatives_are_those_of_default_qubit(circuit, reference):
    inputs, weights = (a.detach() for a in arguments_of(2))
    engine = Circuit(circuit, N_QUBITS, (True, False))
    signs = torch.tensor([1.0] * 8 + [-1.0] * 8, dtype=torch.float64)

    def ours(x, w):
        return engine.expectation(qml.Z(0), x, w).square().sum()

    def theirs(x, w):
        states = reference(circuit, N_QUBITS, x, w, batched=(True, False))
        return (states.abs().square() @ signs).square().sum()

    found, truth = hessian(ours, (inputs, weights)), hessian(theirs, (inputs, weights))
    torch.testing.assert_close(found, truth, rtol=0, atol=1e-10)


def test_second_derivatives_in_panels():
    inputs, weights = (a.detach() for a in arguments_of(2))

    def value(w, panel_bytes):
        engine = Circuit(layered, N_QUBITS, (True, False), panel_bytes=panel_bytes)
        return engine.expectation(OBSERVABLE, inputs, w).sum()

    found = [hessian(partial(value, panel_bytes=size), weights) for size in (1, 2**30)]
    torch.testing.assert_close(*found, rtol=0, atol=1e-12)


def test_adjoint_mode_refuses_second_derivatives():
    inputs, weights = arguments_of()
    engine = Circuit(layered, N_QUBITS, (True, False), gradient="adjoint")
    value = engine.expectation(qml.Z(0), inputs, weights).sum()
    with pytest.raises(SpecError, match="second derivatives asked of gradient='adjoint'"):
        torch.autograd.grad(value, weights, create_graph=True)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("batched", [(True, False), (False, True), (True, True), (False, False)])
def test_gradients_where_phases_and_sums_are_split(mode, batched, monkeypatch):
    """The work space of large circuits is bounded by pieces, which small ones never need."""
    inputs, weights = (a.detach() for a in arguments_of())
    given = [
        inputs if batched[0] else inputs[0],
        torch.stack([weights, -weights, 2 * weights]) if batched[1] else weights,
    ]

    def circuit(x, w):
        layered(x, w if w.ndim == 2 else np.moveaxis(w, 0, -1))

    found = []
    for pieces in (False, True):
        if pieces:
            monkeypatch.setattr(steps, "_SIGN_BYTES", 1)
            monkeypatch.setattr(steps, "_AMPLITUDES_AT_ONCE", 8)
        arguments = [a.clone().requires_grad_() for a in given]
        engine = Circuit(circuit, N_QUBITS, batched, gradient=mode)
        states = engine.states(*arguments)
        weight = torch.linspace(-1, 1, states.numel(), dtype=torch.float64).reshape(states.shape)
        loss = (states.abs().square() * weight).sum()
        found.append((states.detach(), *torch.autograd.grad(loss, arguments)))
    torch.testing.assert_close(*found, rtol=0, atol=1e-13)


W = [[0, 1], [2, 0]]
OPERATIONS = {
    "rotation": lambda w: qml.RX(w, 0),
    "Rot": lambda w: qml.Rot(w, 2 * w, w * w, 0),
    "U2": lambda w: qml.U2(w, 0.3 * w, 1),
    "controlled Rot": lambda w: qml.ctrl(qml.Rot(w, w, w, 0), 1, control_values=[0]),
    "adjoint": lambda w: qml.adjoint(qml.CRot(w, w, w, [1, 2])),
    "power": lambda w: qml.pow(qml.RX(w, 0), 2.5),
    "exp of a word": lambda w: qml.exp(qml.X(0) @ qml.Z(1), -1j * w),
    "exp of a sum": lambda w: qml.exp(qml.X(0) @ qml.Z(1) + 0.4 * qml.Y(1), -1j * w),
    "evolve": lambda w: qml.evolve(qml.X(0) @ qml.Z(1) + 0.4 * qml.Y(1), w),
    "controlled evolve": lambda w: qml.ctrl(qml.evolve(qml.X(0) + 0.4 * qml.Y(1), w), 2),
    "TrotterProduct": lambda w: qml.TrotterProduct(
        qml.X(0) + 0.5 * qml.Y(0),
        w,
        n=2,
        order=2,  # 0.4 would be a single-precision one
    ),
    "PCPhase": lambda w: qml.PCPhase(w, 3, [0, 2]),
    "PSWAP": lambda w: qml.PSWAP(w, [2, 1]),
    "controlled excitation": lambda w: qml.ctrl(qml.SingleExcitation(w, [0, 1]), 2),
    "SpecialUnitary": lambda w: qml.SpecialUnitary(torch.stack([w, -w, w * w]), 0),
    "QubitUnitary": lambda w: qml.QubitUnitary(
        torch.stack([torch.cos(w), -torch.sin(w), torch.sin(w), torch.cos(w)]).reshape(2, 2), 0
    ),
    "DiagonalQubitUnitary": lambda w: qml.DiagonalQubitUnitary(
        torch.exp(1j * w * torch.arange(4)), [0, 2]
    ),
    "layers": lambda w: qml.StronglyEntanglingLayers(w * torch.ones(2, 3, 3).double(), range(3)),
    "amplitudes": lambda w: qml.AmplitudeEmbedding(
        torch.stack([w, 1 - w, w * w, w]), [0, 1], normalize=True
    ),
    "batch of Rot": lambda w: qml.Rot(w * torch.tensor([1.0, 2.0]).double(), w, 0.1 + 0 * w, 0),
    "batch of phases": lambda w: qml.IsingZZ(w * torch.tensor([1.0, 2.0]).double(), [2, 0]),
    "batch of matrices": lambda w: qml.SpecialUnitary(
        w * torch.tensor([[1.0, 0.3, -0.1], [0.2, 0.7, 1.1]]).double(), 1
    ),
}


@pytest.mark.parametrize("first", [False, True], ids=["later", "first"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_gradients_of_tapes_agree_with_backpropagation(name, first):
    target = torch.randn(8, dtype=torch.complex128, generator=torch.Generator().manual_seed(1))

    def value_and_gradient(simulate):
        w = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
        before = [] if first else [qml.RY(0.3, 0), qml.RX(0.5, 1), qml.RY(0.8, 2), qml.CNOT(W[0])]
        after = [qml.RY(0.3, 0), qml.RX(0.5, 1), qml.CNOT(W[1])]
        state = simulate(QuantumScript([*before, OPERATIONS[name](w), *after], [qml.state()]))
        overlap = (state.to(torch.complex128) @ target).abs().square().sum()
        return state.detach().to(torch.complex128), *torch.autograd.grad(overlap, w)

    def default_qubit(tape):
        device = qml.device("default.qubit", wires=3)
        return qml.execute([tape], device, diff_method="backprop", interface="torch")[0]

    truth = value_and_gradient(default_qubit)
    for mode in MODES:
        found = value_and_gradient(lambda tape, mode=mode: tape_states(tape, 3, gradient=mode))
        torch.testing.assert_close(found, truth, rtol=0, atol=1e-10)
