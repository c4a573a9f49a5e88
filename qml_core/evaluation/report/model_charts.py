"""Charts of held-out results: the metric of every split, predictions against the truth."""

import math
from collections.abc import Sequence

import numpy as np

from qml_core.evaluation.report.content import (
    Evaluation,
    FloatArray,
    Residuals,
)
from qml_core.evaluation.report.metric_names import title_of
from qml_core.evaluation.report.numbers import centre, number
from qml_core.evaluation.report.plot import (
    Axis,
    Mark,
    Plot,
    across,
    dots,
    level,
    line,
    padded,
    up,
    whiskers,
)
from qml_core.references import Interval

_MOST_POINTS = 2000
_MOST_NAMED = 10
_BESIDE = 0.13
"""How far from the split's tick its two marks stand, in splits."""


def splits(evaluation: Evaluation) -> Plot:
    """The primary metric of both models on every split, with their means."""
    metric, results = evaluation.primary, evaluation.splits
    name = title_of(metric)
    ours = [result.quantum.get(metric) for result in results]
    theirs = [result.baseline.get(metric) for result in results]
    means = (evaluation.quantum[metric], evaluation.baseline[metric])
    y = padded([v for i in (*ours, *theirs) if i for v in _ends(i)], name)
    x = _split_axis(tuple(result.seed for result in results))
    return Plot(
        title=f"{name} of every split",
        description=f"{name} of {len(results)} held-out splits: mean {centre(means[0])} for "
        f"{evaluation.quantum_name}, {centre(means[1])} for {evaluation.baseline_name}.",
        x=x,
        y=y,
        marks=(
            level(float(up(y, means[0].value)), "quantum level"),
            level(float(up(y, means[1].value)), "baseline level"),
            *_with_intervals(x, y, ours, -_BESIDE, "quantum"),
            *_with_intervals(x, y, theirs, _BESIDE, "baseline"),
        ),
        legend=(
            ("quantum dots", evaluation.quantum_name),
            ("baseline dots", evaluation.baseline_name),
        ),
        caption="Both models see the same rows in every split. Bars are confidence intervals of "
        "one split, horizontal lines the means over the splits.",
    )


def predictions(
    truth: FloatArray, predicted: FloatArray, shown: FloatArray, name: str, style: str
) -> Plot:
    """Predicted against true target values; at most 2,000 evenly spaced points.

    `shown`: values the axes reach, so that the charts of two models compare.
    """
    step = math.ceil(len(truth) / _MOST_POINTS)
    x, y = padded(shown.tolist(), "true value"), padded(shown.tolist(), "predicted value")
    rmse = float(np.sqrt(np.mean((predicted - truth) ** 2)))
    bias = float(np.mean(predicted - truth))
    thinned = f" Every {step}th point is drawn." if step > 1 else ""
    return Plot(
        title=name,
        description=f"{len(truth):,} predictions of {name} against the true values, "
        f"root mean squared error {number(rmse)}.",
        x=x,
        y=y,
        marks=(
            line(across(x, [x.low, x.high]), up(y, [x.low, x.high]), "reference"),
            dots(across(x, truth[::step]), up(y, predicted[::step]), f"{style} cloud"),
        ),
        legend=((f"{style} dots", "held-out row"), ("reference", "perfect prediction")),
        caption=f"Mean residual {number(bias)}, RMSE {number(rmse)} over all rows.{thinned}",
    )


def residual_plots(residuals: Residuals, quantum: str, baseline: str) -> list[Plot]:
    """One chart a model, on the same axes."""
    truth = residuals.y_true
    models = [(residuals.quantum, quantum, "quantum")]
    if residuals.baseline is not None:
        models.append((residuals.baseline, baseline, "baseline"))
    shown = np.concatenate([truth, *(predicted for predicted, _, _ in models)])
    return [predictions(truth, predicted, shown, *model) for predicted, *model in models]


def _split_axis(seeds: tuple[int, ...]) -> Axis:
    named = tuple((i + 1, str(seed)) for i, seed in enumerate(seeds))
    few = len(seeds) <= _MOST_NAMED and max(map(len, map(str, seeds))) <= 4
    title = "seed of the split" if few else "split"
    return Axis(title, 0.5, len(seeds) + 0.5, named=named if few else ())


def _ends(interval: Interval) -> tuple[float, float, float]:
    """The value and its bounds; the value itself where there are none."""
    low = interval.value if interval.low is None else interval.low
    high = interval.value if interval.high is None else interval.high
    return interval.value, low, high


def _with_intervals(
    x: Axis, y: Axis, intervals: Sequence[Interval | None], beside: float, style: str
) -> list[Mark]:
    """Marks with whiskers; a split without the metric stays empty."""
    known = [(i, interval) for i, interval in enumerate(intervals, 1) if interval is not None]
    at = across(x, [place + beside for place, _ in known])
    value, low, high = up(y, np.array([_ends(interval) for _, interval in known]).reshape(-1, 3)).T
    return [whiskers(at, low, high, f"{style} line"), dots(at, value, f"{style} dots")]
