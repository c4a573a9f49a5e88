"""Gradients of a cost at many parameters at once."""

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.simulation.circuit import Circuit
from qml_core.training.diagnostics.cost import Cost
from qml_core.training.diagnostics.parametrised import Parametrised

Array = NDArray[np.float64]

_BYTES = 2**28
"""For the states that one batch of backward passes keeps."""


def gradients(circuit: Parametrised, cost: Cost, theta: Array, x: Array) -> Array:
    """∂C/∂θ at parameters (S, P), radians, and features (S, d): (S, P), by autograd."""
    simulated = Circuit(circuit, circuit.n_qubits, (True, True))
    state_bytes = 16 * 2**circuit.n_qubits * (2 * circuit.n_parameters + 1)
    rows = max(1, _BYTES // state_bytes)
    return np.concatenate(
        [
            _batch(simulated, cost, theta[start : start + rows], x[start : start + rows])
            for start in range(0, len(theta), rows)
        ]
    )


def _batch(circuit: Circuit, cost: Cost, theta: Array, x: Array) -> Array:
    parameters = torch.tensor(theta, requires_grad=True)
    total = cost(circuit.states(torch.from_numpy(np.array(x)), parameters)).sum()
    (found,) = torch.autograd.grad(total, parameters)
    gradient: Array = found.numpy()
    return gradient
