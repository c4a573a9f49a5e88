"""Parts of a plan as jobs: run at once on a simulator, bought from a device."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Protocol

from qml_core.budget.ledger import Booking, JobRecord
from qml_core.budget.projection import top_up_cost
from qml_core.errors import LedgerConflict
from qml_core.hardware.measurement import Ran
from qml_core.hardware.orders import Order, attempt_key, longest, order_key
from qml_core.hardware.protocol import Circuit, QuantumBackend
from qml_core.hardware.purchase import Buyer
from qml_core.hardware.readiness import wait_until_ready
from qml_core.hardware.validation import refuse
from qml_core.references import Calibration, Charge
from qml_core.specs import RunSpec
from qml_core.storage.jobs import JobDocument, job_calibration, put_calibration, put_job
from qml_core.storage.store import ArtifactStore

_GIVEN_BACK = "what it should follow was refused"


class Run(Protocol):
    """Runs parts of a plan by name; the same part twice is the same job."""

    @property
    def backend(self) -> QuantumBackend:
        """Where they run."""

    def __call__(self, part: str, circuits: Sequence[Circuit], shots: int) -> Ran:
        """Run the circuits with `shots` each."""

    def reserve(self, part: str, circuits: Sequence[Circuit], most_shots: int) -> None:
        """Set aside what at most `most_shots` more of each circuit cost."""

    def split(self, part: str, circuit: Circuit, parts: Mapping[str, tuple[int, int]]) -> None:
        """Give back what was reserved, but for these parts: how many circuits, shots of each."""

    def give_back(self, part: str) -> None:
        """Give back what was reserved, since what it should follow was refused."""


@dataclass(frozen=True)
class SimulatedRun:
    """Costs nothing and passes no gate."""

    plan_key: str
    backend: QuantumBackend
    noise: Calibration | None

    def __call__(self, part: str, circuits: Sequence[Circuit], shots: int) -> Ran:
        refuse(self.backend.validate(circuits, shots))
        job = self.backend.submit(
            circuits, shots, order_key(self.plan_key, self.backend.name, part)
        )
        found = self.backend.result(job)
        return Ran(found.counts, found.qubits, self.noise)

    def reserve(self, part: str, circuits: Sequence[Circuit], most_shots: int) -> None:
        """Nothing is to be paid."""

    def split(self, part: str, circuit: Circuit, parts: Mapping[str, tuple[int, int]]) -> None:
        """Nothing is to be paid."""

    def give_back(self, part: str) -> None:
        """Nothing is to be paid."""


@dataclass(frozen=True)
class PaidRun:
    """Every job passes the gate, is reserved in the ledger, and is bought once."""

    plan_key: str
    buyer: Buyer
    store: ArtifactStore
    run: RunSpec

    @property
    def backend(self) -> QuantumBackend:
        return self.buyer.backend

    def __call__(self, part: str, circuits: Sequence[Circuit], shots: int) -> Ran:
        order = self._order(part, circuits, shots)
        bought = self.buyer.buy(order, lambda key: self._hold(order, key))
        calibration = job_calibration(self.store, self.plan_key, bought.job_key)
        return Ran(bought.result.counts, bought.result.qubits, calibration, bought.job)

    def reserve(self, part: str, circuits: Sequence[Circuit], most_shots: int) -> None:
        key, record = self._set_aside(part)
        if record is not None:
            return  # by an earlier attempt, which may have split it already
        estimate = partial(self.backend.estimate, longest(circuits))
        charge = top_up_cost(len(circuits), most_shots, estimate)
        booking = replace(self._booking(part, len(circuits), most_shots, charge), job_key=key)
        self._book(booking)

    def split(self, part: str, circuit: Circuit, parts: Mapping[str, tuple[int, int]]) -> None:
        ledger, now = self.buyer.ledger, self.buyer.clock()
        key, record = self._set_aside(part)
        if record is None or record.state != "reserved":
            return
        if not parts:
            ledger.release(key, "the pilot was enough", now)
            return
        bookings = [
            self._booking(name, number, shots, self.backend.estimate(circuit, number, shots))
            for name, (number, shots) in parts.items()
        ]
        # whoever set it aside, the parts are the same; one who is not there any more stops nobody
        try:
            ledger.split(key, bookings, record.holder, timedelta(0), now)
        except LedgerConflict:  # prices rose since: each part asks the budget for itself
            ledger.release(key, "its parts cost more than was set aside", now, record.holder)
            return
        for booking in bookings:  # for a lease only: after a kill a rerun must not wait longer
            ledger.take_over(booking.job_key, self.buyer.holder, self.buyer.patience.lease, now)

    def give_back(self, part: str) -> None:
        key, record = self._set_aside(part)
        if record is not None and (record.state, record.holder) == ("reserved", self.buyer.holder):
            self.buyer.ledger.release(key, _GIVEN_BACK, self.buyer.clock())

    def _set_aside(self, part: str) -> tuple[str, JobRecord | None]:
        """Key and record of a reservation; one that was given back makes room for another."""
        order = order_key(self.plan_key, self.backend.name, part)
        for attempt in count():
            record = self.buyer.ledger.find(key := attempt_key(order, attempt))
            if record is None or (record.state, record.reason) != ("released", _GIVEN_BACK):
                return key, record
        raise AssertionError("unreachable")

    def _book(self, booking: Booking) -> None:
        """Held as long as the pilot may take."""
        patience, now = self.buyer.patience, self.buyer.clock()
        self.buyer.ledger.reserve(booking, self.buyer.holder, patience.timeout, now)

    def _booking(self, part: str, circuits: int, shots: int, charge: Charge) -> Booking:
        return Booking(
            job_key=self._key(part),
            project=self.run.project,
            backend=self.backend.name,
            charge=charge,
            circuits=circuits,
            shots=shots,
            plan_key=self.plan_key,
        )

    def _key(self, part: str) -> str:
        """Of the first attempt at a part."""
        return attempt_key(order_key(self.plan_key, self.backend.name, part), 0)

    def _order(self, part: str, circuits: Sequence[Circuit], shots: int) -> Order:
        return Order(
            key=order_key(self.plan_key, self.backend.name, part),
            circuits=circuits,
            shots=shots,
            backend=self.backend.name,
            project=self.run.project,
            plan_key=self.plan_key,
        )

    def _hold(self, order: Order, job_key: str) -> Callable[[], None]:
        """The gate before a job: circuits, status, calibration, whose snapshot is stored first.

        It refuses, or waits with run.on_refusal=wait; it never takes another backend. What it
        returns notes the snapshot as the one the job is submitted under.
        """
        refuse(self.backend.validate(order.circuits, order.shots))
        ready = wait_until_ready(self.backend, self.run, self.buyer.clock, self.buyer.sleep)
        calibration = ready.calibration
        snapshot = None if calibration is None else put_calibration(self.store, calibration)
        document = JobDocument(
            backend=self.backend.name, calibration=snapshot, held_at=self.buyer.clock()
        )
        return lambda: put_job(self.store, self.plan_key, job_key, document)
