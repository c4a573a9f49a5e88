"""Whether a device may be used now: its status, its queue, the age of its calibration."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from qml_core.backend_names import has_calibration
from qml_core.errors import BackendBusy, BackendOffline, DeviceRefused, StaleCalibration
from qml_core.hardware.calibration import check_age
from qml_core.hardware.protocol import QuantumBackend, Status
from qml_core.references import Calibration
from qml_core.specs import RunSpec

Clock = Callable[[], datetime]
Sleep = Callable[[float], None]

NOT_NOW = (DeviceRefused, StaleCalibration, BackendOffline, BackendBusy)
"""Refusals that may pass."""

LONGEST_LOOK_S = 300.0


@dataclass(frozen=True)
class Ready:
    """A device that may be used, and what it was calibrated to; None: it is no QPU."""

    calibration: Calibration | None
    age: timedelta | None
    status: Status


def check_ready(
    name: str,
    status: Status,
    calibration: Calibration | None,
    run: RunSpec,
    now: datetime,
) -> Ready:
    """A pure decision: what is unknown is too old.

    Raises:
        DeviceRefused: it does not serve, or its queue is too long.
        StaleCalibration: its calibration is too old, or none is known.
    """
    if not status.operational:
        raise DeviceRefused(
            f"{name} does not serve now: {status.reason or 'no reason given'}",
            "try later, or with run.on_refusal=wait or fallback",
        )
    if run.max_queue is not None and (status.queue is None or status.queue > run.max_queue):
        queue = "an unknown number of" if status.queue is None else str(status.queue)
        raise DeviceRefused(
            f"at most {run.max_queue} jobs in the queue of {name} asked, found {queue}",
            "raise run.max_queue, or use run.on_refusal=wait or fallback",
        )
    if not has_calibration(name):
        return Ready(calibration, None, status)
    if calibration is None:
        raise StaleCalibration(
            f"calibration of {name} at most {run.max_calibration_age_h:g} h old asked, found none",
            "use another backend: what is unknown is too old",
        )
    return Ready(calibration, check_age(calibration, now, run.max_calibration_age_h), status)


def ask(backend: QuantumBackend, run: RunSpec, now: datetime) -> Ready:
    """Ask the device, then decide; raises as check_ready, and what the provider's client says."""
    return check_ready(backend.name, backend.status(), backend.calibration(), run, now)


def wait_until_ready(backend: QuantumBackend, run: RunSpec, clock: Clock, sleep: Sleep) -> Ready:
    """Ask; with `run.on_refusal=wait` again and again, until `run.wait_h` are over.

    Raises as ask; the last refusal says how long was waited.
    """
    deadline = clock() + timedelta(hours=run.wait_h)
    delay = 1.0
    while True:
        try:
            return ask(backend, run, clock())
        except NOT_NOW as refusal:
            if run.on_refusal != "wait":
                raise
            if clock() >= deadline:
                raise type(refusal)(
                    f"{refusal.message}; waited {run.wait_h:g} h", refusal.remedy
                ) from refusal
        sleep(delay)
        delay = min(LONGEST_LOOK_S, 2 * delay)
