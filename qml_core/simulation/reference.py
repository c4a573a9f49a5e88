"""State vectors from PennyLane's own simulators: slow, and the reference for ours."""

from collections.abc import Callable

import numpy as np
import pennylane as qml
import torch
from numpy.typing import NDArray


def reference_states(
    circuit: Callable[[NDArray[np.float64]], None],
    X: NDArray[np.float64],  # (n, d)
    n_qubits: int,
    device: str,
    dtype: torch.dtype = torch.complex128,
) -> torch.Tensor:
    """(n, 2^n_qubits) state vectors, one circuit per row, on a device of PennyLane."""
    options = {"c_dtype": np.complex64} if dtype == torch.complex64 else {}
    simulator = qml.device(device, wires=n_qubits, **options)

    @qml.qnode(simulator, diff_method=None)  # type: ignore[untyped-decorator]
    def state(x: NDArray[np.float64]) -> qml.measurements.StateMP:
        circuit(x)
        return qml.state()

    return torch.from_numpy(np.stack([np.asarray(state(x)) for x in X])).to(dtype)
