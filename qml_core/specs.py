"""What a user asks for: one frozen model per noun, validated once at the door.

The descriptions and bounds become the form in Prefect's UI and the text of `qml … --help`.
Importing this module is light: no torch, no pennylane, no prefect.
"""

import math
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from qml_core.encoding_names import (
    FIELDS_OF,
    encoding_enum,
    known_encodings,
    own_encodings,
    qubits_needed,
)
from qml_core.errors import SpecError

Positive = Annotated[float, Field(gt=0, le=1e6)]
Bandwidth = Annotated[float, Field(gt=0, le=100)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]


class Spec(BaseModel):
    """Frozen, and a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PreprocessingSpec(Spec):
    """From the raw columns to what the encoding sees; fitted on the training rows only.

    Order: missing values, standardisation, reduction, scaling.
    """

    missing: Literal["refuse", "mean", "median", "most_frequent"] = Field(
        "refuse", description="Missing values: refuse, or impute from the training rows"
    )
    reduce: Literal["pca", "select", "none"] = Field(
        "pca",
        description="pca: principal components of the standardised features; select: the features "
        "with the largest F statistic; none: all features",
    )
    n_components: int | None = Field(
        None, ge=1, le=4096, description="Features after the reduction; none: all, at most 10"
    )
    scale: Literal["standard", "minmax", "none"] = Field(
        "standard",
        description="Last step. standard: zero mean, unit variance; minmax: onto `range`",
    )
    range: tuple[float, float] = Field(
        (-math.pi / 2, math.pi / 2), description="Angle range of scale=minmax, radians"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.range[0] >= self.range[1]:
            raise ValueError(f"range {self.range} must grow: (low, high) in radians")
        if self.reduce == "none" and self.n_components is not None:
            raise ValueError(f"n_components={self.n_components} does not go with reduce=none")
        return self


class SplitSpec(Spec):
    """Repeated hold-out, stratified by class."""

    test_size: float = Field(0.2, gt=0, lt=1, description="Share of the rows held out")
    seed: Seed = Field(0, description="Seed of the first split; the others use seed+1, seed+2, …")
    repeats: int = Field(
        5, ge=1, le=100, description="Splits a model is evaluated on; a kernel matrix uses one"
    )


class DatasetSpec(Spec):
    """A named data set, or a file with a target column."""

    name: str | None = Field(
        None, pattern=r"^[a-z0-9][a-z0-9_]{0,63}$", description="Name, see `qml list datasets`"
    )
    path: str | None = Field(
        None, min_length=1, max_length=1024, description="CSV or Parquet: local path or s3://…"
    )
    target: str | None = Field(None, description="Target column of the file")
    parameters: dict[str, int | float | bool | str] = Field(
        default_factory=dict, description="Parameters of a generated data set"
    )
    preprocessing: PreprocessingSpec = PreprocessingSpec()
    split: SplitSpec = SplitSpec()

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.name is None) == (self.path is None):
            raise ValueError(f"give either name or path, found name={self.name}, path={self.path}")
        if self.path is not None and self.target is None:
            raise ValueError(f"path={self.path} needs target=<column>")
        if self.name is not None and self.target is not None:
            raise ValueError(f"target={self.target} is for files; {self.name} knows its own")
        if self.path is not None and self.parameters:
            raise ValueError(f"parameters are for named data sets, found path={self.path}")
        return self


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
    entanglement: Literal["all", "linear", "ring"] = Field(
        "all", description="Pairs of qubits that interact"
    )
    bandwidth: Bandwidth = Field(
        1.0, description="Multiplies the encoded angles (Shaydulin & Wild 2022), dimensionless"
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


class KernelSpec(Spec):
    """k(x, x') = |⟨φ(x)|φ(x')⟩|² of the encoded states."""

    encoding: EncodingSpec = EncodingSpec()
    kind: Literal["fidelity"] = Field("fidelity", description="Kernel of the encoded states")


class ModelSpec(Spec):
    """A kernel model and the grid that inner cross-validation chooses from."""

    name: Literal["qsvc", "qsvr"] = Field("qsvc", description="Classifier or regressor")
    kernel: KernelSpec = KernelSpec()
    bandwidths: tuple[Bandwidth, ...] = Field(
        (0.05, 0.1, 0.2, 0.4),
        max_length=64,
        description="Candidate bandwidths; empty: the encoding's own",
    )
    C: tuple[Positive, ...] = Field(
        (1.0, 10.0, 100.0, 1000.0), min_length=1, max_length=64, description="Candidate penalties"
    )
    epsilon: float = Field(
        0.1, ge=0, le=10, description="qsvr: half width of the tube, standard deviations of y"
    )
    inner_folds: int = Field(5, ge=2, le=20, description="Folds of the inner cross-validation")
    psd: Literal["clip", "shift", "higham", "none"] = Field(
        "clip", description="Repair of a matrix that is not positive semi-definite"
    )

    def candidate_kernels(self) -> tuple[KernelSpec, ...]:
        """The kernels of the bandwidth grid; the kernel itself where its encoding has no angles."""
        encoding = self.kernel.encoding
        if not self.bandwidths or "bandwidth" not in FIELDS_OF.get(encoding.name, {"bandwidth"}):
            return (self.kernel,)
        encodings = (encoding.model_copy(update={"bandwidth": b}) for b in self.bandwidths)
        return tuple(self.kernel.model_copy(update={"encoding": e}) for e in encodings)


class BackendSpec(Spec):
    """Where the circuits run."""

    name: Literal["qml.batched", "default.qubit", "lightning.qubit"] = Field(
        "qml.batched", description="Backend, see `qml list backends`"
    )
    shots: int | None = Field(
        None, ge=1, le=10**7, description="Shots per circuit; none: exact values"
    )
    precision: Literal["double", "single"] = Field("double", description="complex128 or complex64")

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
    remeasure: int = Field(
        0, ge=0, le=10**6, description="Another number computes (and pays) everything anew"
    )


def check_qubits(encoding: EncodingSpec, n_features: int, source: str) -> None:
    """Raise SpecError where `encoding.n_qubits` is not what n features need.

    Args:
        source: where the number of features comes from, as the user would write it.
    """
    needed = qubits_needed(encoding.name, n_features)
    if needed is not None and encoding.n_qubits not in (None, needed):
        raise SpecError(
            f"encoding.n_qubits={encoding.n_qubits}, but {source}={n_features} needs {needed} "
            f"qubits with encoding {encoding.name}",
            "make preprocessing.n_components and encoding.n_qubits agree",
        )


def check_together(dataset: DatasetSpec, kernel: KernelSpec) -> None:
    """What can be said of data and kernel before any data are read; raises SpecError."""
    if dataset.preprocessing.n_components is not None:
        n_features = dataset.preprocessing.n_components
        check_qubits(kernel.encoding, n_features, "preprocessing.n_components")
