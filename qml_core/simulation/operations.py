"""Operations of PennyLane as gates that the engine fuses."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pennylane.operation import Operator
from pennylane.ops.qubit.attributes import diagonal_in_z_basis

from qml_core.errors import CircuitRefused
from qml_core.simulation.gates import (
    CONSTANT,
    Array,
    Fixed,
    Flip,
    Gate,
    Phase,
    Rotation,
    Slots,
    Varying,
    pauli_rotation,
)
from qml_core.simulation.refusals import check_unitary, refuse

MAX_DENSE = 6
"""Wires up to which an operation is applied by its matrix before its decomposition is tried."""


def gates_of(operations: Iterable[Operator], slots: Slots) -> Iterator[Gate]:
    """The operations as gates; their angles go into `slots`.

    Raises:
        CircuitRefused: a measurement inside the circuit, or an operation that is not unitary.
    """
    for op in operations:
        make = _GATES.get(op.name)
        yield from make(op, slots) if make else _other(op, slots)


def wires_of(op: Operator) -> tuple[int, ...]:
    return tuple(op.wires.tolist())


def _parity(op: Operator, slots: Slots) -> Iterator[Gate]:
    """exp(−i φ Z…Z / 2)."""
    slot, value = slots.add(op.data[0])
    yield Phase(wires_of(op), slot, -0.5 * value)


def _rotation(op: Operator, slots: Slots) -> Iterator[Gate]:
    slot, value = slots.add(op.data[0])
    if slot == CONSTANT:
        yield Fixed(wires_of(op), pauli_rotation(op.name[-1], -0.5 * value))
    else:
        yield Rotation(wires_of(op)[0], op.name[-1], slot, -0.5)


def _projected_phase(op: Operator, slots: Slots) -> Iterator[Gate]:
    """exp(iφ) where all bits are 1: |1…1⟩⟨1…1| = Π (1 − Z)/2."""
    slot, value = slots.add(op.data[0])
    wires = wires_of(op)
    for size in range(len(wires) + 1):
        for chosen in itertools.combinations(wires, size):
            yield Phase(chosen, slot, value * (-1) ** size / 2 ** len(wires))


def _global_phase(op: Operator, slots: Slots) -> Iterator[Gate]:
    slot, value = slots.add(op.data[0])
    yield Phase((), slot, -value)


def _pauli_rot(op: Operator, slots: Slots) -> Iterator[Gate]:
    slot, value = slots.add(op.data[0])
    word = op.hyperparameters.get("pauli_word") or op.name.removeprefix("Ising")
    yield from _word(word, wires_of(op), slot, -0.5 * value)


def _word(word: str, wires: tuple[int, ...], slot: int, factor: float) -> Iterator[Gate]:
    """exp(i · factor · angle · word) as a phase between changes of basis."""
    pairs = [(p, w) for p, w in zip(word, wires, strict=True) if p != "I"]
    for pauli, wire in pairs:
        yield from (Fixed((wire,), m) for m in _TO_Z[pauli])
    yield Phase(tuple(wire for _, wire in pairs), slot, factor)
    for pauli, wire in pairs:
        yield from (Fixed((wire,), m.conj().T) for m in _TO_Z[pauli])


_HADAMARD = np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2)
_TO_Z: dict[str, list[Array]] = {
    "X": [_HADAMARD],
    "Y": [pauli_rotation("X", -np.pi / 4)],
    "Z": [],
}
"""V with V P V† = Z."""


def _controlled_rotation(op: Operator, slots: Slots) -> Iterator[Gate]:
    """exp(−i φ P / 2) where the control is 1: the half of it always, undone where it is 0."""
    slot, value = slots.add(op.data[0])
    control, target = wires_of(op)
    yield from (Fixed((target,), m) for m in _TO_Z[op.name[-1]])
    yield Phase((target,), slot, -0.25 * value)
    yield Phase((control, target), slot, 0.25 * value)
    yield from (Fixed((target,), m.conj().T) for m in _TO_Z[op.name[-1]])


def _flip(op: Operator, slots: Slots) -> Iterator[Gate]:
    yield Flip(op.name, wires_of(op))


def _nothing(op: Operator, slots: Slots) -> Iterator[Gate]:
    return iter(())


_GATES: dict[str, Callable[[Operator, Slots], Iterator[Gate]]] = {
    **dict.fromkeys(("RZ", "IsingZZ", "MultiRZ"), _parity),
    **dict.fromkeys(("RX", "RY"), _rotation),
    **dict.fromkeys(("PhaseShift", "U1", "ControlledPhaseShift"), _projected_phase),
    **dict.fromkeys(("PauliRot", "IsingXX", "IsingYY"), _pauli_rot),
    **dict.fromkeys(("CRX", "CRY", "CRZ"), _controlled_rotation),
    **dict.fromkeys(("CNOT", "PauliX", "SWAP"), _flip),
    **dict.fromkeys(("Identity", "Barrier", "WireCut", "Snapshot"), _nothing),
    "GlobalPhase": _global_phase,
}


def _other(op: Operator, slots: Slots) -> Iterator[Gate]:
    """By its phases, its matrix or its decomposition, whatever there is first."""
    refuse(op)
    wires = wires_of(op)
    if not any(map(_unknown, op.data)):
        yield from _known(op, wires, slots)
    elif not op.has_matrix:
        yield from gates_of(op.decomposition(), slots)
    elif not any(op.ndim_params) and (parts := _decomposition(op)):
        yield from gates_of(parts, slots)
    else:
        yield Varying(wires, op, tuple(slots.place(p) if _symbol(p) else None for p in op.data))


def _known(op: Operator, wires: tuple[int, ...], slots: Slots) -> Iterator[Gate]:
    """An operation whose parameters are numbers, or arrays of numbers for a batch of rows."""
    if op in diagonal_in_z_basis and len(wires) > 1 and op.batch_size is None:
        yield from _phases(wires, np.angle(_array(op.eigvals())))
    elif op.has_matrix and (len(wires) <= MAX_DENSE or not op.has_decomposition):
        matrix = _array(op.matrix())
        check_unitary(op, matrix)
        yield Fixed(wires, matrix if np.any(np.imag(matrix)) else np.real(matrix))
    elif op.has_decomposition:
        yield from gates_of(op.decomposition(), slots)
    else:
        raise CircuitRefused(
            f"operation {op.name} has neither a matrix nor a decomposition", "decompose it first"
        )


def _array(value: Any) -> Array:
    return np.asarray(value.numpy(force=True) if isinstance(value, torch.Tensor) else value)


def _unknown(value: Any) -> bool:
    """A symbol, or what a gradient is asked of."""
    return value.requires_grad if isinstance(value, torch.Tensor) else _symbol(value)


def _symbol(value: Any) -> bool:
    return (
        not isinstance(value, torch.Tensor)
        and np.ndim(value) == 0
        and np.asarray(value).dtype == object
    )


def _decomposition(op: Operator) -> list[Operator]:
    """Empty where PennyLane has none for a tensor or a symbol: that of `Exp` needs a number."""
    try:
        return list(op.decomposition()) if op.has_decomposition else []
    except (ImportError, TypeError):
        return []


def _phases(wires: tuple[int, ...], phases: NDArray[np.floating]) -> Iterator[Gate]:
    """Phases (2^k,) of basis states by their Walsh-Hadamard coefficients."""
    table = phases.reshape((2,) * len(wires))
    for axis in range(len(wires)):
        first, second = np.take(table, 0, axis), np.take(table, 1, axis)
        table = np.stack([first + second, first - second], axis) / 2
    for index in np.ndindex(*table.shape):
        if abs(table[index]) > 0:
            chosen = tuple(w for w, used in zip(wires, index, strict=True) if used)
            yield Phase(chosen, CONSTANT, float(table[index]))
