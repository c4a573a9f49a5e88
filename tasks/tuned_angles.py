"""Whether tuning QAOA's angles is worth its circuits, as a task."""

import numpy as np
from prefect import task

from qml_core.evaluation.report.comparison import TunedAngles
from qml_core.events import StageStarted, emit
from qml_core.optimisation.comparison.signed_ranks import FloatArray, signed_ranks
from qml_core.optimisation.comparison.tuning import (
    DEGREE,
    NODES,
    Tuning,
    compare_tuning,
)
from qml_core.optimisation.comparison.tuning_verdict import corrected, tuning_verdict
from qml_core.references import Interval
from qml_core.specs import ComparisonSpec, RunSpec
from tasks.options import PURE


@task(name="compare-tuning", **PURE)
def compare_angles(comparison: ComparisonSpec, run: RunSpec) -> tuple[tuple[TunedAngles, ...], str]:
    """Rows of tuned against fixed angles, and a sentence; empty where no graph is asked for."""
    if not comparison.tuning_graphs:
        return (), ""
    emit(StageStarted("tuned against fixed angles"))
    found = compare_tuning(comparison.tuning_graphs, run.seed)
    rows = tuple(_row(one, p) for one, p in zip(found, corrected(found), strict=True))
    return rows, tuning_verdict(found)


def _row(found: Tuning, p: float) -> TunedAngles:
    test = found.difference
    return TunedAngles(
        problem=f"{len(found.fixed)} random {DEGREE}-regular graphs of {NODES} nodes",
        start=found.start,
        shots=found.shots,
        layers=found.layers,
        evaluations=found.evaluations,
        fixed=_mean(found.fixed),
        tuned=_mean(found.tuned),
        difference=finite_interval(test.estimate, test.low, test.high),
        optimiser="cobyla",
        p=p,
    )


def _mean(ratios: FloatArray) -> Interval:
    """With the interval of the pseudomedian."""
    test = signed_ranks(ratios)
    return finite_interval(float(ratios.mean()), test.low, test.high)


def finite_interval(value: float, low: float, high: float) -> Interval:
    """Without bounds where there are too few pairs for them."""
    if not np.isfinite([low, high]).all():
        return Interval(value=value)
    return Interval(value=value, low=low, high=high)
