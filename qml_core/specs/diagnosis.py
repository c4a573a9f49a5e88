"""What is asked of a circuit before it is trained: can it be?"""

import math
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from qml_core.ansatz_names import ansatz_enum
from qml_core.errors import SpecError
from qml_core.specs.backend import BackendSpec
from qml_core.specs.base import Spec
from qml_core.specs.circuit import CircuitEncoding, MeasurementSpec, check_ansatz
from qml_core.specs.encoding import EncodingSpec

Check = Literal["gradients", "expressibility", "entanglement", "noise", "spectrum"]
CHECKS: tuple[Check, ...] = ("gradients", "expressibility", "entanglement", "noise", "spectrum")
MOST_QUBITS = 20
"""Above it, samples at all sizes would take hours."""
MOST_NOISY_QUBITS = 7
"""Density matrices have 4^n entries."""

Qubits = Annotated[int, Field(ge=1, le=MOST_QUBITS)]
Layers = Annotated[int, Field(ge=1, le=256)]


class DiagnosisSpec(Spec):
    """An ansatz and a cost, at random parameters, over qubits and layers."""

    ansatz: str = Field(
        "hardware_efficient",
        description="Trainable gates, see `qml list ansatze`",
        json_schema_extra=ansatz_enum,
    )
    encoding: CircuitEncoding | None = Field(
        None, description="Encoding before the ansatz, at random features; none: it starts in |0…0⟩"
    )
    measurement: MeasurementSpec = MeasurementSpec()
    qubits: tuple[Qubits, ...] = Field(
        (2, 3, 4, 5, 6, 7, 8), min_length=1, max_length=20, description="Sizes, rising"
    )
    layers: tuple[Layers, ...] = Field(
        (2, 8), min_length=1, max_length=16, description="Layers of the ansatz, each a series"
    )
    layers_per_qubit: float | None = Field(
        None,
        gt=0,
        le=32,
        description="Layers grow with the qubits by this factor; in place of `layers`",
    )
    samples: int = Field(200, ge=10, le=100_000, description="Random parameters of each size")
    initialisation: Literal["uniform", "small", "identity"] = Field(
        "uniform", description="How the parameters are drawn, as in training.initialisation"
    )
    checks: tuple[Check, ...] = Field(CHECKS, min_length=1, description="What is looked at")
    noise_rate: float = Field(
        0.01,
        gt=0,
        le=0.5,
        description="noise: depolarising probability after each two-qubit gate on each of its "
        "qubits; a tenth of it after a one-qubit gate",
    )
    calibration: str | None = Field(
        None,
        max_length=4096,
        description="noise: calibration record whose mean gate errors replace `noise_rate`, the "
        "name of a QPU or a JSON file",
    )
    noise_qubits: int = Field(4, ge=1, le=MOST_NOISY_QUBITS, description="noise: qubits")
    noise_layers: tuple[Layers, ...] = Field(
        (2, 4, 6, 8), min_length=2, max_length=16, description="noise: depths, rising"
    )

    @field_validator("ansatz")
    @classmethod
    def _known(cls, name: str) -> str:
        return check_ansatz(name)

    @model_validator(mode="after")
    def _what_fits_together(self) -> Self:
        for name in ("qubits", "layers", "noise_layers"):
            values = getattr(self, name)
            if list(values) != sorted(set(values)):
                raise ValueError(f"{name} must rise, found {list(values)}")
        if len(set(self.checks)) < len(self.checks):
            raise ValueError(f"checks {list(self.checks)} name one twice")
        if self.initialisation == "identity" and (odd := self._odd_layers()):
            raise ValueError(f"initialisation=identity pairs layers, found {odd[0]} layers")
        self._check_measurement()
        return self

    def _odd_layers(self) -> list[int]:
        noisy = self.noise_layers if "noise" in self.checks else ()
        return [k for k in (*(k for _, k in self.points), *noisy) if k % 2]

    def _check_measurement(self) -> None:
        sizes = {*self.qubits, *([self.noise_qubits] if "noise" in self.checks else [])}
        read = self.measurement
        if read.qubits and max(read.qubits) >= min(sizes):
            raise ValueError(
                f"measurement.qubits {list(read.qubits)} of a circuit of {min(sizes)} qubits"
            )
        if read.kind == "pauli" and len(sizes) > 1:
            raise ValueError(
                f"measurement.kind=pauli is written for one number of qubits, found "
                f"{sorted(sizes)}; set noise_qubits to the same, or read z, parity, local or global"
            )

    @property
    def points(self) -> tuple[tuple[int, int], ...]:
        """(qubits, layers) that are looked at, series by series."""
        if self.layers_per_qubit is not None:
            rate = self.layers_per_qubit
            return tuple((n, max(1, math.ceil(rate * n - 1e-9))) for n in self.qubits)
        return tuple((n, k) for k in self.layers for n in self.qubits)

    @property
    def spectrum_encoding(self) -> EncodingSpec:
        """Along whose first feature the spectrum is taken."""
        return self.encoding or EncodingSpec(name="angle")

    @property
    def noisy_depths(self) -> tuple[int, ...]:
        """Layers of the circuits under noise."""
        return self.noise_layers if "noise" in self.checks else ()

    @property
    def spectrum_depths(self) -> tuple[int, ...]:
        """Layers of the circuits whose spectrum is taken, on the fewest qubits."""
        fewest = [k for n, k in self.points if n == self.qubits[0]]
        return tuple(fewest) if "spectrum" in self.checks else ()


def check_exact(backend: BackendSpec) -> None:
    """A diagnosis is simulated; raises SpecError for another backend."""
    if backend.name != "qml.batched" or backend.measured or backend.precision != "double":
        raise SpecError(
            f"a diagnosis needs exact gradients, found backend.name={backend.name}, "
            f"shots={backend.shots}, precision={backend.precision}",
            "use qml.batched without shots, in double precision",
        )
