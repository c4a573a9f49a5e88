"""All outcomes of a readout from the counts of jobs: how circuits are evaluated on a backend."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import numpy as np
import pennylane as qml
from pennylane.operation import Operator
from pennylane.tape import QuantumScript

from qml_core.backend_names import circuits_per_job
from qml_core.circuits.bases import Bases, Basis, joint_bases
from qml_core.circuits.readout import Readout
from qml_core.hardware.measurement import Ran
from qml_core.hardware.outcome_weights import (
    OutcomeWeights,
    Qubits,
    diagonal_weights,
    word_covariance,
    word_weights,
)
from qml_core.hardware.protocol import Circuit, Counts
from qml_core.training.functions import Array, Values, Words

RunPart = Callable[[str, Sequence[Circuit], int], Ran]
"""Runs the circuits of a named part with some shots each; the same part twice is the same job."""


class MeasuredReadout:
    """An Evaluate over jobs: each circuit once per basis, all outcomes from the same counts.

    A part that needs several jobs numbers them from 1: "epoch 1 step 2 job 3".

    Args:
        shots: of each circuit that is run.
        backend_name: whose limits cut the jobs.
        readout_correction: whether to undo readout errors where the calibration is known.
    """

    def __init__(
        self,
        run: RunPart,
        readout: Readout,
        shots: int,
        backend_name: str,
        readout_correction: bool = False,
    ) -> None:
        self._run, self._readout, self._shots = run, readout, shots
        self._most, self._correct = circuits_per_job(backend_name, shots), readout_correction
        self._weights: dict[tuple[object, ...], OutcomeWeights] = {}
        self.circuits = 0

    @property
    def groups(self) -> int:
        """Bases each circuit is measured in."""
        return len(self._bases.bases)

    def __call__(self, circuits: Sequence[Circuit], part: str) -> Values:
        """Outcomes of circuits without measurements.

        Raises:
            Refused: a qubit's readout cannot be inverted, or a gate says no.
            BackendError: as the run.
        """
        bases = self._bases.bases
        read = [self._read(circuit, basis.rotations) for circuit in circuits for basis in bases]
        values = np.tile(self._bases.constants, (len(circuits), 1))
        covariances = np.zeros((len(circuits), values.shape[1], values.shape[1]))
        for position, (counts, qubits) in enumerate(self._counts(read, part)):
            circuit, group = divmod(position, len(bases))
            found = self._table(group, qubits).moments(counts)
            values[circuit] += found.values
            covariances[circuit] += found.covariances
        errors = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
        return Values(values, errors, covariances)

    def covariances(
        self, circuits: Sequence[Circuit], words: Sequence[Words], part: str
    ) -> list[Array]:
        """(b, b) of the products of Z of each circuit, which is run once; as Evaluate."""
        counted = self._counts([self._read(circuit, ()) for circuit in circuits], part)
        return [
            word_covariance(counts, own, self._readout.n_qubits, qubits)
            for (counts, qubits), own in zip(counted, words, strict=True)
        ]

    def _read(self, circuit: Circuit, rotations: Sequence[Operator]) -> Circuit:
        measured = qml.counts(wires=range(self._readout.n_qubits))
        return QuantumScript([*circuit.operations, *rotations], [measured])

    def _counts(self, circuits: Sequence[Circuit], part: str) -> Iterator[tuple[Counts, Qubits]]:
        """Of each circuit, with the readout errors to undo."""
        jobs = [circuits[k : k + self._most] for k in range(0, len(circuits), self._most)]
        for number, job in enumerate(jobs, start=1):
            ran = self._run(f"{part} job {number}" if len(jobs) > 1 else part, job, self._shots)
            self.circuits += len(job)
            for k, counts in enumerate(ran.counts):
                yield counts, self._qubits(ran, k)

    def _qubits(self, ran: Ran, circuit: int) -> Qubits:
        return ran.readout(circuit, self._readout.n_qubits) if self._correct else None

    def _table(self, group: int, qubits: Qubits) -> OutcomeWeights:
        """Of a basis and the readout errors it is read with."""
        errors = None if qubits is None else tuple((q.p01, q.p10) for q in qubits)
        name = (group, errors)
        if name not in self._weights:
            self._weights[name] = self._weigh(self._bases.bases[group], qubits)
        return self._weights[name]

    def _weigh(self, basis: Basis, qubits: Qubits) -> OutcomeWeights:
        if self._readout.diagonals is not None:
            return diagonal_weights(self._readout.diagonals, qubits)
        return word_weights(basis, self._readout.n_qubits, qubits)

    @cached_property
    def _bases(self) -> Bases:
        """Diagonals are read in one basis, constants included."""
        if self._readout.diagonals is None:
            return joint_bases(self._readout)
        k = len(self._readout.diagonals)
        return Bases(np.zeros(k), (Basis((), (), np.zeros((k, 0))),))
