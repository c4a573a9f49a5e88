"""What a report page says of a QAOA on one problem."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
BitArray = NDArray[np.uint8]

MAX_NODES = 60
"""Of the graph that is drawn; more would be a ball of wool."""


@dataclass(frozen=True, eq=False)
class QAOASection:
    """One QAOA; energies are minimised.

    Args:
        problem: its name; `kind`: maxcut, independent_set, vertex_cover, qubo, ising, surrogate.
        energies: of the distinct samples, (m,); `counts`: shots of each, (m,).
        feasible: whether each is, (m,); None: all are.
        gammas, betas: angles that were kept, radians, (p,) each.
        history: objective at each evaluation, (k,).
        objective: what the history holds, e.g. "expectation", "CVaR of the best 20 %".
        expectation: of the energy at the angles kept; of feasible samples.
        best_bits: (n,), wire 0 first, of the least feasible energy; None: nothing was feasible.
        optimum, worst: least and greatest feasible energy, where they are known.
        value: of the best sample as the problem counts it; `value_name`: cut, size or energy.
        approximation, best_approximation: (worst − energy) / (worst − optimum) of the expectation
            and of the best sample.
        feasibility: share of the shots that is feasible.
        guess_energies, guess_weights: energies of random feasible bit strings, (g,), and how
            often each comes, (g,); None: not drawn; weights None: all alike.
        terms: wires -> coefficient of Z on them, () the constant; coefficients are shown where no
            graph is.
        edges: of a graph problem, (wire, wire, weight).
        labels: of the wires, e.g. nodes of the graph; empty: their numbers.
        start: where the angles started, e.g. "published angles of 3-regular graphs".
        optimiser, mixer, backend: in words; `shots`: of the readout; None: exact probabilities.
        circuits: measured; 0: exact values; `usd`: of them, at most.

    Raises:
        SpecError: arrays of different lengths, no samples, or bits that do not fit.
    """

    problem: str
    kind: str
    n_qubits: int
    energies: FloatArray
    counts: IntArray
    gammas: FloatArray
    betas: FloatArray
    history: FloatArray
    expectation: float
    feasible: BoolArray | None = None
    objective: str = "expectation"
    best_bits: BitArray | None = None
    best_energy: float | None = None
    optimum: float | None = None
    worst: float | None = None
    value: float | None = None
    value_name: str = "energy"
    approximation: float | None = None
    best_approximation: float | None = None
    feasibility: float = 1.0
    guess_energies: FloatArray | None = None
    guess_weights: FloatArray | None = None
    terms: Mapping[tuple[int, ...], float] | None = None
    edges: tuple[tuple[int, int, float], ...] = ()
    labels: tuple[str, ...] = ()
    start: str = ""
    optimiser: str = ""
    mixer: str = ""
    backend: str = ""
    shots: int | None = None
    circuits: int = 0
    usd: float | None = 0.0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lengths = {len(self.energies), len(self.counts), len(self.kept)}
        if len(lengths) > 1 or 0 in lengths or len(self.gammas) != len(self.betas):
            raise SpecError(
                f"samples of a QAOA asked, found {len(self.energies)} energies, "
                f"{len(self.counts)} counts, {len(self.kept)} marks of feasibility, "
                f"{len(self.gammas)} gammas and {len(self.betas)} betas, at least 1 sample",
                "pass one row per distinct sample, and as many gammas as betas",
            )
        found = self.n_qubits if self.best_bits is None else len(self.best_bits)
        if found != self.n_qubits or (self.labels and len(self.labels) != self.n_qubits):
            raise SpecError(
                f"QAOA on {self.n_qubits} qubits asked, found {found} bits and "
                f"{len(self.labels)} labels",
                "pass one bit and one label per qubit",
            )

    @property
    def kept(self) -> BoolArray:
        """Whether each distinct sample is feasible, (m,)."""
        if self.feasible is None:
            return np.ones(len(self.energies), dtype=np.bool_)
        return self.feasible

    @property
    def names(self) -> tuple[str, ...]:
        """Of the wires."""
        return self.labels or tuple(map(str, range(self.n_qubits)))

    @property
    def drawable(self) -> bool:
        """Whether the graph is small enough for a picture."""
        return bool(self.edges) and self.n_qubits <= MAX_NODES and self.best_bits is not None

    @property
    def best_text(self) -> str:
        """Bit string of the best sample, wire 0 first; long ones are cut."""
        if self.best_bits is None:
            return "–"
        text = "".join(map(str, self.best_bits.tolist()))
        return text if len(text) <= 200 else f"{text[:200]}… ({len(text):,} bits)"

    @property
    def optimal_shots(self) -> float | None:
        """Share of all shots that reached the optimum; None where it is unknown."""
        if self.optimum is None:
            return None
        near = 1e-9 * max(1.0, abs(self.optimum))
        hit = self.kept & (self.energies <= self.optimum + near)
        return float(self.counts[hit].sum() / self.counts.sum())
