"""PennyLane circuits as OpenQASM for Braket, and which qubit each wire was read from.

Where a device runs PRX and CZ as written, circuits are compiled here and put into a verbatim box.
Elsewhere they are sent in abstract gates with OpenQASM's `barrier`, which Braket's compilers keep:
one that knew none would refuse the task, which costs nothing.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qml_core.hardware.backends.braket_native import Errors, NativeCircuit, compile_native
from qml_core.hardware.gates import GATES, expand, n_qubits
from qml_core.hardware.protocol import Circuit, Counts

if TYPE_CHECKING:
    from braket.circuits import Circuit as BraketCircuit

_READ = re.compile(r"b\[(\d+)\] = measure (?:q\[(\d+)\]|\$(\d+));")


def encode(circuit: Circuit, errors: Errors | None) -> "BraketCircuit":
    """A circuit of the Braket SDK with all wires measured, wire k into bit k.

    Args:
        errors: of the device's pairs of qubits, by label, for a verbatim box; None: abstract gates.

    Raises:
        CircuitRefused: an operation has no decomposition, or the circuit does not fit the device.
    """
    return _abstract(circuit) if errors is None else _verbatim(compile_native(circuit, errors))


def _abstract(circuit: Circuit) -> "BraketCircuit":
    from braket.circuits import Circuit as BraketCircuit
    from braket.circuits import Gate, Instruction

    width, made = n_qubits(circuit), BraketCircuit()
    for op in expand(circuit).operations:
        wires = [int(wire) for wire in op.wires] or list(range(width))
        if op.name == "Barrier":
            made.barrier(wires)
        else:
            gate = getattr(Gate, GATES[op.name].braket)(*map(float, op.parameters))
            made.add_instruction(Instruction(gate, wires))
    touched = {int(qubit) for qubit in made.qubits}
    for idle in sorted(set(range(width)) - touched):
        made.i(idle)
    return made.measure(range(width))


def _verbatim(native: NativeCircuit) -> "BraketCircuit":
    from braket.circuits import Circuit as BraketCircuit

    box = BraketCircuit()
    for name, angles, labels in native.gates:
        getattr(box, name)(*labels, *angles)
    for idle in sorted(set(native.read) - {int(qubit) for qubit in box.qubits}):
        box.prx(idle, 0.0, 0.0)  # only qubits with a gate can be measured
    return BraketCircuit().add_verbatim_box(box).measure(native.read)


def read_labels(source: str) -> tuple[int, ...]:
    """Label of the qubit that each bit of a program is measured from, in the order of the bits."""
    found = {int(bit): int(virtual or physical) for bit, virtual, physical in _READ.findall(source)}
    return tuple(found[bit] for bit in sorted(found))


def is_verbatim(source: str) -> bool:
    return "#pragma braket verbatim" in source


def count_bits(
    measurements: NDArray[np.int64],  # (shots, n)
    measured: Sequence[int],  # label of each column
    source: str,
) -> Counts:
    """Shots by bit string, wire 0 first, whatever the order of the columns.

    Columns with other labels than the program's are in the order of its bits, as Braket has them
    where its compiler chose the qubits.
    """
    labels = read_labels(source)
    bits = np.asarray(measurements)
    if sorted(labels) == sorted(measured):
        bits = bits[:, [list(measured).index(label) for label in labels]]
    rows, counts = np.unique(bits, axis=0, return_counts=True)
    return {
        "".join(map(str, row)): int(count) for row, count in zip(rows.tolist(), counts, strict=True)
    }


def counts_of(result: Any) -> tuple[tuple[Counts, ...], tuple[str, ...]]:
    """Counts and source of each circuit of a task's result, in the order of submission.

    Raises:
        ValueError: an executable of a program set has failed.
    """
    if not hasattr(result, "entries"):
        source = str(result.additional_metadata.action.source)
        return (count_bits(result.measurements, result.measured_qubits, source),), (source,)
    sources = tuple(str(entry.program.source) for entry in result.entries)
    failed = [i for i, entry in enumerate(result.entries) if not hasattr(entry[0], "measurements")]
    if failed:
        raise ValueError(f"circuits {failed} of {len(sources)} failed on the device")
    counts = (
        count_bits(entry[0].measurements, entry[0].measured_qubits, source)
        for entry, source in zip(result.entries, sources, strict=True)
    )
    return tuple(counts), sources
