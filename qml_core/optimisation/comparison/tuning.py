"""Tuning of QAOA's angles against published fixed ones, at equal evaluations of the circuit."""

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from qml_core.optimisation.comparison.signed_ranks import SignedRanks, signed_ranks
from qml_core.optimisation.extremes import Extremes, extremes
from qml_core.optimisation.ising import Ising
from qml_core.optimisation.qaoa import QAOA
from qml_core.specs.qaoa import QAOASpec

NODES, DEGREE = 12, 3
STARTS = ("ramp", "random")


@dataclass(frozen=True, eq=False)
class Tuning:
    """Approximation ratios of the expectation on the same graphs, (graphs,) each.

    `tuned` has spent `evaluations` of the circuit on finding its angles from a start; `fixed` none:
    it could spend them all on samples.
    """

    start: str
    layers: int
    evaluations: int
    fixed: NDArray[np.float64]
    tuned: NDArray[np.float64]

    @property
    def difference(self) -> SignedRanks:
        """Tuned − fixed over the graphs."""
        return signed_ranks(self.tuned - self.fixed)


def compare_tuning(
    graphs: int, seed: int, layers: int = 2, evaluations: Sequence[int] = (10, 30, 100)
) -> tuple[Tuning, ...]:
    """On random 3-regular graphs of 12 nodes, without shot noise, which would only hurt tuning.

    COBYLA, since an evaluation of a gradient takes many circuits.
    """
    instances = [_instance(seed, k) for k in range(graphs)]
    fixed = _ratios(instances, QAOASpec(layers=layers, angles="fixed", optimiser="none"), seed)
    found = []
    for start in STARTS:
        for count in evaluations:
            asked = {"layers": layers, "angles": start, "optimiser": "cobyla", "evaluations": count}
            tuned = _ratios(instances, QAOASpec.model_validate(asked), seed)
            found.append(Tuning(start, layers, count, fixed, tuned))
    return tuple(found)


def tuning_verdict(found: Sequence[Tuning], level: float = 0.05) -> str:
    """One sentence: from which number of evaluations on tuning was worth it."""
    said = []
    for start in dict.fromkeys(one.start for one in found):
        own = sorted((one for one in found if one.start == start), key=lambda one: one.evaluations)
        better = [one.evaluations for one in own if _outcome(one, level) > 0]
        worse = [one.evaluations for one in own if _outcome(one, level) < 0]
        text = f"from a {start} start it "
        if better:
            most = max(one.difference.estimate for one in own)
            text += f"beat them from {better[0]} evaluations on, by {most:.2g} at most"
        else:
            text += f"did not beat them with up to {own[-1].evaluations} evaluations"
        if worse:
            text += f" and was worse with {', '.join(map(str, worse))}"
        said.append(text)
    return f"Tuning against fixed angles that cost nothing: {'; '.join(said)}." if said else ""


def _outcome(found: Tuning, level: float) -> int:
    test = found.difference
    return test.direction if test.p <= level else 0


def _instance(seed: int, number: int) -> tuple[Ising, Extremes]:
    graph = nx.random_regular_graph(DEGREE, NODES, seed=1000 * seed + number)
    ising = Ising.maxcut(graph)
    known = extremes(ising)
    assert known is not None
    return ising, known


def _ratios(
    instances: Sequence[tuple[Ising, Extremes]], spec: QAOASpec, seed: int
) -> NDArray[np.float64]:
    found = [
        QAOA.from_spec(spec, seed=seed + k).fit(ising, known=known).approximation
        for k, (ising, known) in enumerate(instances)
    ]
    return np.array(found, dtype=np.float64)
