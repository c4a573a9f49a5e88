"""How a variational model is trained."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from qml_core.specs.base import Positive, Spec
from qml_core.specs.circuit import CircuitSpec

Optimiser = Literal["adam", "sgd", "lbfgs", "qng", "spsa", "cobyla", "rotosolve"]
GRADIENT_FREE = ("spsa", "cobyla", "rotosolve")
"""Optimisers that ask for losses only."""

FULL_BATCH = ("lbfgs", "cobyla", "rotosolve")
"""Optimisers that see all training rows at every step."""


class TrainingSpec(Spec):
    """How the parameters of a variational model are found; angles in radians."""

    optimiser: Optimiser = Field(
        "adam",
        description="adam, sgd, lbfgs (exact values only), qng: quantum natural gradient (Stokes "
        "et al. 2020), spsa (Spall 1992), cobyla, rotosolve (Ostaszewski et al. 2021)",
    )
    learning_rate: Annotated[float, Field(gt=0, le=10)] = Field(
        0.05, description="Step size at the start; cobyla: initial radius, radians"
    )
    schedule: Literal["constant", "cosine", "exponential"] = Field(
        "constant", description="Learning rate over the epochs; cosine ends at 0"
    )
    decay: float = Field(0.97, gt=0, le=1, description="exponential: factor per epoch")
    epochs: int = Field(
        30,
        ge=1,
        le=100_000,
        description="Passes over the training rows; cobyla: loss evaluations; rotosolve: sweeps; "
        "more than before extend a finished run",
    )
    batch_size: int | None = Field(
        None,
        ge=1,
        le=10**6,
        description="Rows of a step; none: 32, or all where there are fewer. lbfgs, cobyla and "
        "rotosolve see all rows at every step",
    )
    gradient: Literal["auto", "autograd", "adjoint", "shift", "spsa"] = Field(
        "auto",
        description="auto: autograd on exact simulators, adjoint where its states do not fit into "
        "memory, parameter shift where there are shots",
    )
    loss: Literal["auto", "cross_entropy", "squared", "linear"] = Field(
        "auto",
        description="auto: cross_entropy of classes, squared of values; linear: (1 − y⟨O⟩)/2 of "
        "two classes y = ±1, which rotosolve needs",
    )
    initialisation: Literal["uniform", "small", "identity"] = Field(
        "uniform",
        description="uniform in [0, 2π); small: normal around 0 (Zhang et al. 2022); identity: "
        "every other layer mirrors the one before, so that pairs cancel (Grant et al. 2019)",
    )
    layerwise: int = Field(
        0,
        ge=0,
        le=10_000,
        description="Epochs for each new layer while those before are frozen (Skolik et al. 2021); "
        "the rest of `epochs` trains all; 0: all layers from the start",
    )
    pretraining: int = Field(
        0,
        ge=0,
        le=10_000,
        description="hybrid: epochs in which the classical encoder is trained without the circuit",
    )
    validation: float = Field(
        0.15,
        ge=0,
        le=0.5,
        description="Share of the training rows kept aside to choose the best epoch; 0: the last",
    )
    patience: int | None = Field(
        None, ge=1, description="Stop after so many epochs without a better validation loss"
    )
    damping: Positive = Field(0.01, description="qng: added to the diagonal of the metric")
    perturbation: Positive = Field(0.1, description="spsa: size of the first perturbation, radians")
    checkpoint_epochs: int = Field(5, ge=1, description="Epochs between two checkpoints")
    checkpoint_s: float = Field(
        60.0, ge=0, description="And after so many seconds, also within an epoch"
    )

    @model_validator(mode="after")
    def _only_what_is_used(self) -> Self:
        if self.gradient != "auto" and self.optimiser in GRADIENT_FREE:
            raise ValueError(
                f"optimiser={self.optimiser} asks for no gradient, found gradient={self.gradient}; "
                "leave it out"
            )
        if self.optimiser == "lbfgs" and self.gradient == "spsa":
            raise ValueError(
                "optimiser=lbfgs needs exact gradients, found gradient=spsa; use optimiser=spsa"
            )
        if self.optimiser == "rotosolve" and self.loss != "linear":
            raise ValueError(
                f"optimiser=rotosolve needs loss=linear, found loss={self.loss}: only a loss that "
                "is linear in one expectation value is a sine in each angle; ask for loss=linear "
                "(two classes), or use optimiser spsa or cobyla"
            )
        if self.batch_size is not None and self.optimiser in FULL_BATCH:
            raise ValueError(
                f"optimiser={self.optimiser} sees all rows at every step, found batch_size="
                f"{self.batch_size}; leave it out, or use another optimiser"
            )
        if self.patience is not None and self.validation == 0:
            raise ValueError(
                f"patience={self.patience} needs validation rows, found validation=0; ask for "
                "validation=0.15"
            )
        return self


def check_training(name: str, circuit: CircuitSpec, training: TrainingSpec) -> None:
    """What circuit and training say together; raises ValueError."""
    if training.initialisation == "identity" and circuit.layers % 2:
        raise ValueError(
            f"initialisation=identity pairs layers, found circuit.layers={circuit.layers}; ask for "
            f"{circuit.layers + 1}"
        )
    taken = training.layerwise * circuit.layers
    if training.layerwise and training.epochs <= taken:
        raise ValueError(
            f"layerwise={training.layerwise} takes {taken} epochs for {circuit.layers} layers, "
            f"found epochs={training.epochs}: none is left to train all; ask for more than {taken}"
        )
    if training.layerwise and training.initialisation == "identity":
        raise ValueError(
            "layerwise training adds single layers, initialisation=identity pairs; use "
            "initialisation=small"
        )
    if training.pretraining and name != "hybrid":
        raise ValueError(
            f"pretraining={training.pretraining} trains the encoder of hybrid, found model {name}, "
            "which has none; use model hybrid, or leave it out"
        )
    if name == "hybrid" and training.optimiser in ("qng", "rotosolve"):
        raise ValueError(
            f"optimiser={training.optimiser} is for circuits alone, found model hybrid, whose "
            "encoder is classical; use optimiser=adam"
        )
