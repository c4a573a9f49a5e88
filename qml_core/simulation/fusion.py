"""Fusion: the operations of a tape as few steps, each one pass over the state vectors.

Diagonal operations that meet become one phase, one-qubit operations of a wire one 2×2 matrix;
an operation moves left past steps that do not touch its wires, which commute with it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.operation import Operator, StatePrepBase
from pennylane.ops.qubit.attributes import diagonal_in_z_basis

Array = NDArray[np.floating | np.complexfloating]


@dataclass(frozen=True)
class Phase:
    """Adds `angle` times `pattern` to the exponent: exp(i · angle · pattern(bits of the wires)).

    angle is a scalar or (n,) radians; pattern (2^k,) or, where it differs by sample, (n, 2^k).
    """

    wires: tuple[int, ...]
    angle: Array
    pattern: Array


@dataclass
class DiagonalRun:
    """Diagonal operations that commute into one multiplication by exp(i Σ phases)."""

    phases: list[Phase] = field(default_factory=list)
    wires: set[int] = field(default_factory=set)


@dataclass
class OneQubitLayer:
    """One matrix per wire, (2, 2) or (n, 2, 2); wires not named are left alone."""

    matrices: dict[int, Array] = field(default_factory=dict)

    @property
    def wires(self) -> set[int]:
        return set(self.matrices)


@dataclass(frozen=True)
class Dense:
    """Any other operation by its matrix, (2^k, 2^k) or (n, 2^k, 2^k)."""

    targets: tuple[int, ...]
    matrix: Array

    @property
    def wires(self) -> set[int]:
        return set(self.targets)


Step = DiagonalRun | OneQubitLayer | Dense
S = TypeVar("S", DiagonalRun, OneQubitLayer)


def _parity_pattern(k: int) -> Array:
    """−½ (−1)^(sum of bits): RZ, IsingZZ and MultiRZ are exp(−i φ Z…Z / 2)."""
    pattern = np.ones(1)
    for _ in range(k):
        pattern = np.kron(pattern, np.array([1.0, -1.0]))
    return -0.5 * pattern


def _all_ones_pattern(k: int) -> Array:
    pattern = np.zeros(2**k)
    pattern[-1] = 1.0
    return pattern


def _phase(op: Operator) -> Phase:
    wires = tuple(op.wires.tolist())
    if op.name in {"RZ", "IsingZZ", "MultiRZ"}:
        return Phase(wires, np.asarray(op.data[0], dtype=float), _parity_pattern(len(wires)))
    if op.name in {"PhaseShift", "ControlledPhaseShift"}:
        return Phase(wires, np.asarray(op.data[0], dtype=float), _all_ones_pattern(len(wires)))
    eigenvalues = np.asarray(op.eigvals())
    return Phase(wires, np.ones(()), np.angle(eigenvalues))


def _expand(operations: Iterable[Operator]) -> Iterator[Operator]:
    for op in operations:
        if op.has_matrix or op in diagonal_in_z_basis:
            yield op
        else:
            yield from _expand(op.decomposition())


def _find(steps: list[Step], wires: set[int], kind: type[S]) -> S | None:
    """The last step of this kind that an operation on `wires` can reach by moving left."""
    found = None
    for step in reversed(steps):
        if isinstance(step, kind):
            found = step
        if step.wires & wires:
            break
    return found


def _place(steps: list[Step], op: Operator) -> None:
    wires = set(op.wires.tolist())
    if op in diagonal_in_z_basis:
        run = _find(steps, wires, DiagonalRun)
        if run is None:
            steps.append(run := DiagonalRun())
        run.phases.append(_phase(op))
        run.wires |= wires
    elif len(wires) == 1:
        layer = _find(steps, wires, OneQubitLayer)
        if layer is None:
            steps.append(layer := OneQubitLayer())
        (wire,) = wires
        matrix = np.asarray(op.matrix())
        layer.matrices[wire] = matrix @ layer.matrices[wire] if wire in layer.wires else matrix
    else:
        steps.append(Dense(tuple(op.wires.tolist()), np.asarray(op.matrix())))


@dataclass(frozen=True)
class FusedCircuit:
    """Steps in order, and the state they start from (none: |0…0⟩)."""

    n_qubits: int
    initial: Array | None  # (2^n,) or (batch, 2^n)
    steps: tuple[Step, ...]


def fuse(tape: qml.tape.QuantumScript, n_qubits: int) -> FusedCircuit:
    """Fuse the operations of a tape on wires 0 … n_qubits−1; measurements are not looked at."""
    operations = list(tape.operations)
    initial = None
    if operations and isinstance(operations[0], StatePrepBase):
        initial = operations[0].state_vector(wire_order=range(n_qubits))
        initial = np.asarray(initial).reshape(*np.shape(initial)[:-n_qubits], 2**n_qubits)
        operations = operations[1:]
    steps: list[Step] = []
    for op in _expand(operations):
        _place(steps, op)
    return FusedCircuit(n_qubits, initial, tuple(steps))
