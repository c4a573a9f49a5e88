"""Kernel matrices that trials share, the least recently used given up first."""

from collections import OrderedDict
from collections.abc import Iterator, MutableMapping

import numpy as np
from numpy.typing import NDArray

from qml_core.specs import KernelSpec

Array = NDArray[np.float64]
KernelCache = MutableMapping[KernelSpec, Array]
"""Matrices (n, n) of the same rows on the same backend."""


class LimitedCache(KernelCache):
    """At most so many bytes of matrices, but always the last one."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[KernelSpec, Array] = OrderedDict()

    def __getitem__(self, kernel: KernelSpec) -> Array:
        found = self._kept[kernel]
        self._kept.move_to_end(kernel)
        return found

    def __setitem__(self, kernel: KernelSpec, matrix: Array) -> None:
        self._kept[kernel] = matrix
        self._kept.move_to_end(kernel)
        while len(self._kept) > 1 and sum(K.nbytes for K in self._kept.values()) > self._most:
            self._kept.popitem(last=False)

    def __delitem__(self, kernel: KernelSpec) -> None:
        del self._kept[kernel]

    def __iter__(self) -> Iterator[KernelSpec]:
        return iter(tuple(self._kept))

    def __len__(self) -> int:
        return len(self._kept)
