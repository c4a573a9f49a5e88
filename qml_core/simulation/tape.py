"""Circuits whose angles are known: a tape of PennyLane, simulated once."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import pennylane as qml
import torch
from pennylane.operation import Operator, StatePrepBase
from pennylane.tape import QuantumScript

from qml_core.simulation.gates import Slots
from qml_core.simulation.operations import gates_of
from qml_core.simulation.precision import COMPLEX, Precision
from qml_core.simulation.program import Program


def record(circuit: Callable[..., object], *arguments: Any) -> QuantumScript:
    """The tape of a quantum function called with these arguments."""
    with qml.queuing.AnnotatedQueue() as queue:
        circuit(*arguments)
    return QuantumScript.from_queue(queue)


def tape_states(
    tape: QuantumScript,
    n_qubits: int,
    precision: Precision = "double",
    *,
    gradient: Literal["autograd", "adjoint"] = "autograd",
    device: torch.device | None = None,
) -> torch.Tensor:
    """State of a tape on wires 0 … n_qubits−1: (2^n_qubits,), or (batch, 2^n_qubits).

    A gradient asked of a torch parameter goes through; the amplitudes of a real circuit are real.

    Args:
        gradient: whether the states on the way are kept for it, or un-computed.

    Raises:
        CircuitRefused: a measurement inside the circuit, or an operation that is not unitary.
    """
    initial, operations = split_preparation(tape.operations, n_qubits)
    slots = Slots()
    gates = list(gates_of(operations, slots))
    values = [torch.as_tensor(v, dtype=torch.float64, device=device) for v in slots.values]
    batched = [value.ndim > 0 for value in values]
    program = Program(
        gates, n_qubits, batched, initial=initial, dtype=COMPLEX[precision], device=device
    )
    differentiate = torch.is_grad_enabled() and (
        any(v.requires_grad for v in values) or any(_parameters_want_gradient(tape))
    )
    shared = [v for v, b in zip(values, batched, strict=True) if not b]
    varying = [v for v, b in zip(values, batched, strict=True) if b]
    states = program.states(
        torch.stack(shared)[None] if shared else _none(1, device),
        torch.stack(varying, dim=1) if varying else _none(tape.batch_size or 1, device),
        gradient if differentiate else "none",
    )
    if tape.batch_size is None:
        return states[0]
    return states.expand(tape.batch_size, -1)


def _none(rows: int, device: torch.device | None) -> torch.Tensor:
    return torch.zeros((rows, 0), dtype=torch.float64, device=device)


def _parameters_want_gradient(tape: QuantumScript) -> list[bool]:
    return [getattr(p, "requires_grad", False) for op in tape.operations for p in op.data]


def split_preparation(
    operations: Sequence[Operator], n_qubits: int
) -> tuple[torch.Tensor | None, Sequence[Operator]]:
    """What the first operation prepares, (2^n_qubits,) or (n, 2^n_qubits), and the other ones."""
    if not operations or not isinstance(operations[0], StatePrepBase):
        return None, operations
    vector = operations[0].state_vector(wire_order=range(n_qubits))
    if not isinstance(vector, torch.Tensor):
        vector = torch.from_numpy(np.ascontiguousarray(vector))
    state = vector.reshape(*vector.shape[: vector.ndim - n_qubits], 2**n_qubits)
    if state.is_complex() and not state.requires_grad and not torch.any(state.imag):
        state = state.real
    return state, operations[1:]
