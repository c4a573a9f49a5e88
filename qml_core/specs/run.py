"""Where circuits run, and under which terms a job runs."""

from typing import Literal, Self

from pydantic import Field, model_validator

from qml_core.specs.base import Seed, Spec


class BackendSpec(Spec):
    """Where the circuits run."""

    name: Literal["qml.batched", "default.qubit", "lightning.qubit"] = Field(
        "qml.batched", description="Backend, see `qml list backends`"
    )
    shots: int | None = Field(
        None, ge=1, le=10**7, description="Shots per circuit; none: exact values"
    )
    precision: Literal["double", "single"] = Field("double", description="complex128 or complex64")
    storage: Literal["float64", "float32"] = Field(
        "float64", description="Type of the matrix entries in the store"
    )

    @model_validator(mode="after")
    def _exact(self) -> Self:
        if self.shots is not None:
            raise ValueError(
                f"backend {self.name} is exact, found shots={self.shots}; leave it out"
            )
        if self.precision == "single" and self.name == "default.qubit":
            raise ValueError("backend default.qubit computes in double precision only")
        return self


class RunSpec(Spec):
    """Under which terms a job runs; none of it changes the numbers but `seed` and `remeasure`."""

    seed: Seed = Field(0, description="Seed of everything random that is not data or split")
    project: str = Field(
        "default", pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$", description="Whose budget is charged"
    )
    on_refusal: Literal["stop", "simulate"] = Field(
        "stop", description="When a gate refuses: stop, or run on the exact simulator and say so"
    )
    max_calibration_age_h: float = Field(
        24.0, gt=0, le=8760, description="Oldest calibration a QPU job may use, hours"
    )
    task_runner: str = Field(
        "threads", pattern=r"^(threads|dask|dask:.+)$", description="threads, dask, dask:<address>"
    )
    extend: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{6,64}$",
        description="Key of a stored kernel matrix (or its first digits) whose rows are an "
        "unchanged prefix of these: only the new entries are computed",
    )
    remeasure: int = Field(
        0, ge=0, le=10**6, description="Another number computes (and pays) everything anew"
    )
