"""What every backend does, and the nouns it speaks of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from pennylane.tape import QuantumScript

from qml_core.references import Calibration, Charge

Circuit: TypeAlias = QuantumScript
"""Operations on wires 0 … n−1, read out in the computational basis on all of them. A
`qml.Barrier` on all wires keeps a compiler from cancelling what stands on either side of it."""

Counts = Mapping[str, int]
"""Shots by bit string, wire 0 first; strings that never occurred are left out."""

State = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class Status:
    """Whether a device serves now."""

    operational: bool
    queue: int | None = None
    """Jobs ahead of ours; None: not said."""
    reason: str = ""


@dataclass(frozen=True)
class Violation:
    """One thing a circuit or job does that the device cannot."""

    rule: str
    """One word: qubits, depth, gates, connectivity, shots, circuits, angles, two_qubit."""
    message: str
    """What was asked, what was found, the limit."""


@dataclass(frozen=True)
class JobStatus:
    state: State
    message: str = ""
    queue_position: int | None = None


@dataclass(frozen=True)
class JobResult:
    """What a finished job gave: counts of each circuit, in the order they were submitted."""

    counts: tuple[Counts, ...]
    billed: Charge | None = None
    """What the provider bills; None: it does not say, so the estimate stands."""
    finished_at: datetime | None = None
    qubits: tuple[tuple[int, ...], ...] | None = None
    """Of each circuit, the device's qubit that was read for wires 0 … n−1, as positions in
    `Calibration.qubits`, whose readout errors it has; None: wire k is qubit k; (): unknown."""


class QuantumBackend(Protocol):
    """A device or simulator that runs circuits for shots.

    Every method may raise the BackendError classes of qml_core.errors and nothing of the vendor's;
    messages never hold a credential.
    """

    @property
    def name(self) -> str:
        """As in BackendSpec."""

    @property
    def idempotent(self) -> bool:
        """Whether a key that is submitted again makes no second job, by the provider's word."""

    def status(self) -> Status:
        """Whether it serves now, and its queue."""

    def calibration(self) -> Calibration | None:
        """The newest record; None: a simulator, which has none."""

    def validate(self, circuits: Sequence[Circuit], shots: int) -> tuple[Violation, ...]:
        """All that the device could not do of a job, found without submitting anything."""

    def estimate(self, circuit: Circuit, count: int, shots: int) -> Charge:
        """The most that one job of `count` circuits like this one costs.

        Raises:
            PriceUnknown: there is no dated price for it.
        """

    def submit(self, circuits: Sequence[Circuit], shots: int, key: str) -> str:
        """Submit one job, `shots` of each circuit; returns the provider's job id at once.

        Args:
            key: idempotency key, 64 hexadecimal digits; submitted again it makes no second job
                where the provider supports that.
        """

    def find(self, key: str, since: datetime | None = None) -> str | None:
        """Id of the job that was submitted under the key; None: the provider knows of none.

        Args:
            since: jobs submitted earlier need not be looked through; none: all of them.
        """

    def poll(self, job_id: str) -> JobStatus:
        """Raises JobNotFound where the provider does not know the job."""

    def result(self, job_id: str) -> JobResult:
        """Of a job that is done; raises JobFailed, JobNotFound."""

    def billed(self, job_id: str) -> Charge | None:
        """What the provider bills for a job that ended, also without a result; None: not said."""

    def cancel(self, job_id: str) -> None:
        """Ask the provider to end a job; one that ended already is left alone."""
