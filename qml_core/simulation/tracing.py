"""A quantum function called once, with symbols: its gates, and its angles as polynomials."""

import math
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any

import torch

from qml_core.simulation.components import components, largest
from qml_core.simulation.gates import Gate, Slots
from qml_core.simulation.operations import gates_of
from qml_core.simulation.polynomials import Polynomial, PolynomialTable, symbols
from qml_core.simulation.program import Program
from qml_core.simulation.refusals import check_wires
from qml_core.simulation.tape import record

Factor = tuple[tuple[int, ...], torch.Tensor]
"""Wires and their states (n, 2^k)."""

Shapes = tuple[tuple[int, ...], ...]


def trace(
    function: Callable[..., object],
    n_qubits: int,
    shapes: Shapes,
    batched: Sequence[bool],
    dtype: torch.dtype,
    device: torch.device,
) -> "TracedCircuit | None":
    """The circuit of arguments of these shapes (of one row); none where it needs their values."""
    first, arguments, variables = 0, [], []  # type: int, list[Any], list[bool]
    for shape, by_row in zip(shapes, batched, strict=True):
        arguments.append(symbols(shape, first))
        variables += [by_row] * math.prod(shape)
        first += math.prod(shape)
    slots = Slots()
    try:
        operations = record(function, *arguments).operations
        check_wires(operations, n_qubits)
        gates = list(gates_of(operations, slots))
        angles = [v if isinstance(v, Polynomial) else _constant(v) for v in slots.values]
    except Exception:  # whatever a function does with values: it will be called with them
        return None
    table = PolynomialTable(angles, variables, device)
    return TracedCircuit(gates, n_qubits, table, batched, dtype, device)


def _constant(value: Any) -> Polynomial:
    if getattr(value, "requires_grad", False):
        raise TypeError("a tensor that a gradient is asked of is no constant")
    return Polynomial({(): float(value)})


class TracedCircuit:
    """A traced circuit: its gates, and its angles as polynomials of the arguments."""

    def __init__(
        self,
        gates: Sequence[Gate],
        n_qubits: int,
        table: PolynomialTable,
        batched: Sequence[bool],
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        self._gates, self._n_qubits = gates, n_qubits
        self._table, self._batched = table, batched
        self._program = partial(Program, batched=table.batched, dtype=dtype, device=device)

    @cached_property
    def _whole(self) -> Program:
        return self._program(self._gates, self._n_qubits)

    @cached_property
    def _parts(self) -> list[tuple[tuple[int, ...], Program]]:
        found = components(self._gates, self._n_qubits)
        return [(wires, self._program(gates, len(wires))) for wires, gates in found]

    @property
    def largest(self) -> int:
        return largest(self._gates, self._n_qubits)

    def states(self, tensors: Sequence[torch.Tensor], mode: str) -> torch.Tensor:
        return self._whole.states(*self._angles(tensors), mode)

    def factors(self, tensors: Sequence[torch.Tensor]) -> list[Factor]:
        angles = self._angles(tensors)
        return [(wires, program.states(*angles, "none")) for wires, program in self._parts]

    def _angles(self, tensors: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        pairs = list(zip(tensors, self._batched, strict=True))
        by_row = [t.flatten(1) if t.ndim > 1 else t[:, None] for t, b in pairs if b]
        shared = [t.reshape(1, -1) for t, b in pairs if not b]
        return self._table.evaluate(_joined(by_row), _joined(shared))


def _joined(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    if len(parts) == 1:
        return parts[0]
    return torch.cat([*parts], dim=1) if parts else torch.zeros((1, 0), dtype=torch.float64)
