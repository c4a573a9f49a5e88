"""Objectives of a QAOA from the counts of jobs: each evaluation is one circuit, and one job."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.backend_names import circuits_per_job
from qml_core.errors import JobFailed, SpecError
from qml_core.hardware.protocol import Circuit, Counts
from qml_core.hardware.readouts import RunPart
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.algorithm import warm_of
from qml_core.optimisation.qaoa.circuits import circuit_of
from qml_core.optimisation.qaoa.objectives import open_objective
from qml_core.optimisation.qaoa.samples import Samples
from qml_core.specs import BackendSpec, QAOASpec

Array = NDArray[np.float64]

UNCORRECTED = "samples are as they were read: readout errors are not corrected in single samples"


@dataclass
class Tally:
    """What became of the samples of all circuits so far."""

    drawn: int = 0
    discarded: int = 0
    """Infeasible ones."""
    empty: int = 0
    """Evaluations without any feasible sample."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the numbers has to know."""
        found = [UNCORRECTED]
        if self.discarded:
            found.append(f"{self.discarded:,} of {self.drawn:,} samples were infeasible: discarded")
        if self.empty:
            found.append(
                f"{self.empty:,} evaluations gave no feasible sample and were counted as the "
                "greatest energy that the coefficients allow"
            )
        return tuple(found)


class MeasuredEvaluator:
    """An Evaluator over jobs, from samples that are feasible; the others are counted and discarded.

    A circuit without any feasible sample has the objective of the greatest energy that the
    coefficients allow, so that a tuner turns away from it.

    Args:
        registers: what is feasible; None: every bit string.
        backend: whose shots an evaluation takes, and whose limits cut the jobs of a readout.
        seed: of the QAOA, which a warm start depends on.
    """

    differentiable = False

    def __init__(
        self,
        run: RunPart,
        ising: Ising,
        registers: Registers | None,
        qaoa: QAOASpec,
        backend: BackendSpec,
        seed: int,
        tally: Tally | None = None,
    ) -> None:
        assert backend.shots is not None
        self._run, self._ising, self._registers = run, ising, registers
        self._qaoa, self._backend, self._seed = qaoa, backend, seed
        self._circuit = circuit_of(ising, registers, qaoa, warm_of(qaoa, ising, seed))
        self._objective, self._shots = open_objective(qaoa, ising), backend.shots
        self.tally = tally or Tally()

    def of_round(self, ising: Ising, prefix: str) -> "MeasuredEvaluator":
        """The same on a smaller problem of free qubits; parts come with their prefix."""
        return MeasuredEvaluator(
            self._run, ising, None, self._qaoa, self._backend, self._seed, self.tally
        )

    def values(self, angles: Array, part: str) -> Array:
        """(b,) of the objective at angles (b, 2, p); several are parts of their own, from 1."""
        names = [part] if len(angles) == 1 else [f"{part} of {k + 1}" for k in range(len(angles))]
        pairs = zip(angles, names, strict=True)
        return np.array([self._value(one, name) for one, name in pairs])

    def value_and_gradient(self, angles: Array) -> tuple[float, Array]:
        """Raises SpecError: shots give no gradient."""
        raise SpecError(
            "gradient of an objective measured with shots asked, there is none",
            "choose qaoa.optimiser=cobyla or spsa",
        )

    def samples(self, angles: Array, shots: int, part: str) -> Samples:
        """All samples, infeasible ones too, of circuits of equal shots that make up `shots`."""
        circuits = -(-shots // self._shots)
        found = self._measured([self._circuit(angles)] * circuits, -(-shots // circuits), part)
        self._kept(found)
        return found

    def _value(self, angles: Array, part: str) -> float:
        found = self._measured([self._circuit(angles)], self._shots, part)
        kept = self._kept(found)
        if not kept.shots:
            self.tally.empty += 1
            return self._objective.of_samples(np.array([self._greatest]), np.array([1]))
        return self._objective.of_samples(kept.energies(self._ising), kept.counts)

    @property
    def _greatest(self) -> float:
        return self._ising.constant + float(np.abs(self._ising.coefficients).sum())

    def _kept(self, samples: Samples) -> Samples:
        """The feasible ones; the others are counted."""
        kept = samples.feasible(self._registers)
        self.tally.drawn += samples.shots
        self.tally.discarded += samples.shots - kept.shots
        return kept

    def _measured(self, circuits: Sequence[Circuit], shots: int, part: str) -> Samples:
        most = circuits_per_job(self._backend.name, self._shots)
        jobs = [circuits[k : k + most] for k in range(0, len(circuits), most)]
        counted: list[Counts] = []
        for number, job in enumerate(jobs, start=1):
            name = f"{part} job {number}" if len(jobs) > 1 else part
            counted += self._run(name, job, shots).counts
        return samples_of(counted, self._ising.n_qubits)


def samples_of(counted: Sequence[Counts], n_qubits: int) -> Samples:
    """Distinct bit strings of all counts, in their order; raises JobFailed where there are none."""
    found = [(text, count) for counts in counted for text, count in counts.items() if count > 0]
    if not found:
        raise JobFailed("samples of a circuit were asked of the provider, found none")
    bits = np.array([[int(bit) for bit in text] for text, _ in found], dtype=np.uint8)
    counts = np.array([count for _, count in found], dtype=np.int64)
    return Samples(bits.reshape(-1, n_qubits), counts).merged()
