"""QAOA: the circuit, where its angles come from, and what they are tuned for."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from qml_core.specs.base import Spec

Angle = Annotated[float, Field(ge=-1000, le=1000)]


class QAOASpec(Spec):
    """The quantum approximate optimisation algorithm; angles in radians, energies minimised."""

    layers: int = Field(2, ge=1, le=64, description="Layers p: one gamma and one beta each")
    mixer: Literal["auto", "x", "xy_ring", "xy_complete"] = Field(
        "auto",
        description="auto: x on free qubits, xy_ring within one-hot groups; xy keeps exactly one "
        "qubit of each group at 1 (Hadfield et al. 2019)",
    )
    start: Literal["w", "basis"] = Field(
        "w", description="Of one-hot groups: W state, or the first level of each group"
    )
    angles: Literal["auto", "fixed", "ramp", "interp", "transfer", "random", "given"] = Field(
        "auto",
        description="Where the optimiser starts. auto: fixed for unweighted regular graphs, else "
        "ramp; fixed: published angles of regular graphs (Wurtz, Lykov 2021); interp: layer by "
        "layer (Zhou et al. 2020); transfer: tuned on a smaller instance; given: `gammas`, `betas`",
    )
    gammas: tuple[Angle, ...] = Field((), max_length=64, description="given: one per layer")
    betas: tuple[Angle, ...] = Field((), max_length=64, description="given: one per layer")
    optimiser: Literal["auto", "none", "lbfgs", "adam", "cobyla", "spsa"] = Field(
        "auto",
        description="Tunes the angles. auto: lbfgs on exact values, cobyla with shots; none: the "
        "start is kept",
    )
    evaluations: int = Field(
        100, ge=1, le=100_000, description="Evaluations of the objective at most, all starts"
    )
    starts: int = Field(
        1, ge=1, le=1000, description="Starts; after the first, angles are drawn at random"
    )
    objective: Literal["expectation", "cvar", "gibbs"] = Field(
        "expectation",
        description="cvar: mean of the best share `alpha` (Barkoutsos et al. 2020); gibbs: "
        "−log⟨exp(−eta C)⟩ (Li et al. 2020)",
    )
    alpha: float = Field(0.2, gt=0, le=1, description="cvar: share of the samples")
    eta: float = Field(
        1.0, gt=0, le=100, description="gibbs: in units of one over the spread of the energies"
    )
    warm_start: float | None = Field(
        None,
        gt=0,
        le=0.5,
        description="Start from the relaxed problem (Egger et al. 2021): qubits are kept this far "
        "from 0 and 1; none: start from the uniform superposition",
    )
    recursive: int | None = Field(
        None,
        ge=1,
        le=24,
        description="Recursive QAOA (Bravyi et al. 2020): fix the strongest correlation until so "
        "many variables are left; none: QAOA once",
    )
    samples: int = Field(1024, ge=1, le=10**7, description="Shots of the final readout")

    @property
    def tuner(self) -> str:
        """The optimiser on exact values."""
        return "lbfgs" if self.optimiser == "auto" else self.optimiser

    @property
    def measured_tuner(self) -> str:
        """The optimiser where values come from shots."""
        return "cobyla" if self.optimiser == "auto" else self.optimiser

    @model_validator(mode="after")
    def _angles_fit(self) -> Self:
        given = len(self.gammas), len(self.betas)
        wanted = (self.layers,) * 2 if self.angles == "given" else (0, 0)
        if given != wanted:
            raise ValueError(
                f"angles={self.angles} with layers={self.layers} takes {wanted[0]} gammas and "
                f"betas, found {given[0]} and {given[1]}"
            )
        if self.evaluations < self.starts and self.optimiser != "none":
            raise ValueError(
                f"evaluations={self.evaluations} for starts={self.starts}: give each start one"
            )
        if self.recursive is not None and self.mixer.startswith("xy"):
            raise ValueError(
                f"recursive={self.recursive} substitutes single qubits, found mixer={self.mixer}; "
                "use mixer=x"
            )
        if self.warm_start is not None and self.mixer.startswith("xy"):
            raise ValueError(
                f"warm_start={self.warm_start} turns single qubits, found mixer={self.mixer}; use "
                "mixer=x"
            )
        return self
