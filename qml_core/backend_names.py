"""What is known of the backends by name alone: nothing heavy is imported."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["exact", "noisy", "qpu"]

EXACT = ("qml.batched", "default.qubit", "lightning.qubit")
"""Simulators of state vectors."""

NOISY = ("default.mixed", "qiskit.aer", "braket.dm")
"""Simulators that follow a calibration record."""

CLOUD_SIMULATORS = ("ionq.simulator",)
"""Reached like a QPU, but without a calibration that could be too old."""

DEFAULT_SHOTS = 1000

_QPU = re.compile(
    r"ibm\.[a-z][a-z0-9_]{0,62}"  # ibm.ibm_torino; ibm.fake_manila runs on this machine
    r"|braket\.[a-z0-9-]{1,30}\.[A-Za-z0-9-]{1,60}"  # braket.iqm.Garnet
    r"|ionq\.[a-z0-9-]{1,60}"  # ionq.forte-1
)


@dataclass(frozen=True)
class JobLimits:
    """What fits into one job, by provider; a device may allow less, and validation asks it."""

    circuits: int
    executions: int
    """Circuits × shots."""
    shots: int
    """Of each circuit."""


_LIMITS = {
    "ibm": JobLimits(circuits=300, executions=10_000_000, shots=100_000),
    "braket": JobLimits(circuits=100, executions=200_000, shots=20_000),
    "ionq": JobLimits(circuits=100, executions=1_000_000, shots=10_000),
}
_SIMULATED = JobLimits(circuits=300, executions=100_000_000, shots=10_000_000)


def kind_of(name: str) -> Kind | None:
    """The kind of a backend; None: no backend can have that name."""
    if name in EXACT:
        return "exact"
    if name in NOISY:
        return "noisy"
    return "qpu" if _QPU.fullmatch(name) else None


def has_calibration(name: str) -> bool:
    """Whether it is a device whose calibration has an age."""
    return kind_of(name) == "qpu" and name not in CLOUD_SIMULATORS


def is_device(name: str) -> bool:
    """Whether it is hardware, and no simulator of this machine or of a provider."""
    simulated = name in CLOUD_SIMULATORS or name.startswith("ibm.fake_")
    return kind_of(name) == "qpu" and not simulated


def provider_of(name: str) -> str | None:
    """`ibm`, `braket` or `ionq`; None: a simulator of this machine."""
    return name.partition(".")[0] if kind_of(name) == "qpu" else None


def job_limits(name: str) -> JobLimits:
    """The most that one job of the backend holds."""
    return _LIMITS.get(provider_of(name) or "", _SIMULATED)


def circuits_per_job(name: str, shots: int) -> int:
    """Circuits of a full job: a pure function of the names, so that blocks are cut alike."""
    limits = job_limits(name)
    return max(1, min(limits.circuits, limits.executions // shots))
