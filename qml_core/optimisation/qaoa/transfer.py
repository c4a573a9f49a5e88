"""Angles tuned on a smaller instance of the same kind, where they cost next to nothing.

Optimal angles concentrate: they depend on what a few layers see around a qubit, not on the size
(Brandao et al. 2018, arXiv:1812.04170), and on weights through their size alone (Shaydulin et al.
2023, arXiv:2201.11785). So gammas are carried over in units of 1/κ.
"""

from collections import Counter
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.qaoa.angle_units import AngleUnits
from qml_core.optimisation.qaoa.evaluations import Evaluations, Spent
from qml_core.optimisation.qaoa.evaluators import ExactEvaluator
from qml_core.optimisation.qaoa.evolution import open_evolution
from qml_core.optimisation.qaoa.objectives import open_objective
from qml_core.optimisation.qaoa.ramp import ramp
from qml_core.optimisation.qaoa.scales import energy_spread
from qml_core.optimisation.qaoa.tuners.lbfgs import lbfgs
from qml_core.specs import QAOASpec

Array = NDArray[np.float64]

LARGEST = 10
"""Qubits of the smaller instance."""

_EVALUATIONS = 200


def transferred(ising: Ising, spec: QAOASpec, rng: np.random.Generator) -> tuple[Array, Ising]:
    """Angles (2, p) in AngleUnits, and the smaller instance of free qubits they were tuned on."""
    smaller = smaller_instance(ising, min(LARGEST, ising.n_qubits), rng)
    evaluator = ExactEvaluator(
        open_evolution(smaller, None, "x", memory_bytes=None), open_objective(spec, smaller), rng
    )
    units, unit = AngleUnits.of(smaller, None, "x"), energy_spread(smaller)
    record = Evaluations(evaluator, spec.layers, units, unit, _EVALUATIONS)
    start = ramp(spec.layers)
    with suppress(Spent):
        lbfgs(record, start.ravel(), _EVALUATIONS, rng)
    found = record.best()
    return (start if found is None else units.of_radians(found[1])), smaller


def smaller_instance(ising: Ising, n_qubits: int, rng: np.random.Generator) -> Ising:
    """On fewer qubits with about the same terms per qubit, coefficients drawn from those there are.

    A part cut out of a sparse problem would lose most of its terms; so for each degree of terms as
    many as keep their number per qubit are placed anew, each on the qubits that have fewest.
    """
    if n_qubits >= ising.n_qubits:
        return ising
    terms: dict[tuple[int, ...], float] = {}
    load = Counter(dict.fromkeys(range(n_qubits), 0))
    for degree in sorted({len(wires) for wires in ising.terms if 0 < len(wires) <= n_qubits}):
        there = [c for wires, c in ising.terms.items() if len(wires) == degree]
        count = max(1, round(len(there) * n_qubits / ising.n_qubits))
        coefficients = rng.choice(there, size=count, replace=len(there) < count)
        for coefficient in coefficients:
            wires = _least_loaded(load, degree, terms, rng)
            if wires is None:
                break
            terms[wires] = float(coefficient)
            load.update(wires)
    return Ising(n_qubits, terms)


def _least_loaded(
    load: Counter[int], degree: int, taken: dict[tuple[int, ...], float], rng: np.random.Generator
) -> tuple[int, ...] | None:
    """Wires without a term yet, of least load; ties are drawn. None where none was found."""
    for attempt in range(50):
        noise = rng.uniform(0, 1 + attempt / 10, size=len(load))
        order = sorted(load, key=lambda wire: load[wire] + noise[wire])
        wires = tuple(sorted(order[:degree]))
        if wires not in taken:
            return wires
    return None
