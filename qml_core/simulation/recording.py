"""Tapes of a quantum function that needs values: one of the whole batch, or one of each row.

A function may read all rows at once where it means those of one: it compares, it normalises, it
writes x[0] for the first feature. Its batch is believed where up to CHECKED rows, each on its own,
give the same gates and angles.
"""

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from pennylane.operation import Operator
from pennylane.tape import QuantumScript

from qml_core.simulation.tape import record

CHECKED = 8
"""Rows compared with the batch: spread evenly, all of a smaller one."""

_SAME_ANGLE = 1e-9


def record_rows(
    function: Callable[..., object], arguments: Sequence[Any], batched: Sequence[bool], n: int
) -> list[QuantumScript]:
    """One tape with a batch of n rows, or n tapes of a row each.

    Args:
        arguments: arrays or tensors, (n, …) where batched.
    """
    alone = partial(_row, function, arguments, batched)
    if n > 1:
        with contextlib.suppress(Exception):  # it is then called row by row, and may say why
            together = record(function, *arguments)
            chosen = np.linspace(0, n - 1, min(n, CHECKED)).astype(int)
            if together.batch_size == n and all(_agrees(together, alone(k), k) for k in chosen):
                return [together]
    return [alone(k) for k in range(n)]


def _row(
    function: Callable[..., object], arguments: Sequence[Any], batched: Sequence[bool], k: int
) -> QuantumScript:
    """The tape of one row; of a batch of one where the function asks for a batch, as x[:, 0]."""
    rows = [a[k] if b else a for a, b in zip(arguments, batched, strict=True)]
    try:
        return record(function, *rows)
    except Exception as error:
        batch = [a[k : k + 1] if b else a for a, b in zip(arguments, batched, strict=True)]
        try:
            return record(function, *batch)
        except Exception:
            raise error from None


def _agrees(together: QuantumScript, alone: QuantumScript, row: int) -> bool:
    pairs = zip(together.operations, alone.operations, strict=False)
    same_length = len(together.operations) == len(alone.operations)
    return same_length and all(_same(a, b, row) for a, b in pairs)


def _same(batch: Operator, single: Operator, row: int) -> bool:
    """Whether the row of an operation with a batch is the operation of that row."""
    if batch.name != single.name or batch.wires != single.wires:
        return False
    if not all(_same_setting(batch, single, name, row) for name in batch.hyperparameters):
        return False
    pairs = zip(batch.data, single.data, strict=True)
    return all(_same_value(_array(p), _array(q), row) for p, q in pairs)


def _same_setting(batch: Operator, single: Operator, name: str, row: int) -> bool:
    a, b = batch.hyperparameters[name], single.hyperparameters.get(name)
    if isinstance(a, Operator) and isinstance(b, Operator):
        return _same(a, b, row)
    return bool(np.all(a == b))


def _same_value(batch: torch.Tensor, single: torch.Tensor, row: int) -> bool:
    if batch.shape != single.shape:
        single = single[0] if single.ndim == batch.ndim else single
        batch = batch[row]
    near = partial(torch.allclose, rtol=_SAME_ANGLE, atol=_SAME_ANGLE, equal_nan=True)
    return batch.shape == single.shape and near(batch, single)


def _array(value: Any) -> torch.Tensor:
    return torch.as_tensor(value).detach().to("cpu", torch.complex128)
