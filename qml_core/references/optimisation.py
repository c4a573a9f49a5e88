"""An Ising problem in the store, the plan of a QAOA on it, and what became of it."""

from pydantic import Field

from qml_core.references.artifacts import ArtifactRef
from qml_core.references.plans import CircuitPlan
from qml_core.references.runs import RunRef
from qml_core.specs import QAOASpec, Spec


class ProblemRef(ArtifactRef):
    """An Ising polynomial in the store, JSON."""

    name: str
    kind: str = Field(description="maxcut, independent_set, vertex_cover, qubo, ising, surrogate")
    n_qubits: int = Field(ge=1)
    n_terms: int = Field(ge=0)
    degree: int = Field(ge=0)
    groups: tuple[tuple[int, ...], ...] = Field(
        (), description="Wires of each variable: one free qubit, or a one-hot group; empty: free"
    )


class QAOAPlan(CircuitPlan):
    """One QAOA on one problem: the evaluations of its objective, then its readout."""

    problem: ProblemRef
    qaoa: QAOASpec

    @property
    def store(self) -> str:
        return self.problem.store


class Solution(Spec):
    """What a QAOA came to; bit strings are written with wire 0 first, energies are minimised."""

    plan_key: str
    gammas: tuple[float, ...] = Field(description="Radians")
    betas: tuple[float, ...] = Field(description="Radians")
    expectation: float = Field(description="Of the energy, with the angles that were kept")
    objective: float = Field(description="What was minimised: expectation, CVaR or Gibbs")
    evaluations: int = Field(ge=0, description="Of the objective")
    best: str = Field(description="Bit string of the least energy that was sampled")
    best_energy: float
    optimum: float | None = Field(None, description="Least energy there is, where it is known")
    worst: float | None = Field(None, description="Greatest feasible energy, where it is known")
    approximation: float | None = Field(
        None, description="(worst − expectation) / (worst − optimum); of MaxCut the usual ratio"
    )
    best_approximation: float | None = Field(None, description="The same of the best sample")
    feasibility: float = Field(1.0, ge=0, le=1, description="Share of the samples that is feasible")
    samples: ArtifactRef = Field(description="bits, count, energy, feasible; Parquet")
    history: ArtifactRef = Field(description="Objective and angles of each evaluation, Parquet")
    circuits: int = Field(0, ge=0, description="Circuits measured for it; 0: exact values")
    seconds: float = Field(ge=0)
    notes: tuple[str, ...] = ()


class QAOARef(RunRef):
    """A finished QAOA."""

    solution: Solution
    value: float | None = Field(None, description="Of the best sample, as the problem counts it")
