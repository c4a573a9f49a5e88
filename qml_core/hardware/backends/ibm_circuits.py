"""PennyLane circuits as Qiskit's, compiled for a device, with their barriers kept."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

from qml_core.hardware.backends.ibm_folding import fold_compiled
from qml_core.hardware.gates import expand
from qml_core.hardware.mitigation.folding import Folded
from qml_core.hardware.protocol import Circuit, Counts
from qml_core.hardware.qiskit_circuits import to_qiskit

Compiled: TypeAlias = Any
"""A qiskit.QuantumCircuit on the qubits of a device, read out into the register `meas`."""

OPTIMISATION = 1
"""Qiskit's level: merges runs of one-qubit gates; what a barrier parts stays in full."""


def converted(circuit: Circuit) -> Compiled:
    """The circuit in Qiskit's gates, measured on all wires: wire i into bit i of `meas`."""
    made = to_qiskit(expand(circuit))
    made.measure_all()
    return made


def compile_circuits(
    circuits: Sequence[Circuit], device: Any, seed: int, level: int = OPTIMISATION
) -> tuple[Compiled, ...]:
    """The circuits in the device's gates, all of one width on the same physical qubits.

    Folded ones are compiled unfolded, and what the compiler made of them is folded.

    Circuits that are not alike in structure could each be placed on the qubits that suit them
    best; the readout errors of a job's circuits are corrected together, so that the placement of
    the majority holds for all.

    Args:
        device: a qiskit backend.
        seed: of the compiler's random searches.
        level: Qiskit's optimisation level.
    """
    from qiskit import transpile

    options = {"optimization_level": level, "seed_transpiler": seed, "num_processes": 1}
    written = [c.unfolded if isinstance(c, Folded) else c for c in circuits]
    raw = [converted(circuit) for circuit in written]
    compiled: list[Compiled] = transpile(raw, device, **options) if raw else []
    for n in {circuit.num_qubits for circuit in raw}:
        members = [i for i, circuit in enumerate(raw) if circuit.num_qubits == n]
        common = Counter(_placement(compiled[i]) for i in members).most_common(1)[0][0]
        for i in members:
            if _placement(compiled[i]) != common:
                placed = {"initial_layout": list(common), **options}
                compiled[i] = transpile(raw[i], device, **placed)
    same = _first_written_so(written) if any(isinstance(c, Folded) for c in circuits) else {}
    for i, asked in enumerate(circuits):
        if isinstance(asked, Folded):
            compiled[i] = fold_compiled(compiled[same[i]], asked.scale, asked.folding)
    for circuit in compiled:
        circuit.metadata = {"qubits": list(read_qubits(circuit))}  # comes back with the counts
    return tuple(compiled)


def _first_written_so(circuits: Sequence[Circuit]) -> dict[int, int]:
    """Position of each circuit to that of the first one like it.

    The compiler stops its searches by the clock: the same circuit may come out in two ways.
    """
    first: dict[int, int] = {}
    return {i: first.setdefault(circuit.hash, i) for i, circuit in enumerate(circuits)}


def _placement(compiled: Compiled) -> tuple[int, ...]:
    return tuple(compiled.layout.initial_index_layout(filter_ancillas=True))


def read_qubits(compiled: Compiled) -> tuple[int, ...]:
    """Physical qubits that wires 0 … n−1 are read from, after all swaps."""
    qubits = {
        compiled.find_bit(step.clbits[0]).index: compiled.find_bit(step.qubits[0]).index
        for step in compiled.data
        if step.operation.name == "measure"
    }
    return tuple(qubits[wire] for wire in sorted(qubits))


def duration(compiled: Compiled, target: Any) -> float:
    """Seconds of one shot, readout included, by the device's own durations.

    Where the device leaves a duration out, the sum of those it gives, as if nothing ran at the
    same time.
    """
    from qiskit.exceptions import QiskitError

    try:
        return float(compiled.estimate_duration(target, unit="s"))
    except QiskitError:
        return sum(_step_duration(compiled, step, target) for step in compiled.data)


def _step_duration(compiled: Compiled, step: Any, target: Any) -> float:
    if step.operation.name not in target.operation_names:
        return 0.0
    qubits = tuple(compiled.find_bit(qubit).index for qubit in step.qubits)
    properties = (target[step.operation.name] or {}).get(qubits)
    return float(getattr(properties, "duration", None) or 0.0)


def gate_counts(compiled: Compiled) -> tuple[int, int]:
    """Gates on one qubit that take time, and gates on two."""
    plain = [step for step in compiled.data if step.operation.name not in _NO_GATES]
    return (
        sum(len(step.qubits) == 1 for step in plain),
        sum(len(step.qubits) == 2 for step in plain),
    )


_NO_GATES = frozenset({"barrier", "measure", "delay", "reset", "rz", "id"})


def read_counts(bits: Any) -> Counts:
    """Shots by bit string, wire 0 first.

    Args:
        bits: a qiskit.primitives.BitArray; Qiskit writes its highest bit first.
    """
    return {string[::-1]: int(count) for string, count in bits.get_counts().items()}
