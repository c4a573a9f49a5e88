"""Fused steps as functions of the state: what is the same for all rows is made once."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.simulation.fusion import Array, Dense, DiagonalRun, OneQubitLayer, Phase, Step

Apply = Callable[[torch.Tensor, slice], torch.Tensor]
"""(state (m, 2^n_qubits) of some rows, which rows) -> their next state; may reuse the memory."""

_REAL = {torch.complex128: torch.float64, torch.complex64: torch.float32}
_PRODUCT_WIRES = 5
"""Neighbouring wires in one matrix product, 32×32: larger ones cost more work than traffic."""

_PATTERN_CHUNK = 2**14
_PATTERN_BYTES = 2**28
"""Sign patterns are kept up to here; above, they are formed again for each piece of the state."""


def prepare(step: Step, n: int, n_qubits: int, dtype: torch.dtype) -> Apply:
    """The step as a function, for n rows in all."""
    match step:
        case DiagonalRun():
            return _diagonal(step.phases, n, n_qubits, dtype)
        case OneQubitLayer():
            return _layer(step, n_qubits, dtype)
        case Dense():
            return _dense(step, n_qubits, dtype)


def _diagonal(phases: list[Phase], n: int, n_qubits: int, dtype: torch.dtype) -> Apply:
    """Multiply by exp(i θ S) with θ (n, G) the angles and S (G, 2^n_qubits) the patterns."""
    shared = [p for p in phases if p.pattern.ndim == 1]
    varying = [p for p in phases if p.pattern.ndim == 2]
    angles = torch.from_numpy(
        np.stack([np.broadcast_to(p.angle, (n,)) for p in shared], axis=1)
        if shared
        else np.zeros((n, 0))
    )
    size = 2**n_qubits
    chunks = [slice(k, min(k + _PATTERN_CHUNK, size)) for k in range(0, size, _PATTERN_CHUNK)]
    keep = 8 * len(shared) * size <= _PATTERN_BYTES
    kept = {c.start: _patterns(shared, c, n_qubits) for c in chunks} if keep else {}

    def apply(state: torch.Tensor, rows: slice) -> torch.Tensor:
        for chunk in chunks:
            signs = kept[chunk.start] if keep else _patterns(shared, chunk, n_qubits)
            exponent = angles[rows] @ signs
            for phase in varying:
                exponent += _varying(phase, rows, chunk, n_qubits)
            exponent = exponent.to(_REAL[dtype])
            state[:, chunk] *= torch.complex(torch.cos(exponent), torch.sin(exponent))
        return state

    return apply


def _patterns(phases: list[Phase], chunk: slice, n_qubits: int) -> torch.Tensor:
    """(G, states of the chunk)."""
    basis = np.arange(chunk.start, chunk.stop)
    if not phases:
        return torch.zeros((0, len(basis)), dtype=torch.float64)
    return torch.from_numpy(np.stack([p.pattern[_bits(basis, p.wires, n_qubits)] for p in phases]))


def _varying(phase: Phase, rows: slice, chunk: slice, n_qubits: int) -> torch.Tensor:
    """Exponent of an operation whose eigenvalues differ by row in more than a factor."""
    index = _bits(np.arange(chunk.start, chunk.stop), phase.wires, n_qubits)
    return torch.from_numpy(phase.angle[..., None] * phase.pattern[rows][:, index])


def _bits(basis: NDArray[np.int64], wires: tuple[int, ...], n_qubits: int) -> NDArray[np.int64]:
    """The number that the bits of `wires` spell in each basis state."""
    index = np.zeros_like(basis)
    for wire in wires:
        index = 2 * index + ((basis >> (n_qubits - 1 - wire)) & 1)
    return index


def _layer(layer: OneQubitLayer, n_qubits: int, dtype: torch.dtype) -> Apply:
    products: list[Apply] = []
    wire = 0
    while wire < n_qubits:
        group = _neighbours(layer, wire, n_qubits)
        if group:
            matrix = _kron([layer.matrices[w] for w in group])
            products.append(_adjacent(matrix, group[0], len(group), n_qubits, dtype))
        wire += max(1, len(group))

    def apply(state: torch.Tensor, rows: slice) -> torch.Tensor:
        for product in products:
            state = product(state, rows)
        return state

    return apply


def _neighbours(layer: OneQubitLayer, wire: int, n_qubits: int) -> list[int]:
    """Neighbouring wires from `wire` on whose matrices are the same for the whole batch."""
    group: list[int] = []
    while wire < n_qubits and len(group) < _PRODUCT_WIRES and wire in layer.matrices:
        if layer.matrices[wire].ndim == 3:  # differs by row: on its own
            return group or [wire]
        group.append(wire)
        wire += 1
    return group


def _kron(matrices: list[Array]) -> Array:
    product = matrices[0]
    for matrix in matrices[1:]:
        product = np.kron(product, matrix)
    return product


def _adjacent(matrix: Array, wire: int, k: int, n_qubits: int, dtype: torch.dtype) -> Apply:
    """(2^k, 2^k) or (n, 2^k, 2^k) on wires wire … wire+k−1."""
    right = 2 ** (n_qubits - wire - k)
    tensor = torch.as_tensor(matrix).to(dtype)
    real = tensor.real.contiguous() if np.isrealobj(matrix) else None

    def apply(state: torch.Tensor, rows: slice) -> torch.Tensor:
        if tensor.ndim == 3:
            folded = state.reshape(len(state), -1, 2**k, right)
            return torch.matmul(tensor[rows, None], folded).reshape(state.shape)
        if right == 1:
            return (state.reshape(-1, 2**k) @ tensor.T).reshape(state.shape)
        folded = state.reshape(-1, 2**k, right)
        if real is None:
            return torch.matmul(tensor, folded).reshape(state.shape)
        # half the arithmetic: real and imaginary parts are further columns
        columns = torch.matmul(real, torch.view_as_real(folded).flatten(-2))
        return torch.view_as_complex(columns.reshape(-1, 2**k, right, 2)).reshape(state.shape)

    return apply


def _dense(step: Dense, n_qubits: int, dtype: torch.dtype) -> Apply:
    """Bring the targets to the front, apply the matrix, bring them back."""
    k = len(step.targets)
    axes, front = [w + 1 for w in step.targets], list(range(1, k + 1))
    matrix = torch.as_tensor(step.matrix).to(dtype)

    def apply(state: torch.Tensor, rows: slice) -> torch.Tensor:
        moved = torch.movedim(state.reshape(-1, *[2] * n_qubits), axes, front)
        own = matrix[rows] if matrix.ndim == 3 else matrix
        result = torch.matmul(own, moved.reshape(len(state), 2**k, -1)).reshape(moved.shape)
        return torch.movedim(result, front, axes).reshape(state.shape)

    return apply
