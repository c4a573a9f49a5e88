"""Under which terms a job runs."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from qml_core.specs.backend import check_backend_name
from qml_core.specs.base import Seed, Spec

BackendName = Annotated[str, AfterValidator(check_backend_name)]


class RunSpec(Spec):
    """Under which terms a job runs; none of it changes the numbers but `seed` and `remeasure`."""

    seed: Seed = Field(0, description="Seed of everything random that is not data or split")
    project: str = Field(
        "default", pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$", description="Whose budget is charged"
    )
    on_refusal: Literal["fail", "wait", "fallback"] = Field(
        "fail",
        description="When a QPU is offline, its queue too long or its calibration too old: stop, "
        "wait until `wait_h`, or take the first of `fallback` that serves, then a simulator",
    )
    wait_h: float = Field(6.0, gt=0, le=720, description="wait: longest wait for a QPU, hours")
    fallback: tuple[BackendName, ...] = Field(
        (), max_length=16, description="fallback: backends in this order, then qml.batched"
    )
    max_calibration_age_h: float = Field(
        24.0, gt=0, le=100_000, description="Oldest calibration a QPU job may use, hours"
    )
    max_queue: int | None = Field(None, ge=0, description="Longest queue of a QPU, jobs; none: any")
    job_timeout_h: float = Field(
        24.0, gt=0, le=720, description="Longest wait for one job; the same command collects it"
    )
    canary: bool = Field(
        True, description="A small first job on a QPU, which stops the run where it fails"
    )
    canary_fidelity: float = Field(
        0.5, gt=0, lt=1, description="Least fidelity of the canary, 95 % upper bound"
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
