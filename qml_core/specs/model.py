"""Kernels, and the models that learn with them."""

from typing import Literal, Self

from pydantic import Field, model_validator

from qml_core.encoding_names import FIELDS_OF
from qml_core.specs.base import Bandwidth, Positive, Spec
from qml_core.specs.encoding import EncodingSpec


class KernelSpec(Spec):
    """Kernel of two encoded rows: of their states, or of the one-qubit reduced states."""

    encoding: EncodingSpec = EncodingSpec()
    kind: Literal["fidelity", "projected"] = Field(
        "fidelity",
        description="fidelity: |⟨φ(x)|φ(x')⟩|²; projected: exp(−γ Σ_k ‖ρ_k − ρ'_k‖²_F) of the "
        "one-qubit reduced states (Huang et al. 2021)",
    )
    gamma: Positive = Field(1.0, description="projected: γ, dimensionless")
    landmarks: int | None = Field(
        None,
        ge=1,
        le=20_000,
        description="Nyström: rows that stand for all, K ≈ C W⁺ Cᵀ; none: the exact matrix",
    )
    landmark_choice: Literal["uniform", "kmeans", "leverage"] = Field(
        "kmeans",
        description="Nyström: at random, nearest to k-means centres, or by leverage score",
    )

    @model_validator(mode="after")
    def _only_what_is_used(self) -> Self:
        if self.kind != "projected" and self.gamma != 1.0:
            raise ValueError(f"gamma={self.gamma} is for kind=projected, found kind={self.kind}")
        if self.landmarks is None and self.landmark_choice != "kmeans":
            raise ValueError(f"landmark_choice={self.landmark_choice} needs landmarks=<number>")
        return self


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
