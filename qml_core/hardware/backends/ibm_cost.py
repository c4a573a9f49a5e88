"""QPU seconds of a job, expected and counted, and what they cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qml_core.budget.prices import JobSize, Price, charge
from qml_core.hardware.backends.ibm_circuits import Compiled, duration, gate_counts
from qml_core.references import Charge

LONGEST = 3 * 3600
"""Seconds after which IBM stops any job."""


@dataclass(frozen=True)
class QPUTime:
    """What a job takes beside its circuits; IBM stops a job that takes more than all of it."""

    overhead: float = 10.0
    """Seconds of a job before and after its shots; an assumption, not IBM's word."""
    margin: float = 1.25
    """Times the seconds of the shots: circuits of a job differ a little once compiled."""
    repetition: float = 250e-6
    """Seconds between shots, where the device gives no `default_rep_delay`."""


def shot_seconds(compiled: Compiled, device: Any, time: QPUTime) -> float:
    """Seconds from the start of one shot of a circuit to that of the next."""
    configuration = getattr(device, "configuration", None)
    delay = getattr(configuration(), "default_rep_delay", None) if configuration else None
    pause = time.repetition if delay is None else float(delay)
    return pause + duration(compiled, device.target)


def job_seconds(shot: float, shots: int, time: QPUTime) -> float:
    """QPU seconds of a job at most, where one shot of each of its circuits takes `shot`."""
    return time.overhead + time.margin * shot * shots


def time_limit(seconds: float) -> int:
    """What IBM is told to stop a job at, whole seconds."""
    return min(math.ceil(seconds), LONGEST)


def estimate(
    compiled: Compiled, count: int, shots: int, device: Any, price: Price, time: QPUTime
) -> Charge:
    """The most that one job of `count` circuits like this one costs."""
    one, two = gate_counts(compiled)
    size = JobSize(
        circuits=count,
        shots=shots,
        one_qubit_gates=one,
        two_qubit_gates=two,
        seconds=time_limit(job_seconds(shot_seconds(compiled, device, time) * count, shots, time)),
    )
    return charge(price, size)


def bill(seconds: float, price: Price, shots: Sequence[int] = ()) -> Charge:
    """What a job costs that took so many QPU seconds.

    Args:
        shots: of each circuit, where the price counts them too.
    """
    size = JobSize(circuits=len(shots), shots=max(shots, default=0), seconds=seconds)
    return charge(price, size)
