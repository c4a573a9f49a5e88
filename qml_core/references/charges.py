"""What a job costs: integers, so that sums are exact."""

from collections.abc import Iterable
from typing import Self

from pydantic import Field

from qml_core.specs import Spec


class Charge(Spec):
    """Money and QPU time of a job."""

    microusd: int = Field(0, ge=0, description="Millionths of a USD")
    qpu_ms: int = Field(0, ge=0, description="Milliseconds of QPU time")

    @property
    def usd(self) -> float:
        return self.microusd / 1e6

    @property
    def qpu_seconds(self) -> float:
        return self.qpu_ms / 1e3

    def plus(self, other: Self) -> "Charge":
        return Charge(microusd=self.microusd + other.microusd, qpu_ms=self.qpu_ms + other.qpu_ms)

    def times(self, count: int) -> "Charge":
        return Charge(microusd=self.microusd * count, qpu_ms=self.qpu_ms * count)


def total(charges: Iterable[Charge]) -> Charge:
    """The sum; nothing where there are none."""
    found = Charge()
    for charge in charges:
        found = found.plus(charge)
    return found
