"""One provider-neutral record of what a QPU was calibrated to."""

from datetime import datetime, timedelta

from pydantic import Field

from qml_core.keys import canonical_json, digest
from qml_core.specs import Spec


class QubitCalibration(Spec):
    """One qubit; None where the provider does not say."""

    t1: float | None = Field(None, gt=0, description="Relaxation time T1, seconds")
    t2: float | None = Field(None, gt=0, description="Dephasing time T2, seconds")
    p01: float = Field(0.0, ge=0, le=1, description="P(read 0 | prepared 1)")
    p10: float = Field(0.0, ge=0, le=1, description="P(read 1 | prepared 0)")
    readout_duration: float | None = Field(None, ge=0, description="Seconds")


class GateCalibration(Spec):
    """One native gate on its ordered wires."""

    name: str = Field(description="PennyLane's name of the gate, e.g. CNOT, SX, RZ")
    wires: tuple[int, ...]
    error: float = Field(ge=0, le=1, description="Average gate infidelity 1 − F")
    duration: float | None = Field(None, ge=0, description="Seconds")


class Calibration(Spec):
    """What a backend was calibrated to when the record was taken."""

    provider: str
    backend: str
    taken_at: datetime | None = Field(description="With time zone; none: unknown, so too old")
    qubits: tuple[QubitCalibration, ...] = Field(min_length=1)
    gates: tuple[GateCalibration, ...] = ()
    coupling: tuple[tuple[int, int], ...] | None = Field(
        None, description="Ordered pairs with a two-qubit gate; none: all to all"
    )

    @property
    def digest(self) -> str:
        """SHA-256 of the record: its name in the store."""
        return digest(canonical_json(self.model_dump(mode="json")))

    def age(self, now: datetime) -> timedelta | None:
        """Time since the record was taken; None where that is unknown."""
        return None if self.taken_at is None else now - self.taken_at
