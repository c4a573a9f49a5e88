"""The exact fidelity kernel: N state vectors and one matrix product instead of N² circuits."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.circuits.encodings import OpenEncoding, open_encoding
from qml_core.errors import DataError
from qml_core.kernels.blocks import EDGE, block_slices, cover
from qml_core.simulation.reference import reference_states
from qml_core.simulation.statevector import COMPLEX, state_vectors
from qml_core.specs import BackendSpec, KernelSpec

Array = NDArray[np.float64]

PANEL_BYTES = 2 * 2**30
"""Default memory for the state vectors kept at once."""


def fidelity(A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
    """|⟨a|b⟩|² of all pairs of states A (n, D), B (m, D): (n, m), float64."""
    overlaps = A @ B.conj().T
    return (overlaps.real.square_() + overlaps.imag.square_()).to(torch.float64)


@dataclass(frozen=True)
class FidelityKernel:
    """A kernel opened on a backend: encodes panels of rows, multiplies states into entries."""

    encoding: OpenEncoding
    backend: BackendSpec

    @property
    def state_bytes(self) -> int:
        """Memory of one state vector."""
        return int(COMPLEX[self.backend.precision].itemsize) << self.encoding.n_qubits

    def states(self, X: Array) -> torch.Tensor:
        """Encode rows (n, d), features; returns (n, 2^n_qubits)."""
        n_qubits, precision = self.encoding.n_qubits, self.backend.precision
        if self.backend.name == "qml.batched":
            return state_vectors(self.encoding, X, n_qubits, precision)
        return reference_states(self.encoding, X, n_qubits, self.backend.name, COMPLEX[precision])


def open_kernel(kernel: KernelSpec, backend: BackendSpec, n_features: int) -> FidelityKernel:
    """Raises SpecError where the encoding cannot hold the features."""
    return FidelityKernel(open_encoding(kernel.encoding, n_features), backend)


class Panels:
    """State vectors of panels of rows, the last used ones kept within a memory bound."""

    def __init__(self, opened: FidelityKernel, panel_bytes: int = PANEL_BYTES) -> None:
        self._opened = opened
        self._room = max(1, panel_bytes // opened.state_bytes)
        self._kept: OrderedDict[tuple[int, int, int], torch.Tensor] = OrderedDict()
        self.rows_at_once = max(1, self._room // 3)  # two panels of a block and the work space

    def get(self, X: Array, start: int, stop: int) -> torch.Tensor:
        """States of rows start … stop−1 of X, which must outlive the panels."""
        key = (id(X), start, stop)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        states = self._opened.states(X[start:stop])
        self._kept[key] = states
        while sum(map(len, self._kept.values())) > self._room and len(self._kept) > 1:
            self._kept.popitem(last=False)
        return states


def evaluate_block(
    panels: Panels,
    X: Array,  # (n, d)
    Y: Array,  # (m, d)
    rows: slice,
    columns: slice,
) -> Array:
    """Entries K[rows, columns], computed in panels that fit the memory bound."""
    values = np.empty((rows.stop - rows.start, columns.stop - columns.start))
    step = panels.rows_at_once
    for r in range(rows.start, rows.stop, step):
        r_stop = min(r + step, rows.stop)
        for c in range(columns.start, columns.stop, step):
            c_stop = min(c + step, columns.stop)
            entries = fidelity(panels.get(X, r, r_stop), panels.get(Y, c, c_stop))
            values[
                r - rows.start : r_stop - rows.start, c - columns.start : c_stop - columns.start
            ] = entries.numpy()
    return values


def mirror(block: Array) -> Array:
    """Make a diagonal block exactly symmetric from its upper triangle."""
    upper = np.triu(block)
    return upper + np.triu(block, 1).T


def kernel_matrix(
    X: Array,  # (n, d), features
    Y: Array | None = None,  # (m, d)
    kernel: KernelSpec | None = None,
    *,
    backend: BackendSpec | None = None,
    panel_bytes: int = PANEL_BYTES,
    progress: Callable[[int, int], None] | None = None,
) -> Array:
    """The exact kernel matrix K[i, j] = |⟨φ(x_i)|φ(y_j)⟩|² (Havlíček et al. 2019, eq. 2).

    Args:
        Y: none gives the symmetric matrix of X with itself, from its upper blocks.
        panel_bytes: memory for state vectors, bytes; the result itself comes on top.
        progress: called with (blocks done, blocks in all).

    Returns:
        (n, m) float64.

    Raises:
        DataError: X or Y is not a finite matrix, or the numbers of features differ.
        SpecError: the encoding cannot hold the features.
    """
    X = _features(X, "X")
    columns = X if Y is None else _features(Y, "Y")
    if columns.shape[1] != X.shape[1]:
        raise DataError(f"X has {X.shape[1]} features, Y has {columns.shape[1]}")
    opened = open_kernel(kernel or KernelSpec(), backend or BackendSpec(), X.shape[1])
    opened.encoding.check(X)
    opened.encoding.check(columns)
    panels = Panels(opened, panel_bytes)
    K = np.empty((len(X), len(columns)))
    blocks = cover(K.shape, EDGE, symmetric=Y is None)
    for done, (i, j) in enumerate(blocks, start=1):
        rows, cols = block_slices((i, j), K.shape, EDGE)
        values = evaluate_block(panels, X, columns, rows, cols)
        K[rows, cols] = mirror(values) if Y is None and i == j else values
        if Y is None and i != j:
            K[cols, rows] = values.T
        if progress:
            progress(done, len(blocks))
    return K


def _features(X: Array, name: str) -> Array:
    X = np.ascontiguousarray(X, dtype=np.float64)
    if X.ndim != 2 or X.size == 0:
        raise DataError(
            f"{name} must be (rows, features) with at least one of each, found {X.shape}"
        )
    if not np.isfinite(X).all():
        raise DataError(f"{name} has {np.sum(~np.isfinite(X))} entries that are NaN or infinite")
    return X
