"""Compute-uncompute circuits of kernel entries, and which entries a block measures.

|⟨φ(y)|φ(x)⟩|² is the probability of reading 0…0 after U†(y) U(x) on |0…0⟩ (Havlíček et al. 2019,
arXiv:1804.11326). A barrier stands between the two halves: without it a compiler turns the circuits
of the diagonal into nothing, and what the diagonal tells of the noise is lost.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.operation import Operation
from pennylane.ops.functions import bind_new_parameters
from pennylane.tape import QuantumScript

from qml_core.circuits.encodings import OpenEncoding
from qml_core.errors import CircuitRefused, JobFailed
from qml_core.hardware.inverse import BARRIER, inverted
from qml_core.hardware.protocol import Circuit, Counts
from qml_core.kernels.blocks import block_slices
from qml_core.references import BlockIndex, KernelPlan

Array = NDArray[np.float64]
Entries = NDArray[np.int64]

GATES = ("Hadamard", "RX", "RY", "RZ", "CNOT")
"""Gates that every backend compiles from."""

_PHASE = "GlobalPhase"


def pair_circuit(
    encoding: OpenEncoding,
    x: Array,  # (d,)
    y: Array,  # (d,)
    gates: Sequence[str] = GATES,
) -> Circuit:
    """U†(y) U(x) with a barrier between, in `gates`, read out on all wires.

    Raises:
        CircuitRefused: the encoding has an operation without a decomposition into `gates`.
        DataError: the encoding was opened for another number of features.
    """
    undone = inverted(row_gates(encoding, y, gates))
    return _joined(row_gates(encoding, x, gates), undone, encoding.n_qubits)


def pair_circuits(
    encoding: OpenEncoding,
    X: Array,  # (n, d)
    Y: Array,  # (m, d)
    entries: Entries,  # (k, 2), row of X and row of Y
    gates: Sequence[str] = GATES,
) -> tuple[Circuit, ...]:
    """The circuits of `entries` in their order, each row being decomposed once."""
    firsts = _gates_of_rows(encoding, X, entries[:, 0], gates)
    seconds = firsts if Y is X else {}
    missing = [j for j in np.unique(entries[:, 1]) if int(j) not in seconds]
    seconds = {**seconds, **_gates_of_rows(encoding, Y, np.array(missing, np.int64), gates)}
    undone = {int(j): inverted(seconds[int(j)]) for j in np.unique(entries[:, 1])}
    n = encoding.n_qubits
    return tuple(_joined(firsts[int(i)], undone[int(j)], n) for i, j in entries)


def mirrored_circuit(circuit: Circuit, gates: Sequence[str] = GATES) -> Circuit:
    """U†U with a barrier between, in `gates`, read out on all wires: 0…0 with probability 1.

    Args:
        circuit: U on wires 0 … n−1; what it measures is left out.

    Raises:
        CircuitRefused: it has an operation without a decomposition into `gates`.
    """
    found = decomposed(circuit, "a circuit", gates)
    return _joined(found, inverted(found), len(circuit.wires))


def row_gates(
    encoding: OpenEncoding, x: Array, gates: Sequence[str] = GATES
) -> tuple[Operation, ...]:
    """U(x) in `gates`, up to a global phase; states are prepared by Möttönen's gates.

    Raises CircuitRefused where an operation has no decomposition into `gates`.
    """
    script = qml.tape.make_qscript(encoding)(np.asarray(x, dtype=float))
    return decomposed(script, f"encoding {encoding.spec.name}", gates)


def decomposed(
    script: QuantumScript, named: str, gates: Sequence[str] = GATES
) -> tuple[Operation, ...]:
    """The operations in `gates`, up to a global phase; raises CircuitRefused as `row_gates`.

    Args:
        named: what a refusal calls the circuit.
    """
    (found,), _ = qml.transforms.decompose(
        script,
        gate_set={*gates, _PHASE, BARRIER},
        stopping_condition=lambda gate: not gate.has_decomposition,  # refused below
    )
    kept = tuple(plain(gate) for gate in found.operations if gate.name != _PHASE)
    unknown = sorted({gate.name for gate in kept} - {*gates, BARRIER})
    if unknown:
        raise CircuitRefused(
            f"{named} was asked in the gates {', '.join(gates)}, found "
            f"{', '.join(unknown)} without a decomposition into them",
            "choose an encoding made of gates, or a simulator of states such as qml.batched",
        )
    return kept


def entries_of(block: BlockIndex, plan: KernelPlan) -> Entries:
    """(k, 2) rows and columns, counted within the block, that are measured for it.

    All of them, of a diagonal block of a symmetric matrix those with row ≤ column: the diagonal is
    measured too, at full depth. Where each row meets itself only, (i, i) for every row i.
    """
    rows, columns = block_slices(block, plan.shape, plan.edge, plan.prefixes)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    if plan.columns == "self":
        return np.repeat(np.arange(height, dtype=np.int64)[:, None], 2, axis=1)
    if plan.symmetric and block[0] == block[1]:
        return np.column_stack(np.triu_indices(height)).astype(np.int64)
    return np.indices((height, width)).reshape(2, -1).T.astype(np.int64)


def zero_counts(counts: Counts, n_qubits: int) -> tuple[int, int]:
    """How often 0…0 was read, and how often anything; raises JobFailed where nothing was."""
    shots = sum(counts.values())
    if shots < 1:
        raise JobFailed("counts of a circuit were asked of the provider, found none")
    return counts.get("0" * n_qubits, 0), shots


def zero_fraction(counts: Counts, n_qubits: int) -> float:
    """The share of shots that read 0…0: the kernel entry without any correction."""
    zeros, shots = zero_counts(counts, n_qubits)
    return zeros / shots


def plain(gate: Operation) -> Operation:
    """The gate with angles that are Python's numbers: clients of providers refuse arrays."""
    if not gate.parameters or np.ndim(gate.parameters[0]):
        return gate
    return bind_new_parameters(gate, [float(angle) for angle in gate.parameters])


def _gates_of_rows(
    encoding: OpenEncoding, X: Array, rows: Entries, gates: Sequence[str]
) -> Mapping[int, tuple[Operation, ...]]:
    return MappingProxyType({int(i): row_gates(encoding, X[i], gates) for i in np.unique(rows)})


def _joined(first: tuple[Operation, ...], undone: tuple[Operation, ...], n: int) -> Circuit:
    barrier = qml.Barrier(wires=range(n))
    return QuantumScript([*first, barrier, *undone], [qml.counts(wires=range(n))])
