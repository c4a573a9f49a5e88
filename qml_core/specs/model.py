"""Kernels, and the models that learn with them."""

from typing import Literal, Self

from pydantic import Field, model_validator

from qml_core.encoding_names import FIELDS_OF
from qml_core.specs.base import Bandwidth, Positive, Spec
from qml_core.specs.encoding import EncodingSpec


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

    @model_validator(mode="after")
    def _one_bandwidth_or_a_grid(self) -> Self:
        own = self.kernel.encoding.bandwidth
        if own != 1.0 and self.bandwidths not in ((), (own,)):
            raise ValueError(
                f"kernel.encoding.bandwidth={own} beside bandwidths={self.bandwidths}: "
                f"ask for bandwidths=[{own}], or [] for the encoding's own"
            )
        return self

    def candidate_kernels(self) -> tuple[KernelSpec, ...]:
        """The kernels of the bandwidth grid; the kernel itself where its encoding has no angles."""
        encoding = self.kernel.encoding
        if not self.bandwidths or "bandwidth" not in FIELDS_OF.get(encoding.name, {"bandwidth"}):
            return (self.kernel,)
        encodings = (encoding.model_copy(update={"bandwidth": b}) for b in self.bandwidths)
        return tuple(self.kernel.model_copy(update={"encoding": e}) for e in encodings)
