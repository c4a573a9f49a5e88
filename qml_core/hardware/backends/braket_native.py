"""Circuits in PRX and CZ on physical qubits, as an IQM device runs them in a verbatim box.

A verbatim box is what Braket offers to keep a compiler from cancelling U against U†: it is run as
written, so it must hold native gates between neighbours only. Z rotations are changes of frame:
before every pulse stands RZ(f) of what came before, and
RZ(a) RY(b) RZ(c) = RZ(a + c) PRX(b, π/2 − c), PRX(θ, φ) = RZ(φ) RX(θ) RZ(−φ),
so that a run of one-qubit gates is one pulse (McKay et al. 2017, arXiv:1612.00858, eq. 5).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import networkx as nx
import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.operation import Operator
from pennylane.tape import QuantumScript

from qml_core.errors import CircuitRefused
from qml_core.hardware.gates import expand, n_qubits
from qml_core.hardware.protocol import Circuit

Matrix = NDArray[np.complex128]
Errors = Mapping[tuple[int, int], float]
"""Error of the gate between two neighbours, by their labels, each pair in one order."""

NATIVE = frozenset({"prx", "cz"})
_NO_PULSE = 1e-12  # rad


@dataclass(frozen=True)
class NativeCircuit:
    """Pulses and their qubits, and the qubits that hold wires 0 … n−1 at the end."""

    gates: tuple[tuple[str, tuple[float, ...], tuple[int, ...]], ...]
    """(name, angles in radians, labels): prx(θ, φ) or cz."""
    read: tuple[int, ...]


def compile_native(circuit: Circuit, errors: Errors) -> NativeCircuit:
    """The circuit on connected qubits of few errors, swaps included.

    Raises:
        CircuitRefused: fewer qubits are connected, or an operation has no decomposition.
    """
    labels = placement(n_qubits(circuit), errors)
    placed = {wire: labels[wire] for wire in range(len(labels))}
    parts: list[list[Operator]] = [[]]
    for op in expand(circuit).operations:
        if op.name == "Barrier":
            parts.append([])
        else:
            parts[-1].append(op)
    pulses = _Pulses(frozenset(errors))
    graph = nx.Graph(list(errors)) if len(labels) > 1 else nx.Graph()
    graph.add_nodes_from(labels)
    for part in parts:
        placed = _route(part, placed, graph, pulses)
        pulses.flush()
    return NativeCircuit(tuple(pulses.gates), tuple(placed[w] for w in range(len(labels))))


def placement(n: int, errors: Errors) -> tuple[int, ...]:
    """Labels for wires 0 … n−1: grown along the best gates, from where their errors sum least."""
    nodes = sorted({label for pair in errors for label in pair})
    grown = [found for start in nodes if (found := _grow(n, start, errors))]
    if not grown:
        raise CircuitRefused(
            f"{n} connected qubits asked, the device has {len(nodes)}", "use fewer qubits"
        )
    return min(grown)[1]


def _grow(n: int, start: int, errors: Errors) -> tuple[float, tuple[int, ...]] | None:
    """The newest end first, so that wires in a row become neighbours where they can."""
    chain, total = [start], 0.0
    while len(chain) < n:
        fresh = [
            (-chain.index(inside), error, outside)
            for (a, b), error in errors.items()
            for inside, outside in ((a, b), (b, a))
            if inside in chain and outside not in chain
        ]
        if not fresh:
            return None
        _, error, label = min(fresh)
        chain.append(label)
        total += error
    return total, tuple(chain)


def _route(
    part: list[Operator], placed: dict[int, int], graph: nx.Graph, pulses: "_Pulses"
) -> dict[int, int]:
    """Adds the gates of a part, with swaps where neighbours are missing; the new places."""
    wires = list(placed)
    tape = QuantumScript([op.map_wires(placed) for op in part], [qml.probs(wires=placed.values())])
    (routed,), _ = qml.transforms.transpile(tape, coupling_map=graph)
    for op in routed.operations:
        for gate in _elementary(op):
            pulses.add(gate)
    return dict(zip(wires, routed.measurements[0].wires, strict=True))


def _elementary(op: Operator) -> Iterator[Operator]:
    """One-qubit gates with a matrix, and CZ."""
    if len(op.wires) == 0 or (len(op.wires) == 1 and op.has_matrix) or op.name == "CZ":
        yield from (op,) if len(op.wires) else ()
    elif op.name == "CNOT":
        turned = qml.Hadamard(op.wires[1])
        yield from (turned, qml.CZ(op.wires), turned)
    elif op.name == "SWAP":
        a, b = op.wires
        for pair in ((a, b), (b, a), (a, b)):
            yield from _elementary(qml.CNOT(pair))
    else:
        for each in op.decomposition():
            yield from _elementary(each)


@dataclass
class _Pulses:
    """Gates so far, with what is not a pulse yet: a matrix and a frame of each qubit."""

    pairs: frozenset[tuple[int, int]]
    gates: list[tuple[str, tuple[float, ...], tuple[int, ...]]] = field(default_factory=list)
    pending: dict[int, Matrix] = field(default_factory=dict)
    frames: dict[int, float] = field(default_factory=dict)

    def add(self, op: Operator) -> None:
        labels = tuple(int(label) for label in op.wires)
        if len(labels) == 1:
            before = self.pending.get(labels[0], np.eye(2))
            self.pending[labels[0]] = op.matrix() @ before
            return
        for label in labels:
            self._flush(label)
        a, b = labels  # in the device's own order, which it may insist on
        self.gates.append(("cz", (), (a, b) if (a, b) in self.pairs else (b, a)))

    def flush(self) -> None:
        """Makes pulses of all that is pending, so that nothing merges across this point."""
        for label in sorted(self.pending):
            self._flush(label)

    def _flush(self, label: int) -> None:
        if label not in self.pending:
            return
        c, b, a = _zyz(self.pending.pop(label))
        c += self.frames.get(label, 0.0)
        self.frames[label] = a + c
        if abs(b) > _NO_PULSE:
            self.gates.append(("prx", (b, _wrapped(np.pi / 2 - c)), (label,)))


def _zyz(matrix: Matrix) -> tuple[float, float, float]:
    """(c, b, a) with the matrix = RZ(a) RY(b) RZ(c) up to a phase, 0 ≤ b ≤ π."""
    special = matrix / np.sqrt(np.linalg.det(matrix) + 0j)
    b = 2 * np.arctan2(abs(special[1, 0]), abs(special[0, 0]))
    total = 2 * np.angle(special[1, 1]) if abs(special[1, 1]) > _NO_PULSE else 0.0
    difference = 2 * np.angle(special[1, 0]) if abs(special[1, 0]) > _NO_PULSE else 0.0
    return float((total - difference) / 2), float(b), float((total + difference) / 2)


def _wrapped(angle: float) -> float:
    """In (−π, π]."""
    return float(-((np.pi - angle) % (2 * np.pi) - np.pi))
