"""What a Braket device allows in one task, read from its capabilities, and what a job breaks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qml_core.errors import CircuitRefused
from qml_core.hardware.backends.braket_calibration import qubit_labels
from qml_core.hardware.backends.braket_native import NATIVE, placement
from qml_core.hardware.gates import GATES, expand, n_qubits
from qml_core.hardware.protocol import Circuit, Violation
from qml_core.references import Calibration

PROGRAM = "braket.ir.openqasm.program"
PROGRAM_SET = "braket.ir.openqasm.program_set"


@dataclass(frozen=True)
class Limits:
    """Of one task."""

    qubits: int
    shots: tuple[int, int]
    """Least and most of each circuit."""
    gates: frozenset[str]
    """OpenQASM names of what may stand outside a verbatim box."""
    circuits: int
    total_shots: tuple[int, int]
    verbatim: bool
    """Whether circuits are compiled here: the device runs PRX and CZ as written."""

    @property
    def program_sets(self) -> bool:
        return self.circuits > 1


def read_limits(capabilities: Any) -> Limits:
    """From DeviceCapabilities of the SDK's schemas.

    Raises:
        CircuitRefused: the device runs no OpenQASM, so it is no gate-based one.
    """
    actions = {getattr(key, "value", key): value for key, value in capabilities.action.items()}
    if PROGRAM not in actions:
        raise CircuitRefused("a gate-based device asked, found one that runs no OpenQASM")
    program, programs = actions[PROGRAM], actions.get(PROGRAM_SET)
    least, most = capabilities.service.shotsRange
    natives = {str(gate).lower() for gate in getattr(capabilities.paradigm, "nativeGateSet", ())}
    pragmas = {str(pragma).lower() for pragma in program.supportedPragmas or ()}
    total = (least, most)
    if programs:
        total = (getattr(programs, "minimumTotalShots", None) or least, programs.maximumTotalShots)
    return Limits(
        qubits=capabilities.paradigm.qubitCount,
        shots=(least, most),
        gates=frozenset(str(gate).lower() for gate in program.supportedOperations),
        circuits=programs.maximumExecutables if programs else 1,
        total_shots=total,
        verbatim="verbatim" in pragmas and natives >= NATIVE,
    )


def pair_errors(capabilities: Any, calibration: Calibration) -> Mapping[tuple[int, int], float]:
    """Error of the gate of each pair of neighbours, by label; 1 where nobody knows it.

    A pair stands in the order in which the device lists it, and only once.
    """
    labels = qubit_labels(capabilities)
    known = {frozenset(labels[w] for w in gate.wires): gate.error for gate in calibration.gates}
    listed: dict[tuple[int, int], float] = {}
    graph = getattr(capabilities.paradigm.connectivity, "connectivityGraph", None) or {}
    for start, ends in graph.items():
        for end in ends:
            pair = (int(start), int(end))
            if pair[::-1] not in listed and {*pair} <= {*labels}:
                listed[pair] = known.get(frozenset(pair), 1.0)
    return listed


def violations(
    circuits: Sequence[Circuit],
    shots: int,
    limits: Limits,
    errors: Mapping[tuple[int, int], float],
) -> tuple[Violation, ...]:
    """All of a job, each said once."""
    found = [*_of_job(len(circuits), shots, limits)]
    for circuit in circuits:
        found += _of_circuit(circuit, limits, errors)
    return tuple(dict.fromkeys(found))


def _of_job(circuits: int, shots: int, limits: Limits) -> Iterator[Violation]:
    least, most = limits.shots
    if not least <= shots <= most:
        yield Violation("shots", f"{shots} shots asked, the device takes {least} to {most}")
    if not 1 <= circuits <= limits.circuits:
        why = "" if limits.program_sets else ", since the device takes no program sets"
        limit = f"a task holds 1 to {limits.circuits}{why}"
        yield Violation("circuits", f"{circuits} circuits asked, {limit}")
    least, most = limits.total_shots
    if limits.program_sets and not least <= circuits * shots <= most:
        asked = f"{circuits} circuits × {shots} shots asked"
        yield Violation("shots", f"{asked}, a program set takes {least} to {most} in all")


def _of_circuit(
    circuit: Circuit, limits: Limits, errors: Mapping[tuple[int, int], float]
) -> Iterator[Violation]:
    width = n_qubits(circuit)
    if width > limits.qubits:
        yield Violation("qubits", f"{width} qubits asked, the device has {limits.qubits}")
    angles = [angle for op in circuit.operations for angle in op.parameters]
    if not all(np.all(np.isfinite(np.abs(np.asarray(angle)))) for angle in angles):
        yield Violation("angles", "finite angles asked, found NaN or infinity")
        return
    try:
        names = {op.name for op in expand(circuit).operations} - {"Barrier"}
    except CircuitRefused as error:
        yield Violation("gates", error.message)
        return
    if limits.verbatim and width <= limits.qubits:
        yield from _unplaced(width, errors)
    elif not limits.verbatim:
        missing = sorted({GATES[name].braket.lower() for name in names} - limits.gates)
        if missing:
            yield Violation("gates", f"gates {', '.join(missing)} asked, the device has none such")


def _unplaced(width: int, errors: Mapping[tuple[int, int], float]) -> Iterator[Violation]:
    try:
        placement(width, errors)
    except CircuitRefused as error:
        yield Violation("connectivity", error.message)
