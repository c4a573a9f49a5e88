"""Products with a stored symmetric matrix, block by block, without assembling it."""

import numpy as np
from numpy.typing import NDArray

from qml_core.references import MatrixRef
from qml_core.storage.matrices import iterate_blocks

Array = NDArray[np.float64]


class StoredMatrix:
    """K (n, n) in the store; blocks stay in memory where they fit, else each product reads them.

    Args:
        room_bytes: memory the blocks may take.
    """

    def __init__(self, ref: MatrixRef, room_bytes: int) -> None:
        self._ref = ref
        n, m = ref.shape
        stored_bytes = 8 * (n * (n + 1) // 2 if ref.symmetric else n * m)
        self._kept = list(iterate_blocks(ref)) if stored_bytes <= room_bytes else None

    def product(self, V: Array) -> Array:
        """K V for V (n,) or (n, k)."""
        result = np.zeros_like(V)
        for rows, columns, values in self._kept or iterate_blocks(self._ref):
            result[rows] += values @ V[columns]
            if self._ref.symmetric and rows != columns:
                result[columns] += values.T @ V[rows]
        return result
