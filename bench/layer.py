"""A quantum layer in a torch network against PennyLane's TorchLayer, forth and back.

    python -m bench.layer [--batch 32] [--layers 4] [--json]

The circuit of bench.vqc, read by ⟨Z⟩ of every qubit, between two linear layers; a step is the mean
square against targets and its gradient in all weights and in the inputs of the circuit. Peers are
TorchLayer on default.qubit with backprop and on lightning.qubit with adjoint.
"""

import argparse
from dataclasses import dataclass
from typing import Any

import pennylane as qml
import torch
from torch import nn

from bench.command import run_bench
from bench.table import Row, Table, times_faster
from bench.timing import Timing, interleaved, timed
from bench.vqc import ansatz, in_a_row
from qml_core.models import QuantumLayer

RUNS = 3
STEPS = 2
"""Steps in a row that a turn measures; the peers take seconds for one."""

BAR = 10.0
AGREE = 1e-8
FEATURES = 30
QUBITS = (8, 10, 12)
TITLES = {
    "backprop": "TorchLayer, default.qubit, backprop",
    "adjoint": "TorchLayer, lightning.qubit, adjoint",
}


def layers_of(qubits: int, layers: int) -> dict[str, nn.Module]:
    """Our layer and PennyLane's of the same function."""

    def function(inputs: torch.Tensor, theta: torch.Tensor) -> Any:
        ansatz(inputs, theta)
        return [qml.expval(qml.Z(wire)) for wire in range(qubits)]

    shapes = {"theta": (layers, qubits, 3)}
    devices = {"backprop": "default.qubit", "adjoint": "lightning.qubit"}
    peers = {
        name: qml.qnn.TorchLayer(
            qml.QNode(function, qml.device(device, wires=qubits), diff_method=name), shapes
        )
        for name, device in devices.items()
    }
    return {"ours": QuantumLayer(function, qubits, shapes), **peers}


@dataclass(frozen=True)
class Step:
    """One step of a network around a layer: inputs (n, 30), targets (n, 1)."""

    network: nn.Module
    X: torch.Tensor
    targets: torch.Tensor

    @classmethod
    def around(cls, layer: nn.Module, qubits: int, batch: int) -> "Step":
        """Linear layers and data that depend on the sizes only."""
        torch.manual_seed(0)
        network = nn.Sequential(nn.Linear(FEATURES, qubits), layer, nn.Linear(qubits, 1)).double()
        layer.load_state_dict({"theta": torch.rand_like(layer.theta)})  # type: ignore[arg-type]
        X = torch.rand(batch, FEATURES, dtype=torch.float64)
        return cls(network, X, torch.rand(batch, 1, dtype=torch.float64))

    def __call__(self) -> list[torch.Tensor]:
        """Gradients of the loss in all weights."""
        loss = torch.mean((self.network(self.X) - self.targets) ** 2)
        return list(torch.autograd.grad(loss, list(self.network.parameters())))


def compare(qubits: int, layers: int, batch: int) -> Table:
    """Our step and the peers', taking turns; raises AssertionError where gradients differ."""
    steps = {n: Step.around(m, qubits, batch) for n, m in layers_of(qubits, layers).items()}
    found = interleaved({name: in_a_row(timed(step), STEPS) for name, step in steps.items()}, RUNS)
    gradients = {name: torch.cat([g.flatten() for g in step()]) for name, step in steps.items()}
    difference = max(float((g - gradients["ours"]).abs().max()) for g in gradients.values())
    assert difference < AGREE, f"gradients differ by {difference}"
    return Table(
        f"Step of a network with a quantum layer, {qubits} qubits, {layers} layers, batch {batch}; "
        f"gradients differ by {difference:.0e} at most",
        tuple(_rows(found)),
    )


def _rows(found: dict[str, Timing]) -> list[Row]:
    ours = found["ours"]
    best = min(TITLES, key=lambda name: found[name].median)
    return [
        Row("this project", ours),
        *(times_faster(title, ours, found[name]) for name, title in TITLES.items()),
        times_faster("better of them", ours, found[best], BAR, TITLES[best]),
    ]


def tables(arguments: argparse.Namespace) -> list[Table]:
    return [compare(qubits, arguments.layers, arguments.batch) for qubits in QUBITS]


if __name__ == "__main__":
    run_bench(__doc__, tables, batch=32, layers=4)
