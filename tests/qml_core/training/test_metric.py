"""The block-diagonal Fubini-Study metric from circuits."""

from dataclasses import dataclass

import numpy as np
import pennylane as qml
import pytest
import torch

from qml_core.circuits.ansatze import all_ansatze
from qml_core.circuits.readout import open_readout
from qml_core.circuits.variational import open_circuit
from qml_core.errors import SpecError
from qml_core.hardware.readouts import MeasuredReadout
from qml_core.hardware.registry import open_backend
from qml_core.hardware.running import SimulatedRun
from qml_core.specs import BackendSpec
from qml_core.specs.circuit import CircuitSpec, MeasurementSpec
from qml_core.training.exact import exact_evaluate
from qml_core.training.metric import fubini_study_metric, metric_circuits

READOUT = open_readout(MeasurementSpec(), 3, 1)


def drawn(circuit, rows=1, seed=0):
    rng = np.random.default_rng(seed)
    x = torch.tensor(rng.normal(size=(rows, circuit.n_features)))
    return x, torch.tensor(rng.uniform(0, 2 * np.pi, circuit.n_parameters))


def state_metric(circuit, x, theta):
    """Re⟨∂ᵢψ|∂ⱼψ⟩ − ⟨∂ᵢψ|ψ⟩⟨ψ|∂ⱼψ⟩ by central differences of PennyLane's states."""

    @qml.qnode(qml.device("default.qubit", wires=3))
    def node(angles):
        circuit(x, angles)
        return qml.state()

    steps = 1e-4 * np.eye(len(theta))
    slopes = np.array([(node(theta + s) - node(theta - s)) / 2e-4 for s in steps])
    overlaps = slopes.conj() @ node(theta)
    return (slopes.conj() @ slopes.T - np.outer(overlaps, overlaps.conj())).real


@dataclass(frozen=True)
class Layers:
    """Layers whose blocks are those of PennyLane, in words of several letters."""

    n_qubits: int = 3
    n_features: int = 1
    n_parameters: int = 7

    def __call__(self, x, theta):
        for wire in range(3):
            qml.RY(x[..., 0], wire)
        for wire in range(3):
            qml.RX(theta[..., wire], wire)
        qml.CNOT([0, 1])
        qml.PauliRot(theta[..., 3], "XY", wires=[0, 1])
        qml.PhaseShift(theta[..., 4], wires=2)
        qml.CNOT([1, 2])
        qml.IsingZZ(theta[..., 5], wires=[0, 2])
        qml.RY(theta[..., 6], wires=1)


def test_blocks_are_those_of_pennylane():
    x, theta = drawn(Layers(), seed=1)

    @qml.qnode(qml.device("default.qubit", wires=4))
    def node(angles):
        Layers()(x[0].numpy(), angles)
        return qml.expval(qml.Z(0))

    expected = qml.metric_tensor(node, approx="block-diag")(
        qml.numpy.array(theta.numpy(), requires_grad=True)
    )
    found = np.zeros((7, 7))
    for entries, block in fubini_study_metric(Layers(), exact_evaluate(READOUT), x, theta):
        found[np.ix_(entries, entries)] = block.numpy()
    np.testing.assert_allclose(found, expected, atol=1e-10)
    assert np.abs(found - np.diag(np.diag(found))).max() > 0.01


@pytest.mark.parametrize("name", [ansatz.name for ansatz in all_ansatze()])
def test_blocks_are_parts_of_the_whole_metric_for_every_ansatz(name):
    circuit = open_circuit(CircuitSpec(ansatz=name), 3)
    x, theta = drawn(circuit)
    whole = state_metric(circuit, x[0].numpy(), theta.numpy())
    blocks = fubini_study_metric(circuit, exact_evaluate(READOUT), x, theta)
    assert sorted(e for entries, _ in blocks for e in entries) == list(range(circuit.n_parameters))
    for entries, block in blocks:
        np.testing.assert_allclose(block.numpy(), whole[np.ix_(entries, entries)], atol=1e-6)


def test_it_is_averaged_over_rows_one_circuit_for_each_row_and_block():
    circuit = open_circuit(CircuitSpec(ansatz="reuploading"), 3)
    x, theta = drawn(circuit, rows=4)
    evaluate = exact_evaluate(READOUT)
    together = fubini_study_metric(circuit, evaluate, x, theta, "part")
    assert evaluate.circuits == 4 * len(together) == 4 * metric_circuits(circuit)
    alone = [fubini_study_metric(circuit, evaluate, row[None], theta) for row in x]
    for k, (_, block) in enumerate(together):
        mean = torch.stack([blocks[k][1] for blocks in alone]).mean(dim=0)
        assert torch.allclose(block, mean, atol=1e-12)


def test_frozen_entries_are_left_out_and_cost_nothing():
    circuit = open_circuit(CircuitSpec(), 3)
    trained = tuple(k >= 9 for k in range(18))
    blocks = fubini_study_metric(circuit, exact_evaluate(READOUT), *drawn(circuit), trained=trained)
    assert sorted(e for entries, _ in blocks for e in entries) == list(range(9, 18))
    assert metric_circuits(circuit, trained) == len(blocks) == 3


def test_measured_blocks_come_to_the_exact_ones():
    x, theta = drawn(Layers(), rows=2)
    backend = open_backend(BackendSpec(name="qml.batched", shots=20_000))
    run = SimulatedRun("a" * 64, backend, None)
    evaluate = MeasuredReadout(run, READOUT, 20_000, "qml.batched")
    exact = fubini_study_metric(Layers(), exact_evaluate(READOUT), x, theta)
    found = fubini_study_metric(Layers(), evaluate, x, theta, "epoch 1 step 1 metric")
    for (_, a), (_, b) in zip(exact, found, strict=True):
        assert torch.allclose(a, b, atol=0.01)


@dataclass(frozen=True)
class Refused:
    gate: str
    n_qubits: int = 3
    n_features: int = 1
    n_parameters: int = 1

    def __call__(self, x, theta):
        if self.gate == "controlled":
            qml.CRX(theta[..., 0], [0, 1])
        else:
            qml.RX(theta[..., 0], 0)
            qml.RY(theta[..., 0], 0)


@pytest.mark.parametrize(
    ("gate", "message"), [("controlled", "one Pauli word"), ("shared", "in one of them each")]
)
def test_what_has_no_such_metric_is_refused(gate, message):
    circuit = Refused(gate)
    with pytest.raises(SpecError, match=message):
        fubini_study_metric(circuit, exact_evaluate(READOUT), *drawn(circuit))
