"""Tuning the angles of QAOA against fixed ones, at equal circuit evaluations.

    python -m bench.angles [--qubits 14] [--graphs 10] [--json]

MaxCut of random 3-regular graphs. Figures are mean approximation ratios of the exact expectation at
the angles that were kept, beside them the standard deviation over the graphs and the difference to
fixed angles (Wurtz, Lykov 2021), paired by graph. Fixed angles and the plain ramp evaluate nothing.
Every tuner has the evaluations of its row, a value with its gradient counted as one: exact, or of
1,000 shots each.
"""

import argparse
from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from bench.command import run_bench
from bench.table import Row, Table
from qml_core.optimisation.problems.extremes import extremes
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.qaoa.algorithm import QAOA
from qml_core.optimisation.qaoa.evaluators import Evaluator
from qml_core.optimisation.qaoa.evolution import open_evolution
from qml_core.optimisation.qaoa.objectives import Expectation
from qml_core.optimisation.qaoa.readout import approximation_ratio
from qml_core.optimisation.qaoa.samples import Samples

Array = NDArray[np.float64]

LAYERS = (1, 2, 4)
EVALUATIONS = (10, 30, 100)
SHOTS = 1000
EXACT = (("random", "lbfgs"), ("ramp", "lbfgs"), ("interp", "lbfgs"), ("fixed", "lbfgs"))
MEASURED = (("random", "cobyla"), ("ramp", "cobyla"), ("ramp", "spsa"), ("fixed", "cobyla"))


class Shots:
    """Values of shots drawn from the exact state."""

    differentiable = False

    def __init__(self, ising: Ising, seed: int) -> None:
        self._ising, self._evolution = ising, open_evolution(ising)
        self._rng = np.random.default_rng(seed)

    def values(self, angles: Array, part: str) -> Array:
        found = [self._evolution.sample(one, SHOTS, self._rng) for one in angles]
        energies = [some.energies(self._ising) for some in found]
        return np.array(
            [Expectation().of_samples(e, s.counts) for e, s in zip(energies, found, strict=True)]
        )

    def value_and_gradient(self, angles: Array) -> tuple[float, Array]:
        raise NotImplementedError("shots have no gradient")

    def samples(self, angles: Array, shots: int, part: str) -> Samples:
        return self._evolution.sample(angles, shots, self._rng)


def ratio(ising: Ising, seed: int, shots: bool, **settings: Any) -> float:
    """Of the exact expectation at the angles that a QAOA kept."""
    evaluator: Evaluator | None = Shots(ising, seed) if shots else None
    known = extremes(ising)
    found = QAOA(samples=1, seed=seed, **settings).fit(ising, evaluator, known)
    angles = np.stack([found.gammas, found.betas])
    exact = approximation_ratio(float(open_evolution(ising).values(angles[None])[0]), known)
    assert exact is not None
    return exact


def row(name: str, found: Sequence[float], fixed: Sequence[float]) -> Row:
    values, difference = np.array(found), np.array(found) - np.array(fixed)
    spread = f"± {values.std(ddof=1):.3f}" if len(values) > 1 else "of one graph"
    note = f"{values.mean():.4f} {spread}; against fixed {difference.mean():+.4f}, "
    note += f"better on {int((difference > 1e-9).sum())} of {len(values)}"
    return Row(name, None, float(values.mean()), unit="", note=note)


def table(problems: Sequence[Ising], layers: int) -> Table:
    def each(shots: bool, **settings: Any) -> list[float]:
        pairs = enumerate(problems)
        return [ratio(ising, seed, shots, layers=layers, **settings) for seed, ising in pairs]

    fixed = each(False, angles="fixed", optimiser="none")
    ramp = each(False, angles="ramp", optimiser="none")
    rows = [row("fixed angles", fixed, fixed), row("linear ramp", ramp, fixed)]
    for shots, cases in ((False, EXACT), (True, MEASURED)):
        for (angles, optimiser), limit in ((c, e) for c in cases for e in EVALUATIONS):
            found = each(shots, angles=angles, optimiser=optimiser, evaluations=limit)
            kind = "shots" if shots else "exact"
            rows.append(row(f"{angles}, {optimiser}, {limit}, {kind}", found, fixed))
    return Table(f"p = {layers}", tuple(rows))


def tables(arguments: argparse.Namespace) -> list[Table]:
    problems = [
        Ising.maxcut(nx.random_regular_graph(3, arguments.qubits, seed=seed))
        for seed in range(arguments.graphs)
    ]
    return [table(problems, layers) for layers in LAYERS]


if __name__ == "__main__":
    run_bench(__doc__, tables, qubits=14, graphs=10)
