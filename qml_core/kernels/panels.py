"""Blocks of a kernel matrix from panels of rows, within a bound of memory."""

from collections import OrderedDict
from concurrent.futures import Future
from threading import Lock

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.kernels.encoder import States
from qml_core.kernels.opened import OpenedKernel

Array = NDArray[np.float64]

Rows = tuple[int, int, int]
"""Which array, first row, row after the last."""

PANEL_BYTES = 2 * 2**30
"""Default memory for the state vectors kept at once."""


class Panels:
    """Representations of panels of rows, the last used ones kept within a memory bound.

    Threads may share them: a panel that one of them computes is waited for by the others.

    Args:
        workers: threads that evaluate blocks at the same time, each with two panels.
    """

    def __init__(
        self, opened: OpenedKernel, panel_bytes: int = PANEL_BYTES, workers: int = 1
    ) -> None:
        self._opened = opened
        self._room = max(1, panel_bytes // opened.row_bytes)
        self._kept: OrderedDict[Rows, Future[States]] = OrderedDict()
        self._lock = Lock()
        self.rows_at_once = max(1, self._room // (3 * workers))  # two panels and work space each

    def get(self, X: Array, start: int, stop: int) -> States:
        """Of rows start … stop−1 of X, which must outlive the panels."""
        key = (id(X), start, stop)
        with self._lock:
            panel = self._kept.get(key)
            ours = panel is None
            if panel is None:
                self._make_room(stop - start)
                panel = self._kept[key] = Future()
            self._kept.move_to_end(key)
        if ours:
            try:
                panel.set_result(self._opened.represent(X[start:stop]))
            except BaseException as error:
                panel.set_exception(error)
                self._kept.pop(key, None)
        return panel.result()

    def _make_room(self, rows: int) -> None:
        """Forget those used longest ago."""
        held = rows + sum(stop - start for _, start, stop in self._kept)
        while self._kept and held > self._room:
            (_, start, stop), _ = self._kept.popitem(last=False)
            held -= stop - start

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
