"""The gradient step of a variational classifier against PennyLane and compiled JAX.

    python -m bench.vqc [--batch 32] [--layers 4] [--json]

RY(x_i) on each wire, then layers of RX, RY, RZ on each wire and a ring of CNOT; the loss is the
mean square of ⟨Z_0⟩ against targets, the gradient that with respect to the layers' angles. Peers
are PennyLane's backprop on default.qubit with torch, its adjoint on lightning.qubit, and JAX, whose
compilation falls into the warm-up.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pennylane as qml
import torch

from bench.command import run_bench
from bench.peers import Peer, open_peer, runs_of
from bench.table import Row, Table, times_faster
from bench.timing import Run, Timing, interleaved, timed
from qml_core.simulation.circuit import Circuit

RUNS = 9
STEPS = 10
"""Steps in a row that a turn measures, as in training; its time is that of one."""

BAR = 10.0
AGREE = 1e-8
TITLES = {
    "backprop": "PennyLane default.qubit, backprop in torch",
    "adjoint": "PennyLane lightning.qubit, adjoint",
    "jax": "PennyLane default.qubit in JAX, jit and vmap",
}
Gradient = tuple[float, torch.Tensor]


def ansatz(x: torch.Tensor, theta: torch.Tensor) -> None:
    """Angles x (…, n), then the hardware-efficient layers theta (layers, n, 3), radians."""
    n_qubits = x.shape[-1]
    for wire in range(n_qubits):
        qml.RY(x[..., wire], wires=wire)
    for layer in range(len(theta)):
        for wire in range(n_qubits):
            qml.RX(theta[layer, wire, 0], wires=wire)
            qml.RY(theta[layer, wire, 1], wires=wire)
            qml.RZ(theta[layer, wire, 2], wires=wire)
        for wire in range(n_qubits):
            qml.CNOT([wire, (wire + 1) % n_qubits])


@dataclass(frozen=True)
class Problem:
    """Data of one step: X (n, qubits), theta (layers, qubits, 3), targets (n,)."""

    X: torch.Tensor
    theta: torch.Tensor
    targets: torch.Tensor

    @classmethod
    def random(cls, qubits: int, layers: int, batch: int) -> "Problem":
        rng = np.random.default_rng(0)
        X = rng.uniform(-np.pi / 2, np.pi / 2, (batch, qubits))
        theta = rng.uniform(-np.pi, np.pi, (layers, qubits, 3))
        targets = rng.uniform(-1, 1, batch)
        return cls(*(torch.from_numpy(array) for array in (X, theta, targets)))

    def step(self, model: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Gradient:
        """Loss and gradient (layers, qubits, 3) of a model of (X, theta), made anew."""
        theta = self.theta.clone().requires_grad_()
        loss = torch.mean((model(self.X, theta) - self.targets) ** 2)
        (gradient,) = torch.autograd.grad(loss, theta)
        return loss.item(), gradient

    def as_lists(self) -> dict[str, Any]:
        return {name: getattr(self, name).tolist() for name in ("X", "theta", "targets")}


def our_model(qubits: int, gradient: Any = "autograd") -> Callable[..., torch.Tensor]:
    circuit, observable = Circuit(ansatz, qubits, (True, False), gradient=gradient), qml.Z(0)
    return lambda X, theta: circuit.expectation(observable, X, theta)


def pennylane_model(qubits: int, device: str, method: str) -> Callable[..., torch.Tensor]:
    """A node that takes the batch at once."""

    @qml.qnode(qml.device(device, wires=qubits), interface="torch", diff_method=method)
    def node(X: torch.Tensor, theta: torch.Tensor) -> Any:
        ansatz(X, theta)
        return qml.expval(qml.Z(0))

    return node


def in_a_row(run: Run, steps: int = STEPS) -> Run:
    """The mean of some runs, one after another."""
    return lambda: sum(run() for _ in range(steps)) / steps


def compare(qubits: int, layers: int, batch: int) -> Table:
    """Our step and the peers', taking turns; raises AssertionError where gradients differ."""
    problem = Problem.random(qubits, layers, batch)
    models = {
        "ours": our_model(qubits),
        "backprop": pennylane_model(qubits, "default.qubit", "backprop"),
        "adjoint": pennylane_model(qubits, "lightning.qubit", "adjoint"),
    }
    works: dict[str, Run] = {
        name: in_a_row(timed(lambda model=model: problem.step(model)))
        for name, model in models.items()
    }
    with open_peer("vqc_jax", torch.get_num_threads(), **problem.as_lists()) as jax:
        peers = {name: in_a_row(run) for name, run in runs_of(jax=jax).items()}
        found = interleaved({**works, **peers}, RUNS)
        answers = {name: problem.step(model)[1] for name, model in models.items()}
        difference = _largest_difference(answers, jax)
    return Table(
        f"VQC gradient step, {qubits} qubits, {layers} layers, batch {batch}, complex128; "
        f"gradients differ by {difference:.0e} at most",
        tuple(_rows(found)),
    )


def _largest_difference(answers: dict[str, torch.Tensor], jax: Peer | None) -> float:
    if jax:
        answers = {**answers, "jax": torch.tensor(jax.answer["gradient"], dtype=torch.float64)}
    differences = {n: float((a - answers["ours"]).abs().max()) for n, a in answers.items()}
    assert max(differences.values()) < AGREE, f"gradients differ: {differences}"
    return max(differences.values())


def _rows(found: dict[str, Timing]) -> list[Row]:
    ours = found["ours"]
    peers = {name: found.get(name) for name in TITLES}
    best = min((name for name in TITLES if name in found), key=lambda name: found[name].median)
    return [
        Row("this project", ours),
        *(times_faster(TITLES[name], ours, timing) for name, timing in peers.items()),
        times_faster("best of them", ours, found[best], BAR, TITLES[best]),
    ]


def tables(arguments: argparse.Namespace) -> list[Table]:
    return [compare(qubits, arguments.layers, arguments.batch) for qubits in (8, 12)]


if __name__ == "__main__":
    run_bench(__doc__, tables, batch=32, layers=4)
