"""Kernels of two encoded rows."""

from typing import Literal, Self

from pydantic import Field, model_validator

from qml_core.specs.base import Positive, Spec
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
