"""Where circuits run, with how many shots, and how their errors are corrected."""

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from qml_core.backend_names import DEFAULT_SHOTS, EXACT, NOISY, Kind, kind_of
from qml_core.specs.base import Spec

Correction = Literal["readout", "depolarising"]


def check_backend_name(name: str) -> str:
    """The name; raises ValueError where no backend can have it."""
    if kind_of(name) is None:
        known = ", ".join((*EXACT, *NOISY))
        raise ValueError(
            f"unknown backend {name!r}; known: {known}, ibm.<backend>, "
            "braket.<provider>.<device>, ionq.<backend>"
        )
    return name


class BackendSpec(Spec):
    """Where the circuits run."""

    name: str = Field(
        "qml.batched",
        description="Backend, see `qml list backends`",
        json_schema_extra={"examples": [*EXACT, *NOISY, "ibm.fake_manila", "braket.iqm.Garnet"]},
    )
    shots: int | None = Field(
        None,
        ge=1,
        le=10**7,
        description=f"Shots per circuit; none: exact values, {DEFAULT_SHOTS} where there are none",
    )
    precision: Literal["double", "single"] = Field("double", description="complex128 or complex64")
    storage: Literal["float64", "float32"] = Field(
        "float64", description="Type of the matrix entries in the store"
    )
    noise: str | None = Field(
        None,
        max_length=4096,
        description="Noisy simulators: calibration record to follow, the name of a QPU or a JSON "
        "file; none: no noise",
    )
    allocation: Literal["fixed", "adaptive"] = Field(
        "fixed",
        description="fixed: `shots` of each circuit; adaptive: a pilot, then as many as the "
        "target error needs, `shots` at most",
    )
    pilot_shots: int = Field(128, ge=16, le=10**6, description="adaptive: of the first job")
    target_error: float = Field(
        0.02, gt=0, lt=0.5, description="adaptive: standard error of an entry to reach"
    )
    corrections: tuple[Correction, ...] | None = Field(
        None,
        description="Error mitigation of kernel entries, in this order; none: readout and "
        "depolarising on QPUs and noisy simulators",
    )
    estimator: Literal["compute_uncompute", "randomised"] = Field(
        "compute_uncompute",
        description="One circuit per pair at twice the depth, or `bases` random bases per row at "
        "once the depth (many rows, few qubits only)",
    )
    bases: int = Field(100, ge=2, le=10_000, description="randomised: bases of each row")

    @property
    def kind(self) -> Kind:
        kind = kind_of(self.name)
        assert kind is not None
        return kind

    @property
    def measured(self) -> bool:
        """Whether entries are estimated from shots."""
        return self.shots is not None

    @property
    def simulated(self) -> "BackendSpec":
        """Where the exact values of what is measured here can be computed."""
        return BackendSpec() if self.measured else self

    @property
    def applied_corrections(self) -> tuple[Correction, ...]:
        """What is asked for, or the default of the backend's kind."""
        if self.corrections is not None:
            return self.corrections
        default: tuple[Correction, ...] = ("readout", "depolarising")
        return () if self.kind == "exact" or self.estimator == "randomised" else default

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        return check_backend_name(name)

    @model_validator(mode="before")
    @classmethod
    def _default_shots(cls, values: Any) -> Any:
        if not isinstance(values, dict) or values.get("shots") is not None:
            return values
        exact = kind_of(str(values.get("name", "qml.batched"))) in ("exact", None)
        return values if exact else {**values, "shots": DEFAULT_SHOTS}

    @model_validator(mode="after")
    def _only_what_is_used(self) -> Self:
        if self.precision == "single" and self.name not in ("qml.batched", "lightning.qubit"):
            raise ValueError(f"backend {self.name} computes in double precision only")
        if self.noise is not None and self.kind != "noisy":
            raise ValueError(
                f"noise={self.noise} is for {', '.join(NOISY)}, found name={self.name}"
            )
        if self.shots is None:
            asked = self.model_fields_set & {"allocation", "corrections", "estimator", "bases"}
            if asked and any(getattr(self, f) != _DEFAULTS[f] for f in asked):
                raise ValueError(
                    f"{', '.join(sorted(asked))} need shots=<number>, backend {self.name} is exact"
                )
        elif self.allocation == "adaptive" and self.pilot_shots >= self.shots:
            raise ValueError(
                f"pilot_shots={self.pilot_shots} of shots={self.shots} leave nothing to allocate"
            )
        if self.estimator == "randomised":
            self._check_randomised()
        return self

    def _check_randomised(self) -> None:
        if self.allocation == "adaptive" or "depolarising" in (self.corrections or ()):
            raise ValueError(
                "estimator=randomised takes allocation=fixed and no depolarising correction, "
                f"found allocation={self.allocation}, corrections={self.corrections}"
            )
        if self.shots is not None and self.shots < 2:
            raise ValueError(f"estimator=randomised pairs shots, found shots={self.shots}")


_DEFAULTS: dict[str, object] = {
    "allocation": "fixed",
    "corrections": None,
    "estimator": "compute_uncompute",
    "bases": 100,
}
