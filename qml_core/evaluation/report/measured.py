"""What a report says of matrices whose entries come from shots."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from qml_core.backend_names import is_device, kind_of, provider_of
from qml_core.specs import BackendSpec, Spec

FloatArray = NDArray[np.float64]


class Spent(Spec):
    """What the ledger says of jobs."""

    usd: float = Field(ge=0, description="Settled")
    qpu_seconds: float = Field(ge=0, description="Settled")
    jobs: int = Field(ge=0, description="Jobs that were settled")
    pending: int = Field(0, ge=0, description="Jobs that are reserved or submitted, not settled")


class Snapshot(Spec):
    """A calibration record that measured blocks were submitted under."""

    digest: str
    backend: str = ""
    taken_at: datetime | None = Field(None, description="None: unknown")
    age_h: float | None = Field(
        None, description="Hours, of the last job submitted under it; none: unknown, or no device"
    )
    blocks: int = Field(ge=1)


class CanaryResult(Spec):
    """What the small first job gave."""

    backend: str
    fidelity: float
    upper: float = Field(description="95 % bound")
    circuits: int
    shots: int = Field(description="Of each circuit")
    job: str | None = None


class Range(Spec):
    """Of one number per row."""

    least: float
    median: float


class Correction(Spec):
    """What the corrections changed."""

    names: tuple[str, ...]
    mean_change: float = Field(description="Mean |corrected − raw| of entries off the diagonal")
    raw_diagonal: Range | None = Field(None, description="Measured k(x, x) of the rows")
    corrected_diagonal: Range | None = Field(None, description="After all corrections")
    survival: Range | None = Field(None, description="1−λ of the rows; depolarising only")


class Repaired(Spec):
    """How far the nearest positive semi-definite matrix is."""

    min_eigenvalue: float
    method: str
    shift: float = Field(ge=0, description="Frobenius norm")
    applied: bool = Field(description="Whether the run used the repaired matrix")


class MeasuredMatrix(Spec):
    """One kernel matrix from shots: where, how, at what price, and how well."""

    key: str
    shape: tuple[int, int]
    asked: str = Field(description="Backend")
    used: str = Field(description="Backend")
    reason: str
    shots: int = Field(description="Of each circuit, at most")
    circuits: int
    all_shots: int
    jobs: tuple[str, ...] = Field((), description="The provider's job ids")
    calibrations: tuple[Snapshot, ...] = ()
    canary: CanaryResult | None = None
    paid: Spent | None = Field(None, description="In all runs; none: the ledger did not answer")
    correction: Correction | None = Field(None, description="None: none was asked for")
    median_error: float = Field(description="Standard error of the entries off the diagonal")
    concentrated: float = Field(description="Share of entries below 1/√shots")
    repaired: Repaired | None = Field(None, description="Symmetric matrices only")


@dataclass(frozen=True, eq=False)
class Measurement:
    """All measured matrices of a run; the arrays are those of the one that is pictured.

    Args:
        shown: the matrix that is pictured.
        raw, corrected, errors: (m,) entries off the diagonal, or a sample of them; `errors` are
            the standard errors of `corrected`.
        spent: by this run; `paid`: for these matrices, in all runs; None: unknown.
    """

    matrices: tuple[MeasuredMatrix, ...]
    shown: MeasuredMatrix
    raw: FloatArray
    corrected: FloatArray
    errors: FloatArray
    spent: Spent | None
    paid: Spent | None
    notes: tuple[str, ...] = ()

    @property
    def calibrations(self) -> tuple[Snapshot, ...]:
        """Of all matrices, each record once."""
        return snapshots(self.matrices)

    @property
    def canary(self) -> CanaryResult | None:
        """The run's; it is sent for the first matrix."""
        return next((matrix.canary for matrix in self.matrices if matrix.canary), None)

    @property
    def jobs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(job for matrix in self.matrices for job in matrix.jobs))

    @property
    def circuits(self) -> int:
        return sum(matrix.circuits for matrix in self.matrices)

    @property
    def all_shots(self) -> int:
        return sum(matrix.all_shots for matrix in self.matrices)


def snapshots(matrices: Sequence[MeasuredMatrix]) -> tuple[Snapshot, ...]:
    """The calibration records of all matrices, each once with all its blocks and oldest age."""
    found: dict[str, Snapshot] = {}
    for each in (snapshot for matrix in matrices for snapshot in matrix.calibrations):
        known = found.get(each.digest)
        if known is not None:
            ages = [age for age in (known.age_h, each.age_h) if age is not None]
            blocks = known.blocks + each.blocks
            each = each.model_copy(update={"blocks": blocks, "age_h": max(ages, default=None)})
        found[each.digest] = each
    return tuple(found.values())


def no_device(backend: BackendSpec) -> str | None:
    """What a backend is, where it is no device; None: it is one."""
    name = backend.name
    if is_device(name):
        return None
    if provider_of(name) == "ibm":
        return f"{name} is simulated on this machine after a stored calibration: no device"
    if kind_of(name) == "qpu":
        return f"{name} is a simulator of its provider: no device"
    if backend.noise:
        return f"{name} simulates the noise of {backend.noise} on this machine: no device"
    return f"{name} draws shots from a simulation without noise: no device"


def measured_sentence(backend: BackendSpec) -> str:
    """How many shots, and where: a sentence for the verdict; empty for exact values."""
    if backend.shots is None:
        return ""
    most = "up to " if backend.allocation == "adaptive" else ""
    where = backend.name if is_device(backend.name) else f"{backend.name} (simulated, no device)"
    return f"Measured with {most}{backend.shots:,} shots a circuit on {where}."
