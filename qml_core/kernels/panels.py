"""Blocks of a kernel matrix from panels of rows, within a bound of memory."""

from collections import OrderedDict

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.kernels.encoder import States
from qml_core.kernels.opened import OpenedKernel

Array = NDArray[np.float64]

PANEL_BYTES = 2 * 2**30
"""Default memory for the state vectors kept at once."""


class Panels:
    """Representations of panels of rows, the last used ones kept within a memory bound."""

    def __init__(self, opened: OpenedKernel, panel_bytes: int = PANEL_BYTES) -> None:
        self._opened = opened
        self._room = max(1, panel_bytes // opened.row_bytes)
        self._kept: OrderedDict[tuple[int, int, int], States] = OrderedDict()
        self.rows_at_once = max(1, self._room // 3)  # two panels of a block and the work space

    def get(self, X: Array, start: int, stop: int) -> States:
        """Of rows start … stop−1 of X, which must outlive the panels."""
        key = (id(X), start, stop)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        states = self._opened.represent(X[start:stop])
        self._kept[key] = states
        while sum(len(s[0]) for s in self._kept.values()) > self._room and len(self._kept) > 1:
            self._kept.popitem(last=False)
        return states

    def entries(self, A: States, B: States) -> torch.Tensor:
        """K (n, m) of two panels."""
        return self._opened.entries(A, B)


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
            entries = panels.entries(panels.get(X, r, r_stop), panels.get(Y, c, c_stop))
            values[
                r - rows.start : r_stop - rows.start, c - columns.start : c_stop - columns.start
            ] = entries.numpy()
    return values


def mirror(block: Array) -> Array:
    """Make a diagonal block exactly symmetric from its upper triangle."""
    upper = np.triu(block)
    return upper + np.triu(block, 1).T
