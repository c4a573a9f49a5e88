"""Whether tuning QAOA's angles is worth its circuits, as a task."""

from prefect import task

from qml_core.evaluation.report.comparison import TunedAngles
from qml_core.events import StageStarted, emit
from qml_core.optimisation.comparison.signed_ranks import signed_ranks
from qml_core.optimisation.comparison.tuning import (
    DEGREE,
    NODES,
    Tuning,
    compare_tuning,
    tuning_verdict,
)
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
    return tuple(_row(one) for one in found), tuning_verdict(found)


def _row(found: Tuning) -> TunedAngles:
    test, fixed, tuned = found.difference, signed_ranks(found.fixed), signed_ranks(found.tuned)
    return TunedAngles(
        problem=f"{len(found.fixed)} random {DEGREE}-regular graphs of {NODES} nodes, "
        f"{found.start} start",
        layers=found.layers,
        evaluations=found.evaluations,
        fixed=Interval(value=float(found.fixed.mean()), low=fixed.low, high=fixed.high),
        tuned=Interval(value=float(found.tuned.mean()), low=tuned.low, high=tuned.high),
        difference=Interval(value=test.estimate, low=test.low, high=test.high),
        optimiser="cobyla",
        p=test.p,
    )
