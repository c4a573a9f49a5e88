"""What a quantum layer reads of its states: expectation values of Pauli sums, and probabilities."""

from collections.abc import Callable
from itertools import groupby
from typing import Any

import pennylane as qml
import torch
from pennylane.measurements import ExpectationMP, MeasurementProcess, ProbabilityMP

from qml_core.errors import CircuitRefused
from qml_core.simulation.observables import PauliSum, pauli_sum
from qml_core.simulation.refusals import check_wires

Reading = Callable[[torch.Tensor], torch.Tensor]
"""From states (n, 2^n_qubits) to columns (n, w)."""


class Outputs:
    """The measurements that a quantum function returns, in their order.

    Args:
        returned: one measurement, or a list or tuple of them.

    Raises:
        CircuitRefused: something else is returned, or an observable that is no sum of Pauli words
            or whose coefficients a gradient is asked of.
    """

    def __init__(self, returned: Any, n_qubits: int, device: torch.device) -> None:
        self.single = isinstance(returned, MeasurementProcess)
        measurements = [returned] if self.single else _listed(returned)
        parts = [_part(m, n_qubits, device) for m in measurements]
        self._readings: list[Reading] = []
        for _, group in groupby(parts, lambda part: isinstance(part, torch.Tensor)):
            self._readings += _readings(list(group))
        self.scalar = self.single and isinstance(returned, ExpectationMP)

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        """(n, k) of states (n, 2^n_qubits), real."""
        columns = [reading(states) for reading in self._readings]
        return columns[0] if len(columns) == 1 else torch.cat(columns, dim=1)


def _readings(parts: list[torch.Tensor | Reading]) -> list[Reading]:
    """Diagonals in a row are read together."""
    diagonals = [part for part in parts if isinstance(part, torch.Tensor)]
    if diagonals:
        return [_diagonal(torch.stack(diagonals, dim=1))]
    return [part for part in parts if not isinstance(part, torch.Tensor)]


def _listed(returned: Any) -> list[MeasurementProcess]:
    if isinstance(returned, (list, tuple)) and returned:
        for measurement in returned:
            if not isinstance(measurement, MeasurementProcess):
                raise _refused(measurement)
        return list(returned)
    raise _refused(returned)


def _refused(found: Any) -> CircuitRefused:
    return CircuitRefused(
        f"a quantum layer returns qml.expval of Pauli sums and qml.probs, found {found!r:.80}",
        "return a measurement, or a list of them",
    )


def _part(measurement: Any, n_qubits: int, device: torch.device) -> torch.Tensor | Reading:
    """The diagonal (2^n_qubits,) of a diagonal observable, otherwise how it is read."""
    if isinstance(measurement, ExpectationMP) and measurement.obs is not None:
        if any(getattr(p, "requires_grad", False) for p in measurement.obs.data):
            raise CircuitRefused(
                f"the coefficients of {measurement.obs!r:.80} depend on inputs or weights",
                "multiply the outputs by them after the layer",
            )
        terms = pauli_sum(measurement.obs, n_qubits, device)
        return terms.diagonals[0].real if terms.flips == (0,) else _pauli(terms)
    if isinstance(measurement, ProbabilityMP) and measurement.obs is None and not measurement.mv:
        return _probabilities(measurement, n_qubits)
    raise _refused(measurement)


def _pauli(terms: PauliSum) -> Reading:
    return lambda states: terms.expectation(states)[:, None]


def _probabilities(measurement: ProbabilityMP, n_qubits: int) -> Reading:
    check_wires([qml.Identity(w) for w in measurement.wires], n_qubits)
    wires = list(measurement.wires) or list(range(n_qubits))
    others = [w for w in range(n_qubits) if w not in wires]

    def read(states: torch.Tensor) -> torch.Tensor:
        squares = _squares(states)
        kept = squares.reshape(-1, *[2] * n_qubits).permute(0, *(1 + w for w in wires + others))
        return kept.reshape(len(states), 2 ** len(wires), -1).sum(dim=2)

    return read


def _diagonal(diagonals: torch.Tensor) -> Reading:
    """Of diagonals (2^n_qubits, k)."""

    def read(states: torch.Tensor) -> torch.Tensor:
        own = diagonals.to(states.real.dtype)
        found: torch.Tensor = _Diagonals.apply(states, own)  # type: ignore[no-untyped-call]
        return found

    return read


def _squares(states: torch.Tensor) -> torch.Tensor:
    if not states.is_complex():
        return states.square()
    return torch.view_as_real(states).square().sum(dim=2)


class _Diagonals(torch.autograd.Function):
    """Σ_z |ψ_z|² d_zk; its gradient is 2 ψ_z Σ_k d_zk g_k."""

    @staticmethod
    def forward(ctx: Any, states: torch.Tensor, diagonals: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(states, diagonals)
        return _squares(states) @ diagonals

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        states, diagonals = ctx.saved_tensors
        return states * (2 * (grad @ diagonals.T)), None
