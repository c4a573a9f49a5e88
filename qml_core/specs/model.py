"""The models: kernel machines with their grid, and variational circuits with their training."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from qml_core.encoding_names import FIELDS_OF
from qml_core.specs.base import Bandwidth, Positive, Spec
from qml_core.specs.circuit import CircuitSpec
from qml_core.specs.encoding import EncodingSpec
from qml_core.specs.kernel import KernelSpec
from qml_core.specs.training import TrainingSpec, check_training

VARIATIONAL = ("vqc", "vqr", "hybrid")
KERNEL_FIELDS = ("kernel", "bandwidths", "C", "kernel_training", "psd")
VARIATIONAL_FIELDS = ("circuit", "training", "hidden")

_KERNEL_MACHINES = "which is of qsvc and qsvr; leave it out, or use one of these"
_HAS = {
    "kernel": "it trains a circuit; set model.circuit instead (encoding, ansatz, layers, "
    "measurement), or use model.name=qsvc or qsvr",
    **dict.fromkeys(("bandwidths", "C", "kernel_training", "psd"), _KERNEL_MACHINES),
    **dict.fromkeys(
        ("circuit", "training"), "which is of vqc, vqr and hybrid; use one of these as model.name"
    ),
    "hidden": "which is of hybrid, whose encoder has hidden layers; use model.name=hybrid",
}
"""Which models have a field, as a remedy."""


class ModelSpec(Spec):
    """A kernel model and the grid its hyper-parameters come from, or a variational model."""

    name: Literal["qsvc", "qsvr", "vqc", "vqr", "hybrid"] = Field(
        "qsvc", description="Model, see `qml list models`"
    )
    kernel: KernelSpec = KernelSpec()
    circuit: CircuitSpec = Field(CircuitSpec(), description="vqc, vqr, hybrid: the circuit")
    training: TrainingSpec = Field(TrainingSpec(), description="vqc, vqr, hybrid: the training")
    hidden: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(
        (16,), max_length=8, description="hybrid: units of the hidden layers of the encoder"
    )
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
    kernel_training: int = Field(
        0,
        ge=0,
        le=10_000,
        description="Steps of kernel training: bandwidth and weights of each kernel by centred "
        "target alignment on the training rows; 0: none",
    )
    inner_folds: int = Field(5, ge=2, le=20, description="Folds of the inner cross-validation")
    psd: Literal["clip", "shift", "higham", "none"] = Field(
        "clip", description="Repair of a matrix that is not positive semi-definite"
    )

    @property
    def variational(self) -> bool:
        """Whether a circuit is trained, and no kernel."""
        return self.name in VARIATIONAL

    @property
    def unused(self) -> tuple[str, ...]:
        """Fields of the other kind of model, which keep their defaults."""
        if not self.variational:
            return VARIATIONAL_FIELDS
        return KERNEL_FIELDS if self.name == "hybrid" else (*KERNEL_FIELDS, "hidden")

    @property
    def encoding(self) -> EncodingSpec:
        """Of the kernel, or of the circuit."""
        return self.circuit.encoding if self.variational else self.kernel.encoding

    @property
    def configurations(self) -> int:
        """Of bandwidth and C; as many are given to the classical baseline of any model."""
        return len(self.candidate_kernels()) * len(self.C)

    @property
    def mirrored(self) -> bool:
        """Whether every other layer of the circuit is the mirror image of the one before."""
        return self.variational and self.training.initialisation == "identity"

    @model_validator(mode="after")
    def _only_what_is_used(self) -> Self:
        for field in self.unused:
            if getattr(self, field) != type(self).model_fields[field].default:
                raise ValueError(f"{self.name} has no {field}, {_HAS[field]}")
        if self.variational:
            check_training(self.name, self.circuit, self.training)
        return self

    @model_validator(mode="after")
    def _one_bandwidth_or_a_grid(self) -> Self:
        own = self.kernel.encoding.bandwidth
        if own != 1.0 and self.bandwidths not in ((), (own,)):
            raise ValueError(
                f"kernel.encoding.bandwidth={own} beside bandwidths={self.bandwidths}: "
                f"ask for bandwidths=[{own}], or [] for the encoding's own"
            )
        return self

    @model_validator(mode="after")
    def _something_to_train(self) -> Self:
        name = self.kernel.encoding.name
        if self.kernel_training and "bandwidth" not in FIELDS_OF.get(name, {"bandwidth"}):
            raise ValueError(
                f"kernel_training={self.kernel_training}, but encoding {name} has no bandwidth to "
                "train; ask for kernel_training=0"
            )
        return self

    def candidate_kernels(self) -> tuple[KernelSpec, ...]:
        """The kernels of the bandwidth grid; the kernel itself where its encoding has no angles."""
        encoding = self.kernel.encoding
        if not self.bandwidths or "bandwidth" not in FIELDS_OF.get(encoding.name, {"bandwidth"}):
            return (self.kernel,)
        encodings = (encoding.model_copy(update={"bandwidth": b}) for b in self.bandwidths)
        return tuple(self.kernel.model_copy(update={"encoding": e}) for e in encodings)
