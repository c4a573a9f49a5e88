"""Learning curves: the primary metric of every model over the number of training rows."""

from collections.abc import Sequence

import numpy as np

from qml_core.evaluation.intervals import corrected_t
from qml_core.references import BenchmarkPlan, FoldScore, Interval

Curve = tuple[tuple[int, Interval], ...]
"""(training rows, metric), fewest first."""


def learning_curves(
    plan: BenchmarkPlan, scores: Sequence[FoldScore]
) -> dict[str, dict[str, Curve]]:
    """By data set and model, on the folds of the first repeat; nothing where no share was asked."""
    if not plan.benchmark.learning_curve:
        return {}
    first = [one for one in scores if one.repeat == 0 and one.status == "done"]
    return {
        data.name: {
            one.label: _curve(
                plan, [s for s in first if (s.data, s.model) == (data.name, one.label)]
            )
            for one in plan.contestants
        }
        for data in plan.data
    }


def _curve(plan: BenchmarkPlan, scores: Sequence[FoldScore]) -> Curve:
    metric = plan.benchmark.primary(plan.task)
    points = []
    for share in sorted({score.share for score in scores}):
        own = [s for s in scores if s.share == share and metric in s.metrics]
        if own:
            points.append((round(float(np.mean([s.n_train for s in own]))), _mean(own, metric)))
    return tuple(points)


def _mean(scores: Sequence[FoldScore], metric: str) -> Interval:
    """Over the folds, whose training rows overlap (Nadeau & Bengio 2003)."""
    n_train, n_test = scores[0].n_train, scores[0].n_test
    values = [dict(score.metrics)[metric] for score in scores]  # type: ignore[index]
    found = corrected_t(values, n_train, n_test).mean
    return Interval(value=found.value, low=found.low, high=found.high)
