"""Charts of measured entries: corrected against raw, and their standard errors."""

import numpy as np

from qml_core.evaluation.report.content import FloatArray
from qml_core.evaluation.report.measured import Measurement
from qml_core.evaluation.report.numbers import number
from qml_core.evaluation.report.plot import (
    LEFT,
    RIGHT,
    Axis,
    Plot,
    across,
    bars,
    dots,
    line,
    padded,
    up,
    upright,
)

_MOST_DOTS = 2000
_BINS = 30


def measured_plots(measured: Measurement) -> list[Plot]:
    """The charts of the pictured matrix; without corrections there is nothing to compare."""
    errors = [error_histogram(measured)]
    return errors if measured.shown.correction is None else [corrected_by_raw(measured), *errors]


def corrected_by_raw(measured: Measurement) -> Plot:
    """Each entry off the diagonal before and after the corrections."""
    raw, corrected = _thinned(measured.raw), _thinned(measured.corrected)
    change = float(np.abs(measured.corrected - measured.raw).mean())
    x, y = padded(raw.tolist(), "as measured"), padded(corrected.tolist(), "corrected")
    ends = np.array([max(x.low, y.low), min(x.high, y.high)])
    same = (line(across(x, ends), up(y, ends), "reference"),) if ends[0] < ends[1] else ()
    return Plot(
        title="Entries before and after correction",
        description=f"{len(raw):,} off-diagonal entries, corrected by {number(change)} on average.",
        x=x,
        y=y,
        marks=(*same, dots(across(x, raw), up(y, corrected), "quantum cloud")),
        legend=(("quantum dots", "entry"), *((("reference", "unchanged"),) if same else ())),
        caption="Noise pulls large entries towards 1/d; corrections stretch them back, and their "
        "errors with them. Entries beyond 0 and 1 are shot noise.",
    )


def error_histogram(measured: Measurement) -> Plot:
    """Standard errors of the entries, as they are after all corrections."""
    errors, median = measured.errors, float(np.median(measured.errors))
    x = Axis("standard error", 0.0, 1.05 * float(errors.max()) or 1.0)
    counts, edges = np.histogram(x.share(errors), np.linspace(0, 1, _BINS + 1))
    shares = 100 * counts / len(errors)
    y = Axis("entries, % of all", 0, 1.08 * float(shares.max()))
    return Plot(
        title="Error bars",
        description=f"Histogram of the standard errors of {len(errors):,} entries; median "
        f"{number(median)}.",
        x=x,
        y=y,
        marks=(
            bars(LEFT + (RIGHT - LEFT) * edges, up(y, shares), "quantum fill"),
            upright(float(across(x, median)), "mean"),
        ),
        legend=(("mean", f"median = {number(median)}"),),
        caption="Estimated from the shots, and propagated through every correction.",
    )


def _thinned(values: FloatArray) -> FloatArray:
    return values[:: -(-len(values) // _MOST_DOTS)]
