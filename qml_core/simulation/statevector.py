"""State vectors of a batch of rows, without a gradient."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.simulation.circuit import Circuit
from qml_core.simulation.precision import Precision


@torch.no_grad()
def state_vectors(
    circuit: Callable[[NDArray[np.float64]], None],
    X: NDArray[np.float64],  # (n, d)
    n_qubits: int,
    precision: Precision = "double",
) -> torch.Tensor:
    """Encode every row: (n, 2^n_qubits) state vectors, wire 0 the most significant bit.

    Args:
        circuit: a PennyLane quantum function of a row (d,) or a batch of rows (n, d).
    """
    return Circuit(circuit, n_qubits, precision=precision).states(X)
