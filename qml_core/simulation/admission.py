"""What the device runs: checks of a tape before anything is simulated, and why it refuses."""

from collections.abc import Callable
from typing import Any

from pennylane import measurements as mp
from pennylane.exceptions import DeviceError
from pennylane.operation import Channel, Operator
from pennylane.tape import QuantumScript
from pennylane.transforms import broadcast_expand, transform

from qml_core.errors import CircuitRefused
from qml_core.simulation.memory import WORK_SPACE, check_memory, gib

NAME = "qml.batched"

Transformed = tuple[tuple[QuantumScript, ...], Callable[[Any], Any]]

_INSIDE = {"MidMeasure", "MidMeasureMP", "PauliMeasure", "Conditional"}
_PROJECTS = {"Projector", "Hermitian", "SparseHamiltonian"}
_OF_MATRICES = (mp.DensityMatrixMP, mp.PurityMP, mp.VnEntropyMP, mp.MutualInfoMP)


class UnsupportedCircuit(CircuitRefused, DeviceError):  # type: ignore[misc]
    """Refused by the device; PennyLane's own tools know it as a DeviceError."""


@transform  # type: ignore[untyped-decorator]
def only_unitary(tape: QuantumScript) -> Transformed:
    """The tape as it is.

    Raises:
        UnsupportedCircuit: a measurement inside the circuit, a channel, or an operation that is
            not unitary.
    """
    for op in tape.operations:
        _check_unitary(op)
    return (tape,), _first


def _check_unitary(op: Operator) -> None:
    if op.name in _INSIDE:
        raise UnsupportedCircuit(
            f"{NAME} runs circuits without measurements inside, found {op.name}, not supported",
            "use the device default.qubit, or defer them yourself with qml.defer_measurements",
        )
    if isinstance(op, Channel) or op.name == "QubitDensityMatrix":
        raise UnsupportedCircuit(
            f"{NAME} simulates pure states, found {op.name}, not supported",
            "use the device default.mixed",
        )
    if op.name in _PROJECTS:
        raise UnsupportedCircuit(
            f"{NAME} applies unitary operations, found {op.name}, not supported",
            "measure it at the end, or use the device default.qubit for a projection",
        )


@transform  # type: ignore[untyped-decorator]
def within_memory(tape: QuantumScript, memory_bytes: int, amplitude_bytes: int) -> Transformed:
    """The tape as it is.

    Raises:
        CircuitRefused: its states and work space, or a reduced density matrix, do not fit.
    """
    check_memory(tape.num_wires, amplitude_bytes, memory_bytes, NAME)
    rows = tape.batch_size or 1
    states = rows * WORK_SPACE * amplitude_bytes << tape.num_wires
    _check(f"{rows} states of {tape.num_wires} qubits", states, memory_bytes, "a smaller batch")
    for m in tape.measurements:
        if isinstance(m, _OF_MATRICES):
            size = rows * amplitude_bytes * 4 ** len(m.wires)
            _check(f"density matrices of {len(m.wires)} wires", size, memory_bytes, "fewer wires")
    return (tape,), _first


def _check(what: str, needed: int, limit: int, less: str) -> None:
    if needed > limit:
        raise UnsupportedCircuit(
            f"{what} on {NAME} need {gib(needed)}, {gib(limit)} may be used",
            f"use {less}, or give more with QML_MEMORY_BYTES",
        )


@transform  # type: ignore[untyped-decorator]
def one_row_where_shadows(tape: QuantumScript) -> tuple[Any, Callable[[Any], Any]]:
    """A tape for each row of the batch where classical shadows are measured: they know no batch."""
    if any(isinstance(m, mp.ClassicalShadowMP | mp.ShadowExpvalMP) for m in tape.measurements):
        expanded: tuple[Any, Callable[[Any], Any]] = broadcast_expand(tape)
        return expanded
    return (tape,), _first


def _first(results: Any) -> Any:
    return results[0]
