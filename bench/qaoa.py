"""Expectation and gradient of QAOA against lightning.qubit and its adjoint method.

    python -m bench.qaoa [--depth 4] [--json]

A random 3-regular graph. The even problem is its MaxCut, computed on the half space of bit strings
up to complement; the general one has a field on every wire besides. Angles are the same for both
sides, as is what is kept from call to call: the circuit there, the diagonal and work space here.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import pennylane as qml
import torch

from bench.command import run_bench
from bench.table import Row, Table, times_faster
from bench.timing import Run, interleaved, timed
from qml_core.simulation.ising_diagonal import cost_diagonal, maxcut_terms
from qml_core.simulation.qaoa import expectation
from qml_core.simulation.qaoa_layers import workspace

QUBITS = (16, 20)
RUNS = 9
OURS_PER_RUN = {16: 20, 20: 3}
"""Our calls in one measurement: one alone is too short beside what else the machine does."""

BARS = {16: 4.0, 20: 3.5}
EVEN_BAR, GRADIENT_BAR = 10.0, 3.5
AGREE = 1e-9
Terms = dict[tuple[int, ...], float]
Answer = tuple[float, np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Problem:
    """Terms of an Ising polynomial, and angles (2, p): gammas, betas."""

    qubits: int
    terms: Terms
    angles: torch.Tensor

    @classmethod
    def random(cls, qubits: int, depth: int, even: bool) -> "Problem":
        rng = np.random.default_rng(0)
        terms = maxcut_terms(nx.random_regular_graph(3, qubits, seed=1).edges)
        if not even:
            terms |= {(wire,): float(rng.normal()) for wire in range(qubits)}
        return cls(qubits, terms, torch.from_numpy(rng.uniform(0.1, 0.9, (2, depth))))


def ours(problem: Problem, gradient: bool) -> Callable[[], Answer]:
    diagonal = cost_diagonal(problem.terms, problem.qubits)
    work = workspace(diagonal, gradient=gradient)

    def run() -> Answer:
        angles = problem.angles.clone().requires_grad_(gradient)
        value = expectation(diagonal, angles[0], angles[1], work=work)
        if not gradient:
            return value.item(), np.zeros(0)
        (found,) = torch.autograd.grad(value, angles)
        return value.item(), found.numpy()

    return run


def lightning(problem: Problem, gradient: bool) -> Callable[[], Answer]:
    """One IsingZZ or RZ per term and an RX per wire, as PennyLane users write it."""
    pairs = {wires: c for wires, c in problem.terms.items() if wires}
    words = [qml.prod(*map(qml.Z, wires)) for wires in pairs]
    cost = qml.dot([problem.terms[()], *pairs.values()], [qml.Identity(0), *words])

    def circuit(angles: Any) -> Any:
        for wire in range(problem.qubits):
            qml.Hadamard(wire)
        for gamma, beta in zip(angles[0], angles[1], strict=True):
            for wires, coefficient in pairs.items():
                gate = qml.IsingZZ if len(wires) == 2 else qml.RZ
                gate(2 * gamma * coefficient, wires=wires)
            for wire in range(problem.qubits):
                qml.RX(2 * beta, wires=wire)
        return qml.expval(cost)

    device = qml.device("lightning.qubit", wires=problem.qubits)
    node = qml.QNode(circuit, device, diff_method="adjoint" if gradient else None)
    angles = qml.numpy.array(problem.angles.numpy(), requires_grad=gradient)
    if not gradient:
        return lambda: (float(node(angles)), np.zeros(0))
    differentiate = qml.grad(node)

    def run() -> Answer:
        found = np.asarray(differentiate(angles))
        return float(differentiate.forward), found

    return run


def repeated(run: Callable[[], Answer], times: int) -> Run:
    """The mean time of several calls."""
    several = timed(lambda: [run() for _ in range(times)])
    return lambda: several() / times


def compare(qubits: int, depth: int, even: bool, gradient: bool) -> tuple[Row, Row]:
    """Both sides taking turns; raises AssertionError where they differ."""
    problem = Problem.random(qubits, depth, even)
    here, there = ours(problem, gradient), lightning(problem, gradient)
    (value, slopes), (their_value, their_slopes) = here(), there()
    difference = max([abs(value - their_value), *abs(slopes - their_slopes).ravel()])
    assert difference < AGREE, f"values or gradients differ by {difference}"
    found = interleaved({"ours": repeated(here, OURS_PER_RUN[qubits]), "peer": timed(there)}, RUNS)
    bar = GRADIENT_BAR if gradient else EVEN_BAR if even else BARS[qubits]
    kind = ("even, half space" if even else "general") + (", gradient" if gradient else "")
    peer = "lightning.qubit" + (", adjoint" if gradient else "")
    note = f"differ by {difference:.0e}"
    return (
        Row(f"{kind}: this project", found["ours"]),
        times_faster(f"{kind}: {peer}", found["ours"], found["peer"], bar, note),
    )


def tables(arguments: argparse.Namespace) -> list[Table]:
    cases = [(even, gradient) for even in (False, True) for gradient in (False, True)]
    return [
        Table(
            f"QAOA, p = {arguments.depth}, 3-regular graph, {qubits} qubits, complex128",
            tuple(row for case in cases for row in compare(qubits, arguments.depth, *case)),
        )
        for qubits in QUBITS
    ]


if __name__ == "__main__":
    run_bench(__doc__, tables, depth=4)
