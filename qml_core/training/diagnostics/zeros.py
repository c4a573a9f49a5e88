"""Gradients that are zero at all angles, which are no plateau: they are left out."""

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.circuits.structure import zero_gradients
from qml_core.simulation.tape import record
from qml_core.training.diagnostics.cost import Cost
from qml_core.training.diagnostics.parametrised import Parametrised
from qml_core.training.diagnostics.sampling import gradients

_PLACES = 4
_ROUNDING = 1e-12


def structural_zeros(circuit: Parametrised, cost: Cost) -> tuple[bool, ...]:
    """(P,) whether the cost does not depend on a parameter, at any angles.

    Its gates lie outside the light cone of what is read, or commute with what follows; or the
    gradient vanishes at several generic angles, which a trigonometric polynomial does only where
    it is zero.
    """
    generic = _vanishing(circuit, cost)
    theta = torch.linspace(0.1, 1.0, circuit.n_parameters, dtype=torch.float64)
    theta.requires_grad_()
    x = torch.linspace(0.3, 0.7, circuit.n_features, dtype=torch.float64)
    operations = record(circuit, x, theta).operations
    zero = zero_gradients(operations, cost.words, cost.n_qubits)
    alive = torch.zeros(circuit.n_parameters, dtype=torch.bool)
    parametrised = [operation for operation in operations if operation.num_params]
    for operation, is_zero in zip(parametrised, zero, strict=True):
        for angle in operation.data if not is_zero else ():
            if getattr(angle, "requires_grad", False):
                (found,) = torch.autograd.grad(angle, theta, retain_graph=True)
                alive |= found != 0
    return tuple(not a or bool(g) for a, g in zip(alive.tolist(), generic, strict=True))


def _vanishing(circuit: Parametrised, cost: Cost) -> NDArray[np.bool_]:
    """(P,) whether the gradient is zero at a few angles and features without a pattern."""
    golden = (np.sqrt(5) - 1) / 2

    def spread(width: int) -> NDArray[np.float64]:
        places = np.arange(1, _PLACES * width + 1) * golden
        found: NDArray[np.float64] = (1 + 6 * (places % 1.0)).reshape(_PLACES, width)
        return found

    found = gradients(circuit, cost, spread(circuit.n_parameters), spread(circuit.n_features))
    vanishing: NDArray[np.bool_] = np.abs(found).max(axis=0) < _ROUNDING
    return vanishing
