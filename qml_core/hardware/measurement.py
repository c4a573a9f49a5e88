"""A block of a kernel matrix from shots: what to run, and what the counts say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qml_core.circuits.encodings import OpenEncoding
from qml_core.hardware.mitigation.readout import corrected_zero_fraction
from qml_core.hardware.pairs import entries_of, pair_circuits, zero_counts
from qml_core.hardware.protocol import Circuit, Counts
from qml_core.hardware.shots import posterior_error
from qml_core.kernels.blocks import block_slices
from qml_core.references import BlockIndex, Calibration, KernelPlan, QubitCalibration
from qml_core.storage.block_format import Measurement

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ran:
    """Counts of the circuits of a job, and where they come from."""

    counts: tuple[Counts, ...]
    qubits: tuple[tuple[int, ...], ...] | None
    """Of each circuit, the device's qubits of its wires; None: wire k is qubit k; (): unknown."""
    calibration: Calibration | None
    """Snapshot taken just before it was submitted."""
    job: str | None = None

    def readout(self, circuit: int, n_qubits: int) -> Sequence[QubitCalibration] | None:
        """Readout errors of the wires of a circuit."""
        if self.calibration is None or self.qubits == ():
            return None
        read = range(n_qubits) if self.qubits is None else self.qubits[circuit]
        return [self.calibration.qubits[k] for k in read]


@dataclass(frozen=True)
class MeasuredBlock:
    """Entries of a block, as they are stored."""

    values: Array
    measurement: Measurement
    runs: tuple[Ran, ...]

    @property
    def jobs(self) -> str | None:
        """Provider's job ids, a blank between them."""
        return " ".join(run.job for run in self.runs if run.job) or None

    @property
    def calibration(self) -> str | None:
        """Digest of the record of its last job."""
        last = self.runs[-1].calibration
        return None if last is None else last.digest


def block_circuits(
    plan: KernelPlan, block: BlockIndex, encoding: OpenEncoding, X: Array, Y: Array
) -> tuple[Circuit, ...]:
    """The circuits of a block's entries, in the order of `entries_of`.

    Args:
        X, Y: features of all rows (n, d) and columns (m, d) of the matrix.
    """
    rows, columns = block_slices(block, plan.shape, plan.edge, plan.prefixes)
    across = X[rows] if plan.columns == "self" else Y[columns]
    return pair_circuits(encoding, X[rows], across, entries_of(block, plan))


def shares(runs: Sequence[tuple[Ran, Sequence[int]]], count: int, n_qubits: int) -> "Shares":
    """Pooled counts of `count` circuits from runs that each ran some of them.

    Args:
        runs: each with the positions of the circuits it ran.
    """
    zeros, shots = np.zeros(count, np.int64), np.zeros(count, np.int64)
    weighted, precision = np.zeros(count), np.zeros(count)
    for run, positions in runs:
        for k, position in enumerate(positions):
            found, read = zero_counts(run.counts[k], n_qubits)
            qubits = run.readout(k, n_qubits)
            if qubits is None:
                value, error = found / read, float(posterior_error(found, read))
            else:
                value, error = corrected_zero_fraction(run.counts[k], qubits)
            zeros[position] += found
            shots[position] += read
            weighted[position] += read * value
            precision[position] += (read * error) ** 2
    return Shares(zeros, shots, weighted / shots, np.sqrt(precision) / shots)


@dataclass(frozen=True)
class Shares:
    """Of circuits (k,): zeros read, shots, share after readout correction, its standard error."""

    zeros: NDArray[np.int64]
    shots: NDArray[np.int64]
    corrected: Array
    errors: Array


def assemble(
    plan: KernelPlan, block: BlockIndex, found: Shares, runs: tuple[Ran, ...]
) -> MeasuredBlock:
    """The block (rows, columns) of measured entries; mirrored below a diagonal, with 0 shots."""
    rows, columns = block_slices(block, plan.shape, plan.edge, plan.prefixes)
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    i, j = entries_of(block, plan).T
    j = np.zeros_like(j) if plan.columns == "self" else j
    mirrored = plan.symmetric and block[0] == block[1]

    def placed(values: NDArray[Any], mirror: bool = True) -> NDArray[Any]:
        result = np.zeros(shape, values.dtype)
        if mirrored and mirror:
            result[j, i] = values
        result[i, j] = values
        return result

    measurement = Measurement(
        counts=placed(found.zeros),
        shots=placed(found.shots, mirror=False),
        corrected=placed(found.corrected),
        errors=placed(found.errors),
    )
    return MeasuredBlock(placed(found.zeros / found.shots), measurement, runs)
