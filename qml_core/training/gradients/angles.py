"""The circuits of rows with numbers for angles, and what each angle depends on."""

from collections.abc import Sequence

import numpy as np
import torch
from pennylane.operation import Operator
from pennylane.ops.functions import bind_new_parameters

from qml_core.errors import SpecError
from qml_core.training.functions import Array
from qml_core.training.gradients.occurrences import Occurrence, Parametrised, expanded

Tensor = torch.Tensor


class Row:
    """The circuit of one row x (d,): its gates with numbers, and the angles that shifts turn.

    Args:
        features: whether x asks for a gradient, as where the occurrences were looked for.
    """

    def __init__(
        self,
        circuit: Parametrised,
        x: Tensor,
        theta: Tensor,
        gates: Sequence[Occurrence],
        *,
        features: bool = False,
    ) -> None:
        self.x = x.detach().clone().requires_grad_(features)
        self.theta = theta.detach().clone().requires_grad_(bool(gates))
        with torch.enable_grad():
            symbolic = expanded(circuit, self.x, self.theta)
        self.operations = [_with_numbers(op) for op in symbolic]
        places = [gate.position for gate in gates]
        if places and (places[-1] >= len(symbolic) or any(not symbolic[p].data for p in places)):
            raise SpecError(
                "gradient by parameter shift asked of a circuit whose gates depend on its values",
                "choose training.gradient=spsa, or an exact backend",
            )
        self.angles = [symbolic[place].data[0] for place in places]


def _with_numbers(op: Operator) -> Operator:
    if not op.data:
        return op
    values = [p.numpy(force=True) if isinstance(p, Tensor) else np.asarray(p) for p in op.data]
    return bind_new_parameters(op, [v if v.ndim else float(v) for v in values])


def slopes(rows: Sequence[Row]) -> tuple[Array, Array]:
    """∂angle/∂theta (n, G, P) and ∂angle/∂x (n, G, d), zero where x asks for no gradient."""
    with_x = rows[0].x.requires_grad
    inputs = [row.theta for row in rows] + [row.x for row in rows if with_x]
    found = []
    for angles in zip(*(row.angles for row in rows), strict=True):
        total = torch.stack([*angles]).sum()
        found.append(torch.autograd.grad(total, inputs, retain_graph=True, materialize_grads=True))
    n, d = len(rows), len(rows[0].x)
    by_theta = np.zeros((n, len(found), len(rows[0].theta)))
    by_x = np.zeros((n, len(found), d))
    for gate, parts in enumerate(found):
        by_theta[:, gate] = torch.stack(parts[:n]).numpy()
        if with_x:
            by_x[:, gate] = torch.stack(parts[n:]).numpy()
    return by_theta, by_x
