"""Outputs of variational circuits that are run, and their gradients by the shift rule."""

from typing import Any

import numpy as np
import torch

from qml_core.circuits.readout import Readout
from qml_core.circuits.variational import VariationalCircuit
from qml_core.training.functions import Array, Evaluate
from qml_core.training.gradients.angles import Row, slopes
from qml_core.training.gradients.occurrences import occurrences
from qml_core.training.gradients.shift import Gradients, ShiftRule

Tensor = torch.Tensor


class MeasuredFunction:
    """A QuantumFunction whose circuits `evaluate` runs.

    One evaluation makes outputs and gradient: of each row in turn the circuit itself, then its
    shifted ones, as ShiftRule orders them; where no gradient is asked for, the circuit alone.
    The gradient goes on to features that ask for one, as those of a classical encoder do.

    Args:
        evaluate: runs circuits; it reads what `readout` says.
        trained: (P,) entries of theta that get a gradient; none: all.

    Attributes:
        evaluate: as it was given.
        gradient_errors: (P,) standard errors of theta's gradient of the last backward pass, those
            of ∂loss/∂outputs left out; none: there was none, or the values are exact.

    Raises:
        SpecError: a gate whose gradient no shift rule gives.
    """

    def __init__(
        self,
        circuit: VariationalCircuit,
        readout: Readout,
        evaluate: Evaluate,
        *,
        trained: tuple[bool, ...] | None = None,
    ) -> None:
        self._circuit, self._readout, self.evaluate = circuit, readout, evaluate
        self._trained = trained
        self._rules: dict[tuple[bool, bool], ShiftRule] = {}
        self.gradient_errors: Tensor | None = None

    def __call__(self, x: Tensor, theta: Tensor, part: str = "") -> Tensor:
        """(n, k) outputs of rows x (n, d), theta (P,), radians; float64."""
        asks = torch.is_grad_enabled()
        asked = (asks and theta.requires_grad, asks and x.requires_grad)
        rule = self._rule(*asked) if any(asked) else ShiftRule(())
        rows = [
            Row(self._circuit, own, theta, rule.gates, features=asked[1])
            for own in x.detach().unbind()
        ]
        circuits = [c for row in rows for c in rule.shifted(row.operations)]
        found = rule.combine(self.evaluate(circuits, part))
        values = torch.from_numpy(np.ascontiguousarray(found.values))
        if not any(asked):
            return values
        by_theta, by_x = slopes(rows)
        if self._trained is not None:
            by_theta = by_theta * np.array(self._trained, float)
        outputs: Tensor = _Linear.apply(x, theta, self, values, found, by_theta, by_x)  # type: ignore[no-untyped-call]
        return outputs

    def _rule(self, of_theta: bool, of_x: bool) -> ShiftRule:
        if (of_theta, of_x) not in self._rules:
            trained = self._trained if of_theta else (False,) * self._circuit.n_parameters
            found = occurrences(self._circuit, self._readout, trained, features=of_x)
            self._rules[of_theta, of_x] = ShiftRule(tuple(g for g in found if not g.zero))
        return self._rules[of_theta, of_x]


class _Linear(torch.autograd.Function):
    """Measured values with measured derivatives."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        theta: Tensor,
        function: MeasuredFunction,
        values: Tensor,
        found: Gradients,
        by_theta: Array,
        by_x: Array,
    ) -> Tensor:
        ctx.function, ctx.found, ctx.by_theta, ctx.by_x = function, found, by_theta, by_x
        return values.clone()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        by_output, found = grad.numpy(), ctx.found
        by_angle = np.einsum("nk,ngk->ng", by_output, found.derivatives)
        variances = np.einsum("nk,ngkl,nl->ng", by_output, found.covariances, by_output)
        errors = np.sqrt(np.einsum("ng,ngp->p", np.maximum(variances, 0.0), ctx.by_theta**2))
        exact = not found.covariances.any()
        ctx.function.gradient_errors = None if exact else torch.from_numpy(errors)
        of_x = np.einsum("ng,ngd->nd", by_angle, ctx.by_x) if ctx.needs_input_grad[0] else None
        of_theta = np.einsum("ng,ngp->p", by_angle, ctx.by_theta)
        return _tensor(of_x), _tensor(of_theta), None, None, None, None, None


def _tensor(array: Array | None) -> Tensor | None:
    return None if array is None else torch.from_numpy(array)
