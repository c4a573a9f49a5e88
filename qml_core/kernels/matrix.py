"""A kernel matrix in memory, block by block."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError
from qml_core.kernels.blocks import EDGE, block_slices, cover
from qml_core.kernels.nystrom import approximate_matrix, entry_error, exact_kernel
from qml_core.kernels.opened import open_kernel
from qml_core.kernels.panels import PANEL_BYTES, Panels, evaluate_block, mirror
from qml_core.specs import BackendSpec, KernelSpec

Array = NDArray[np.float64]


def kernel_matrix(
    X: Array,  # (n, d), features
    Y: Array | None = None,  # (m, d)
    kernel: KernelSpec | None = None,
    *,
    backend: BackendSpec | None = None,
    panel_bytes: int = PANEL_BYTES,
    progress: Callable[[int, int], None] | None = None,
    seed: int = 0,
) -> Array:
    """The exact kernel matrix K[i, j] = k(x_i, y_j), by default |⟨φ(x_i)|φ(y_j)⟩|².

    With `kernel.landmarks` its Nyström approximation C W⁺ Cᵀ; of X with Y, which are the rows of a
    training matrix, with the landmarks that the matrix of Y has.

    Args:
        Y: none gives the symmetric matrix of X with itself, from its upper blocks.
        panel_bytes: memory for state vectors, bytes; the result itself comes on top.
        progress: called with (blocks done, blocks in all).
        seed: of the choice of landmarks.

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
    if kernel is not None and kernel.landmarks is not None:
        exact = partial(
            kernel_matrix, kernel=exact_kernel(kernel), backend=backend, panel_bytes=panel_bytes
        )
        rng, epsilon = np.random.default_rng(seed), entry_error(backend or BackendSpec())
        return approximate_matrix(X, Y if Y is None else columns, kernel, rng, exact, epsilon)
    opened = open_kernel(kernel or KernelSpec(), backend or BackendSpec(), X.shape[1])
    opened.encoder.encoding.check(X)
    opened.encoder.encoding.check(columns)
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
