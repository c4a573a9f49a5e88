"""The circuit that turns features into a quantum state."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from qml_core.encoding_names import FIELDS_OF, encoding_enum, known_encodings, own_encodings
from qml_core.specs.base import Bandwidth, Positive, Seed, Spec, Weight

_ALL_FIELDS = frozenset().union(*FIELDS_OF.values())


class EncodingSpec(Spec):
    """The circuit that turns one row of features into a quantum state."""

    name: str = Field(
        "iqp", description="Encoding, see `qml list encodings`", json_schema_extra=encoding_enum
    )
    n_qubits: int | None = Field(
        None, ge=1, le=4096, description="Qubits; none: what the features need"
    )
    reps: int = Field(2, ge=1, le=64, description="Repetitions (hamiltonian: Trotter steps)")
    entanglement: Literal["all", "linear", "ring", "none"] = Field(
        "all", description="Pairs of qubits that interact; none: product states"
    )
    bandwidth: Bandwidth = Field(
        1.0, description="Multiplies the encoded angles (Shaydulin & Wild 2022), dimensionless"
    )
    weights: tuple[Weight, ...] = Field(
        (),
        max_length=4096,
        description="Factor of each feature beside the bandwidth, dimensionless; empty: all 1",
    )
    rotation: Literal["X", "Y", "Z"] = Field("Y", description="angle: rotation axis")
    paulis: tuple[Annotated[str, Field(pattern=r"^[XYZ]{1,8}$")], ...] = Field(
        ("Z", "ZZ"), min_length=1, max_length=16, description="pauli: Pauli strings"
    )
    threshold: float = Field(0.0, description="basis: features above it become |1⟩")
    time: Positive = Field(1.0, description="hamiltonian: evolution time t, 1/energy")
    state_seed: Seed = Field(0, description="hamiltonian: seed of the initial product state")

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name in own_encodings() or name in known_encodings():
            return name
        raise ValueError(f"unknown encoding {name!r}; known: {', '.join(known_encodings())}")

    @model_validator(mode="after")
    def _only_what_is_used(self) -> Self:
        used = FIELDS_OF.get(self.name, _ALL_FIELDS)
        for field in sorted(_ALL_FIELDS):
            default = type(self).model_fields[field].default
            if field not in used and getattr(self, field) != default:
                users = ", ".join(name for name, fields in FIELDS_OF.items() if field in fields)
                raise ValueError(f"encoding {self.name} has no {field}; {field} is for {users}")
        return self
