"""Circuits whose angles are known: a tape of PennyLane, simulated once."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pennylane as qml
import torch
from pennylane.operation import Operator, StatePrepBase
from pennylane.tape import QuantumScript

from qml_core.simulation.components import components
from qml_core.simulation.gates import Fixed, Gate, Slots
from qml_core.simulation.operations import gates_of
from qml_core.simulation.precision import COMPLEX, Precision
from qml_core.simulation.program import Program
from qml_core.simulation.refusals import check_wires


def record(circuit: Callable[..., object], *arguments: Any) -> QuantumScript:
    """The tape of a quantum function, or of a QNode's, called with these arguments."""
    if isinstance(circuit, qml.QNode):  # called, it would run and queue nothing
        circuit = circuit.func
    with qml.queuing.AnnotatedQueue() as queue:
        circuit(*arguments)
    return QuantumScript.from_queue(queue)


@dataclass(frozen=True)
class Analysed:
    """The gates of a tape and the values of their angles: known numbers, (n,) where they differ."""

    gates: list[Gate]
    values: list[torch.Tensor]
    initial: torch.Tensor | None
    rows: int | None
    wants_gradient: bool

    @property
    def batched(self) -> list[bool]:
        return [value.ndim > 0 for value in self.values]

    def angles(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Shared (1, P) and varying (n, Q)."""
        shared = [v for v in self.values if not v.ndim]
        varying = [v for v in self.values if v.ndim]
        none = torch.zeros((1, 0), dtype=torch.float64)
        return (
            torch.stack(shared)[None] if shared else none,
            torch.stack(varying, dim=1) if varying else none.expand(self.rows or 1, 0),
        )


def analyse(tape: QuantumScript, n_qubits: int, device: torch.device | None = None) -> Analysed:
    """Raises CircuitRefused for a measurement inside the circuit, or what is not unitary.

    Templates may have a batch that their tape does not know of.
    """
    check_wires(tape.operations, n_qubits)
    initial, operations = split_preparation(tape.operations, n_qubits)
    slots = Slots()
    gates = list(gates_of(operations, slots))
    values = [torch.as_tensor(v, dtype=torch.float64, device=device) for v in slots.values]
    parameters = [p for op in tape.operations for p in op.data]
    wants_gradient = any(getattr(p, "requires_grad", False) for p in (*values, *parameters))
    rows = tape.batch_size or _rows(gates, values)
    return Analysed(gates, values, initial, rows, wants_gradient)


def _rows(gates: Sequence[Gate], values: Sequence[torch.Tensor]) -> int | None:
    """Rows of the batch of angles or of matrices; none where there is no batch."""
    of_angles = (len(v) for v in values if v.ndim)
    of_matrices = (len(g.matrix) for g in gates if isinstance(g, Fixed) and g.matrix.ndim == 3)
    return next(itertools.chain(of_angles, of_matrices), None)


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
    found = analyse(tape, n_qubits, device)
    program = Program(
        found.gates,
        n_qubits,
        found.batched,
        initial=found.initial,
        dtype=COMPLEX[precision],
        device=device,
    )
    differentiate = torch.is_grad_enabled() and found.wants_gradient
    states = program.states(*found.angles(), gradient if differentiate else "none")
    return states[0] if found.rows is None else states.expand(found.rows, -1)


def tape_factors(
    tape: QuantumScript, n_qubits: int, precision: Precision = "double"
) -> tuple[tuple[tuple[int, ...], torch.Tensor], ...]:
    """Wires and states (n, 2^k) of the components whose product the state is; no gradient."""
    found = analyse(tape, n_qubits)
    if found.initial is not None:
        states = tape_states(tape, n_qubits, precision)
        return ((tuple(range(n_qubits)), states.reshape(-1, 2**n_qubits)),)
    programs = [
        (wires, Program(gates, len(wires), found.batched, dtype=COMPLEX[precision]))
        for wires, gates in components(found.gates, n_qubits)
    ]
    rows = found.rows or 1
    angles = found.angles()
    return tuple((w, p.states(*angles, "none").expand(rows, -1)) for w, p in programs)


def part_qubits(tape: QuantumScript, n_qubits: int) -> tuple[int, ...]:
    """Qubits of each state that has to be simulated: those that gates join."""
    found = analyse(tape, n_qubits)
    if found.initial is not None:
        return (n_qubits,)
    return tuple(len(wires) for wires, _ in components(found.gates, n_qubits))


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
