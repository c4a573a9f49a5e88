"""State vectors of a batch: fused steps applied with torch, in bounded memory."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import pennylane as qml
import torch
from numpy.typing import NDArray

from qml_core.simulation.fusion import (
    Array,
    Dense,
    DiagonalRun,
    FusedCircuit,
    OneQubitLayer,
    Phase,
    Step,
    fuse,
)

Precision = Literal["double", "single"]
COMPLEX = {"double": torch.complex128, "single": torch.complex64}
REAL = {torch.complex128: torch.float64, torch.complex64: torch.float32}

_PRODUCT_WIRES = (
    5  # matrices up to 32×32: larger ones do more work than the memory traffic they save
)
_PATTERN_CHUNK = 2**14  # basis states whose phases are formed at once


def state_vectors(
    circuit: Callable[[NDArray[np.float64]], None],
    X: NDArray[np.float64],  # (n, d)
    n_qubits: int,
    precision: Precision = "double",
) -> torch.Tensor:
    """Encode every row: (n, 2^n_qubits) state vectors, wire 0 the most significant bit.

    Args:
        circuit: a PennyLane quantum function of a batch of rows (n, d) on wires 0 … n_qubits−1.
    """
    with qml.queuing.AnnotatedQueue() as queue:
        circuit(X)
    tape = qml.tape.QuantumScript.from_queue(queue)
    fused = fuse(tape, n_qubits)
    state = _initial(fused, len(X), COMPLEX[precision])
    for step in fused.steps:
        state = _apply(state, step, n_qubits)
    return state


def _initial(fused: FusedCircuit, n: int, dtype: torch.dtype) -> torch.Tensor:
    if fused.initial is None:
        state = torch.zeros((n, 2**fused.n_qubits), dtype=dtype)
        state[:, 0] = 1
        return state
    return torch.as_tensor(fused.initial).to(dtype).expand(n, -1).clone()


def _apply(state: torch.Tensor, step: Step, n_qubits: int) -> torch.Tensor:
    match step:
        case DiagonalRun():
            return _multiply_phases(state, step.phases, n_qubits)
        case OneQubitLayer():
            return _apply_layer(state, step, n_qubits)
        case Dense():
            return _apply_dense(state, step, n_qubits)


def _multiply_phases(state: torch.Tensor, phases: list[Phase], n_qubits: int) -> torch.Tensor:
    """Multiply by exp(i θ S) with θ (n, G) the angles and S (G, 2^n_qubits) the patterns."""
    n, size = state.shape
    shared = [p for p in phases if p.pattern.ndim == 1]
    angles = np.stack([np.broadcast_to(p.angle, (n,)) for p in shared], axis=1) if shared else None
    for start in range(0, size, _PATTERN_CHUNK):
        basis = np.arange(start, min(start + _PATTERN_CHUNK, size))
        exponent = torch.zeros((n, len(basis)), dtype=torch.float64)
        if angles is not None:
            signs = np.stack([p.pattern[_bits(basis, p.wires, n_qubits)] for p in shared])
            exponent = torch.from_numpy(angles) @ torch.from_numpy(signs)
        for phase in phases:
            if phase.pattern.ndim == 2:
                index = _bits(basis, phase.wires, n_qubits)
                exponent += torch.from_numpy(phase.angle[..., None] * phase.pattern[:, index])
        exponent = exponent.to(REAL[state.dtype])
        factor = torch.complex(torch.cos(exponent), torch.sin(exponent))
        state[:, start : start + len(basis)] *= factor
    return state


def _bits(basis: NDArray[np.int64], wires: tuple[int, ...], n_qubits: int) -> NDArray[np.int64]:
    """The number that the bits of `wires` spell in each basis state."""
    index = np.zeros_like(basis)
    for wire in wires:
        index = 2 * index + ((basis >> (n_qubits - 1 - wire)) & 1)
    return index


def _apply_layer(state: torch.Tensor, layer: OneQubitLayer, n_qubits: int) -> torch.Tensor:
    wire = 0
    while wire < n_qubits:
        group = _neighbours(layer, wire, n_qubits)
        if group:
            matrix = _kron([layer.matrices[w] for w in group])
            state = _apply_adjacent(state, matrix, group[0], len(group), n_qubits)
        wire += max(1, len(group))
    return state


def _neighbours(layer: OneQubitLayer, wire: int, n_qubits: int) -> list[int]:
    """Neighbouring wires from `wire` on whose matrices are the same for the whole batch."""
    group: list[int] = []
    while wire < n_qubits and len(group) < _PRODUCT_WIRES and wire in layer.matrices:
        if layer.matrices[wire].ndim == 3:  # differs by sample: on its own
            return group or [wire]
        group.append(wire)
        wire += 1
    return group


def _kron(matrices: list[Array]) -> Array:
    product = matrices[0]
    for matrix in matrices[1:]:
        product = np.kron(product, matrix)
    return product


def _apply_adjacent(
    state: torch.Tensor, matrix: Array, wire: int, k: int, n_qubits: int
) -> torch.Tensor:
    """Apply (2^k, 2^k) or (n, 2^k, 2^k) to wires wire … wire+k−1."""
    n, size = state.shape
    right = 2 ** (n_qubits - wire - k)
    tensor = torch.as_tensor(matrix).to(state.dtype)
    if matrix.ndim == 3:
        folded = state.reshape(n, -1, 2**k, right)
        return torch.matmul(tensor[:, None], folded).reshape(n, size)
    if right == 1:
        return (state.reshape(-1, 2**k) @ tensor.T).reshape(n, size)
    if np.isrealobj(matrix):  # half the arithmetic: real and imaginary parts as further columns
        columns = torch.view_as_real(state.reshape(-1, 2**k, right)).flatten(-2)
        result = torch.matmul(tensor.real.contiguous(), columns)
        return torch.view_as_complex(result.unflatten(-1, (right, 2))).reshape(n, size)
    return torch.matmul(tensor, state.reshape(-1, 2**k, right)).reshape(n, size)


def _apply_dense(state: torch.Tensor, step: Dense, n_qubits: int) -> torch.Tensor:
    """Bring the targets to the front, apply the matrix, bring them back."""
    n, size = state.shape
    k = len(step.targets)
    axes = [w + 1 for w in step.targets]
    tensor = state.reshape(n, *[2] * n_qubits)
    moved = torch.movedim(tensor, axes, list(range(1, k + 1)))
    matrix = torch.as_tensor(step.matrix).to(state.dtype)
    result = torch.matmul(matrix, moved.reshape(n, 2**k, -1)).reshape(moved.shape)
    return torch.movedim(result, list(range(1, k + 1)), axes).reshape(n, size)
