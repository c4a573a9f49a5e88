"""What a device could not do of a job, found before anything is submitted; all of it at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qml_core.backend_names import JobLimits
from qml_core.errors import CircuitRefused, DataError
from qml_core.hardware.gates import form, is_custom, n_qubits
from qml_core.hardware.protocol import Circuit, Violation

Compile = Callable[[Sequence[Circuit]], Sequence[Circuit]]


@dataclass(frozen=True)
class DeviceLimits:
    """What a device takes; None: it does not say."""

    qubits: int
    job: JobLimits
    min_shots: int = 1
    depth: int | None = None
    """Of a compiled circuit, layers of gates."""
    two_qubit: int | None = None
    """Gates on two or more qubits of a compiled circuit."""
    gates: frozenset[str] | None = None
    """PennyLane's names of what a compiled circuit may hold."""
    coupling: frozenset[tuple[int, int]] | None = None
    """Pairs of qubits that a gate may join, in either order; None: all."""
    custom_gates: bool = False
    """Whether unitary matrices may be gates."""


def validate(
    circuits: Sequence[Circuit],
    shots: int,
    limits: DeviceLimits,
    compile_circuits: Compile | None = None,
) -> tuple[Violation, ...]:
    """Every violation of a job of `shots` of each circuit; a rule broken by many is named once.

    Args:
        compile_circuits: to the device's gates; one circuit of each structure is compiled. None:
            the circuits are compiled already.
    """
    written = [tuple(_as_written(circuit, limits)) for circuit in circuits]
    by_circuit = [(k, violation) for k, found in enumerate(written) for violation in found]
    alike: dict[object, list[int]] = {}
    for k, found in enumerate(written):
        if not found:
            alike.setdefault(structure(circuits[k]), []).append(k)
    for group in alike.values():
        violations = _after_compiling(circuits[group[0]], limits, compile_circuits)
        by_circuit += [(k, violation) for violation in violations for k in group]
    return (*_of_job(len(circuits), shots, limits), *_one_of_each_rule(by_circuit))


def refuse(violations: Sequence[Violation]) -> None:
    """Raise CircuitRefused that names every violation; nothing where there is none."""
    if violations:
        raise CircuitRefused(
            "; ".join(f"{violation.rule}: {violation.message}" for violation in violations),
            "change what is named, or choose a backend that allows it",
        )


def structure(circuit: Circuit) -> tuple[object, ...]:
    """What two circuits have in common that differ in nothing but angles."""
    return (n_qubits(circuit), *(form(op) for op in circuit.operations))


def depth(circuit: Circuit) -> int:
    """Layers of gates; a barrier lets no gate of its wires past, and is none itself."""
    reached: dict[Any, int] = {}
    for op in circuit.operations:
        layer = max((reached.get(wire, 0) for wire in op.wires), default=0)
        layer += op.name != "Barrier"
        reached.update(dict.fromkeys(op.wires, layer))
    return max(reached.values(), default=0)


def _of_job(count: int, shots: int, limits: DeviceLimits) -> Iterator[Violation]:
    job = limits.job
    if not limits.min_shots <= shots <= job.shots:
        yield Violation("shots", f"{shots} of each circuit, {limits.min_shots} to {job.shots}")
    if not 1 <= count <= job.circuits:
        yield Violation("circuits", f"{count} in one job, 1 to {job.circuits}")
    if count * shots > job.executions:
        yield Violation(
            "executions", f"{count} circuits × {shots} shots in one job, at most {job.executions}"
        )


def _as_written(circuit: Circuit, limits: DeviceLimits) -> Iterator[Violation]:
    wires = circuit.wires.tolist()
    strange = [w for w in wires if not isinstance(w, int | np.integer) or w < 0]
    if strange or not wires:
        yield Violation("qubits", f"wires {wires}, asked for 0 … n−1")
    elif n_qubits(circuit) > limits.qubits:
        yield Violation("qubits", f"{n_qubits(circuit)}, at most {limits.qubits}")
    if circuit.batch_size is not None:
        yield Violation("angles", f"{circuit.batch_size} rows in one circuit, at most 1")
    wrong = [op.name for op in circuit.operations if not _finite(op.parameters)]
    if wrong:
        yield Violation("angles", f"not finite in {', '.join(dict.fromkeys(wrong))}")
    custom = [op.name for op in circuit.operations if not limits.custom_gates and is_custom(op)]
    if custom:
        yield Violation("gates", f"custom: {', '.join(dict.fromkeys(custom))}; named ones asked")


def _finite(parameters: Sequence[object]) -> bool:
    try:
        return all(np.all(np.isfinite(np.asarray(p, dtype=np.complex128))) for p in parameters)
    except (TypeError, ValueError):  # symbols
        return False


def _after_compiling(
    circuit: Circuit, limits: DeviceLimits, compile_circuits: Compile | None
) -> list[Violation]:
    try:
        compiled = compile_circuits([circuit])[0] if compile_circuits else circuit
    except (CircuitRefused, DataError) as error:
        return [Violation("gates", error.message)]
    return list(_compiled(compiled, limits))


def _compiled(circuit: Circuit, limits: DeviceLimits) -> Iterator[Violation]:
    operations = [op for op in circuit.operations if op.name != "Barrier"]
    joining = [op for op in operations if len(op.wires) > 1]
    layers = depth(circuit)
    if limits.depth is not None and layers > limits.depth:
        yield Violation("depth", f"{layers} layers, at most {limits.depth}")
    if limits.two_qubit is not None and len(joining) > limits.two_qubit:
        yield Violation("two_qubit", f"{len(joining)} gates, at most {limits.two_qubit}")
    names = {op.name for op in operations}
    if limits.gates is not None and not names <= limits.gates:
        foreign, native = sorted(names - limits.gates), sorted(limits.gates)
        yield Violation("gates", f"{', '.join(foreign)}; native are {', '.join(native)}")
    pairs = {tuple(op.wires) for op in joining}
    if limits.coupling is not None:
        apart = sorted(p for p in pairs if not {p, p[::-1]} & limits.coupling)
        if apart:
            yield Violation("connectivity", f"gates on {', '.join(map(str, apart))}, not joined")


def _one_of_each_rule(found: Sequence[tuple[int, Violation]]) -> Iterator[Violation]:
    """The first violation of each rule and kind, with the number of circuits that share it."""
    circuits: dict[Violation, list[int]] = {}
    for k, violation in sorted(found, key=lambda item: item[0]):
        circuits.setdefault(violation, []).append(k)
    for violation, where in circuits.items():
        more = f" and {len(where) - 1} more" if len(where) > 1 else ""
        yield Violation(violation.rule, f"circuit {where[0]}{more}: {violation.message}")
