"""Tuning of QAOA's angles against published fixed ones, at equal evaluations of the circuit."""

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from qml_core.optimisation.comparison.sampled_values import SampledValues
from qml_core.optimisation.comparison.signed_ranks import SignedRanks, signed_ranks
from qml_core.optimisation.problems.extremes import Extremes, extremes
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.qaoa.algorithm import QAOA
from qml_core.optimisation.qaoa.evolution import open_evolution
from qml_core.specs.qaoa import QAOASpec

NODES, DEGREE = 12, 3
STARTS = ("fixed", "ramp", "random")
EVALUATIONS = (10, 100)
SHOTS = 100
"""Of an evaluation, where values come from shots."""

Instance = tuple[Ising, Extremes]


@dataclass(frozen=True, eq=False)
class Tuning:
    """Approximation ratios of the exact expectation on the same graphs, (graphs,) each.

    `tuned` had `evaluations` of the circuit to improve the angles of its start. Fixed angles may
    have as many: they are chosen without a measurement, so that all are left for samples.

    Args:
        shots: of each evaluation while tuning; none: exact values.
    """

    start: str
    layers: int
    evaluations: int
    shots: int | None
    fixed: NDArray[np.float64]
    tuned: NDArray[np.float64]

    @property
    def difference(self) -> SignedRanks:
        """Tuned − fixed over the graphs."""
        return signed_ranks(self.tuned - self.fixed)


def compare_tuning(
    graphs: int,
    seed: int,
    layers: int = 2,
    evaluations: Sequence[int] = EVALUATIONS,
    shots: Sequence[int | None] = (None, SHOTS),
) -> tuple[Tuning, ...]:
    """On random 3-regular graphs of 12 nodes, from exact values and from shots.

    COBYLA, since an evaluation of a gradient takes many circuits.
    """
    instances = [_instance(seed, k) for k in range(graphs)]
    untouched = {"layers": layers, "angles": "fixed", "optimiser": "none"}
    fixed = _ratios(instances, QAOASpec.model_validate(untouched), seed, None)
    found = []
    for of_each in shots:
        for start in STARTS:
            for count in evaluations:
                asked = {**untouched, "angles": start, "optimiser": "cobyla", "evaluations": count}
                tuned = _ratios(instances, QAOASpec.model_validate(asked), seed, of_each)
                found.append(Tuning(start, layers, count, of_each, fixed, tuned))
    return tuple(found)


def _instance(seed: int, number: int) -> Instance:
    graph = nx.random_regular_graph(DEGREE, NODES, seed=1000 * seed + number)
    ising = Ising.maxcut(graph)
    known = extremes(ising)
    assert known is not None
    return ising, known


def _ratios(
    instances: Sequence[Instance], spec: QAOASpec, seed: int, shots: int | None
) -> NDArray[np.float64]:
    found = [
        _ratio(ising, known, spec, seed + k, shots) for k, (ising, known) in enumerate(instances)
    ]
    return np.array(found, dtype=np.float64)


def _ratio(ising: Ising, known: Extremes, spec: QAOASpec, seed: int, shots: int | None) -> float:
    """Exact, of the angles that were found, whatever their values were found from."""
    evolution = open_evolution(ising)
    values = None
    if shots is not None:
        values = SampledValues(ising, evolution, shots, np.random.default_rng([seed, shots]))
    result = QAOA.from_spec(spec, seed=seed).fit(ising, values, known)
    angles = np.array([[result.gammas, result.betas]])
    energy = float(evolution.values(angles)[0])
    return (known.highest - energy) / (known.highest - known.lowest)
