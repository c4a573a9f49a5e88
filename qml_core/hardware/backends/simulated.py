"""A simulator behind the protocol of backends: a job is done when it is submitted."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import Protocol

import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.tape import QuantumScript

from qml_core.backend_names import job_limits
from qml_core.errors import JobNotFound
from qml_core.hardware.gates import n_qubits
from qml_core.hardware.native import compile_circuits
from qml_core.hardware.placement import connected_qubits, native_basis, restrict
from qml_core.hardware.protocol import Circuit, Counts, JobResult, JobStatus, Status, Violation
from qml_core.hardware.validation import DeviceLimits, refuse, validate
from qml_core.keys import digest
from qml_core.references import Calibration, Charge

_KEPT = 256
"""Jobs whose counts stay in memory; the same job gives the same counts again."""


class Simulate(Protocol):
    """Runs circuits for shots."""

    def __call__(
        self,
        circuits: Sequence[Circuit],
        shots: int,
        rng: np.random.Generator,
        noise: Calibration | None,
    ) -> tuple[Counts, ...]:
        """Counts of circuits that have one measurement: probabilities of the wires to read.

        Args:
            noise: record whose native gates the circuits are made of; None: any gates, no noise.
        """


class SimulatedBackend:
    """A simulator as a QuantumBackend; the same seed, key and circuits give the same counts.

    Args:
        noise: record to follow: circuits are compiled to its gates, on as many of its qubits as
            the largest circuit of the job has.
        qubits: most that a circuit may have.
    """

    idempotent = True

    def __init__(
        self,
        name: str,
        simulate: Simulate,
        seed: int,
        qubits: int,
        noise: Calibration | None = None,
        *,
        custom_gates: bool = False,
    ) -> None:
        self.name, self.noise = name, noise
        self._simulate, self._seed = simulate, seed
        self._limits = DeviceLimits(
            qubits=qubits if noise is None else min(qubits, len(noise.qubits)),
            job=job_limits(name),
            gates=None if noise is None else native_basis(noise).gates,
            custom_gates=custom_gates,
        )
        self._jobs: OrderedDict[str, JobResult] = OrderedDict()
        self._lock = Lock()

    def status(self) -> Status:
        return Status(operational=True, queue=0)

    def calibration(self) -> Calibration | None:
        """None: a simulator does not age; the record it follows is `noise`."""
        return None

    def validate(self, circuits: Sequence[Circuit], shots: int) -> tuple[Violation, ...]:
        compiler = None if self.noise is None else self._compile
        return validate(circuits, shots, self._limits, compiler)

    def estimate(self, circuit: Circuit, count: int, shots: int) -> Charge:
        return Charge()

    def submit(self, circuits: Sequence[Circuit], shots: int, key: str) -> str:
        """Run a job; raises CircuitRefused where it is more than the simulator takes."""
        job_id = _job_id(key)
        with self._lock:
            if job_id in self._jobs:
                return job_id
        result = self._run(circuits, shots, key)
        with self._lock:
            self._jobs[job_id] = result
            while len(self._jobs) > _KEPT:
                self._jobs.popitem(last=False)
        return job_id

    def find(self, key: str, since: datetime | None = None) -> str | None:
        with self._lock:
            return _job_id(key) if _job_id(key) in self._jobs else None

    def poll(self, job_id: str) -> JobStatus:
        self.result(job_id)
        return JobStatus("done")

    def result(self, job_id: str) -> JobResult:
        with self._lock:
            if job_id not in self._jobs:
                raise JobNotFound(
                    f"job {job_id} of {self.name} asked, found {len(self._jobs)} others in this "
                    "process",
                    "submit it again: the same seed and key give the same counts",
                )
            return self._jobs[job_id]

    def billed(self, job_id: str) -> Charge:
        """Nothing."""
        return Charge()

    def cancel(self, job_id: str) -> None:
        """Nothing is left to end."""

    def _run(self, circuits: Sequence[Circuit], shots: int, key: str) -> JobResult:
        written = replace(self._limits, gates=None)  # compiled below, and native then
        refuse(validate(circuits, shots, written))
        rng = np.random.default_rng([self._seed, int(digest(key.encode()), 16)])
        if self.noise is None:
            counts = self._simulate([_read_out(c) for c in circuits], shots, rng, None)
            return JobResult(counts, billed=Charge())
        qubits = self._qubits(circuits)
        record = restrict(self.noise, qubits)
        compiled = compile_circuits(circuits, record)
        counts = self._simulate(compiled, shots, rng, record)
        read = tuple(tuple(qubits[w] for w in c.measurements[0].wires) for c in compiled)
        return JobResult(counts, billed=Charge(), qubits=read)

    def _compile(self, circuits: Sequence[Circuit]) -> tuple[Circuit, ...]:
        assert self.noise is not None
        return compile_circuits(circuits, restrict(self.noise, self._qubits(circuits)))

    def _qubits(self, circuits: Sequence[Circuit]) -> tuple[int, ...]:
        """The record's qubits that a job runs on."""
        assert self.noise is not None
        return connected_qubits(self.noise, max(n_qubits(circuit) for circuit in circuits))


def sample(
    probabilities: NDArray[np.float64], shots: int, rng: np.random.Generator
) -> dict[str, int]:
    """Counts by bit string of probabilities (2^n,), which rounding may have left off their sum."""
    positive = np.clip(probabilities, 0.0, None)
    drawn = rng.multinomial(shots, positive / positive.sum())
    n = len(drawn).bit_length() - 1
    return {format(k, f"0{n}b"): int(drawn[k]) for k in np.flatnonzero(drawn)}


def _read_out(circuit: Circuit) -> Circuit:
    return QuantumScript(circuit.operations, [qml.probs(wires=range(n_qubits(circuit)))])


def _job_id(key: str) -> str:
    return f"local-{key[:16]}"
