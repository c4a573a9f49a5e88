"""The reliability diagram, and how often each probability was stated."""

import numpy as np

from qml_core.evaluation.report.plot import LEFT, RIGHT, Axis, Plot, across, bars, dots, line, up
from qml_core.evaluation.report.reliability import (
    BINS,
    FloatArray,
    Reliability,
    ReliabilityCurve,
)

_STYLES = ("quantum", "baseline", "second")


def reliability_plots(reliability: Reliability) -> list[Plot]:
    """Diagram and histogram of all models."""
    return [diagram(reliability), stated(reliability)]


def diagram(reliability: Reliability) -> Plot:
    """Observed share by stated probability; on the diagonal probabilities come true."""
    x, y = Axis(f"stated {reliability.event}", 0, 1), Axis("share that came true", 0, 1)
    marks = [line(across(x, [0, 1]), up(y, [0, 1]), "reference")]
    for curve, style in zip(reliability.curves, _STYLES, strict=False):
        at, height = across(x, curve.predicted), up(y, curve.observed)
        marks += [line(at, height, f"{style} line"), dots(at, height, f"{style} dots")]
    names = [
        (f"{style} dots", curve.name)
        for curve, style in zip(reliability.curves, _STYLES, strict=False)
    ]
    return Plot(
        title="Calibration",
        description="; ".join(f"{c.name}: ECE {c.ece:.3f}" for c in reliability.curves) + ".",
        x=x,
        y=y,
        marks=tuple(marks),
        legend=(*names, ("reference", "calibrated")),
        caption="Below the diagonal a model claims more than comes true. Bins of few rows scatter.",
    )


def stated(reliability: Reliability) -> Plot:
    """Rows in each bin of stated probabilities."""
    edges = np.linspace(0, 1, BINS + 1)
    shares = [_shares(curve) for curve in reliability.curves]
    x = Axis(f"stated {reliability.event}", 0, 1)
    y = Axis("rows, % of all", 0, 1.08 * max(float(s.max()) for s in shares))
    wide = LEFT + (RIGHT - LEFT) * edges
    styles = ("quantum fill line", "baseline outline", "second outline")
    return Plot(
        title="Stated probabilities",
        description=f"Histogram of {reliability.event} in {BINS} bins.",
        x=x,
        y=y,
        marks=tuple(bars(wide, up(y, s), style) for s, style in zip(shares, styles, strict=False)),
        legend=tuple(
            (style, curve.name) for curve, style in zip(reliability.curves, styles, strict=False)
        ),
        caption="How many held-out rows got which probability.",
    )


def _shares(curve: ReliabilityCurve) -> FloatArray:
    shares = np.zeros(BINS)
    shares[(curve.edges[:, 0] * BINS).round().astype(int)] = 100 * curve.counts / curve.counts.sum()
    return shares
