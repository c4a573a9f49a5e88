"""A job to buy: its key over attempts, and what to do next with what is on record. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from qml_core.budget.ledger import JobRecord
from qml_core.hardware.protocol import Circuit
from qml_core.keys import key

Step = Literal["reserve", "submit", "look", "wait", "collect", "adopt", "again"]


@dataclass(frozen=True)
class Order:
    """Circuits that make one provider job."""

    key: str
    """Of the numbers that are asked for, whatever attempt brings them."""
    circuits: Sequence[Circuit]
    shots: int
    """Of each circuit."""
    backend: str
    project: str
    plan_key: str
    run_id: str = ""

    @property
    def longest(self) -> Circuit:
        """The circuit of the most gates: what others cost at most."""
        return longest(self.circuits)


@dataclass(frozen=True)
class Patience:
    """How long to wait for what."""

    timeout: timedelta = timedelta(hours=24)
    """For a job that is submitted; then JobPending, and the same command collects it."""
    lease: timedelta = timedelta(minutes=5)
    """In which whoever reserved is the only one to submit."""
    grace: timedelta = timedelta(seconds=10)
    """Until a provider shows a job that it accepted."""
    first_poll: float = 0.5
    longest_poll: float = 30.0

    def delays(self) -> Iterator[float]:
        """Seconds between polls: growing by half, up to the longest."""
        delay = self.first_poll
        while True:
            yield delay
            delay = min(self.longest_poll, 1.5 * delay)


def longest(circuits: Sequence[Circuit]) -> Circuit:
    """The circuit of the most gates."""
    return max(circuits, key=lambda circuit: len(circuit.operations))


def order_key(plan_key: str, backend: str, part: str) -> str:
    """Key of a part of a plan on a backend, e.g. part `block 0-1`."""
    return key("hardware job", plan=plan_key, backend=backend, part=part)


def attempt_key(order: str, attempt: int) -> str:
    """Key of one attempt at an order: what ledger and provider know the job by."""
    return key("hardware job attempt", order=order, attempt=attempt)


def next_step(record: JobRecord | None, holder: str, now: datetime, grace: timedelta) -> Step:
    """What to do with the record of an attempt.

    Whoever reserves also submits, under a lease. Another may look at the provider once the lease
    and the time a provider takes to show a job are over; only who finds nothing there takes over.

    Returns:
        reserve: nothing is on record. look: ask the provider for a job under the key, before
        anything is submitted. wait: its holder is at work. collect: a job is submitted. adopt: its
        result is paid for. again: the attempt is over without a result, the next one may be made.
    """
    if record is None:
        return "reserve"
    if record.state == "submitted":
        return "collect"
    if record.state == "settled":
        return "adopt" if record.outcome == "done" else "again"
    if record.state == "released":
        return "again"
    ours = record.holder == holder
    return "look" if ours or now >= record.lease_until + grace else "wait"
