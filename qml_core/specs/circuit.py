"""The circuit of a variational model: encoding, ansatz and what is read."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from qml_core.ansatz_names import ansatz_enum, known_ansatze, own_ansatze
from qml_core.specs.base import Spec
from qml_core.specs.encoding import EncodingSpec


def _letters(text: Any) -> Any:
    """Refuse what no Pauli sum is written with, in plainer words than a pattern."""
    if isinstance(text, str) and not re.fullmatch(r"[-+*.0-9eIXYZ ]+", text):
        raise ValueError(
            f"Pauli sum {text!r:.80} cannot be read; write it with I, X, Y, Z and factors, such as "
            "0.5*XIII - IIZZ"
        )
    return text


def angle_unless_named(encoding: Any) -> Any:
    """A trained circuit encodes angles, also where only a detail of its encoding is given."""
    return {"name": "angle", **encoding} if isinstance(encoding, dict) else encoding


PauliSum = Annotated[str, BeforeValidator(_letters), Field(pattern=r"^[-+*.0-9eIXYZ ]{1,4096}$")]
CircuitEncoding = Annotated[EncodingSpec, BeforeValidator(angle_unless_named)]


class MeasurementSpec(Spec):
    """What is read of a circuit: one expectation value in [-1, 1] per outcome."""

    kind: Literal["z", "parity", "local", "global", "pauli"] = Field(
        "z",
        description="z: ⟨Z⟩ of a qubit per outcome; parity: ⟨Z⊗…⊗Z⟩; local: the mean of all ⟨Z⟩; "
        "global: 2 P(0…0) − 1, whose gradients vanish with the qubits (Cerezo et al. 2021); "
        "pauli: the sums of `paulis`",
    )
    qubits: tuple[Annotated[int, Field(ge=0, lt=4096)], ...] = Field(
        (), max_length=4096, description="z, parity, local: qubits that are read; empty: all"
    )
    paulis: tuple[PauliSum, ...] = Field(
        (),
        max_length=256,
        description="pauli: a sum per outcome, one letter per qubit, e.g. ZZII or 0.5*XIII-IIZZ",
    )

    @model_validator(mode="after")
    def _only_what_is_used(self) -> Self:
        if (self.kind == "pauli") != bool(self.paulis):
            raise ValueError(f"paulis={list(self.paulis)} with kind={self.kind}: they go together")
        if self.qubits and self.kind in ("global", "pauli"):
            raise ValueError(f"kind={self.kind} reads all qubits, found qubits={self.qubits}")
        if len(set(self.qubits)) < len(self.qubits):
            raise ValueError(f"qubits {self.qubits} name one twice")
        return self


class CircuitSpec(Spec):
    """Encoding, then layers of trainable gates, then a measurement."""

    encoding: CircuitEncoding = EncodingSpec(name="angle")
    ansatz: str = Field(
        "hardware_efficient",
        description="Trainable gates, see `qml list ansatze`",
        json_schema_extra=ansatz_enum,
    )
    layers: int = Field(2, ge=1, le=256, description="Layers of the ansatz")
    measurement: MeasurementSpec = MeasurementSpec()

    @field_validator("ansatz")
    @classmethod
    def _known(cls, name: str) -> str:
        return check_ansatz(name)


def check_ansatz(name: str) -> str:
    """The name; raises ValueError where no ansatz has it."""
    if name in own_ansatze() or name in known_ansatze():
        return name
    raise ValueError(f"unknown ansatz {name!r}; known: {', '.join(known_ansatze())}")
