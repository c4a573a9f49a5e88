"""The histogram of a circuit's angles, before and after training."""

import numpy as np

from qml_core.evaluation.report.plot import LEFT, RIGHT, Axis, Plot, bars, up
from qml_core.evaluation.report.training import FloatArray, IntArray, Parameters

_TURN = 2 * np.pi
_EDGES = np.linspace(0, _TURN, 25)


def histogram(parameters: Parameters) -> Plot:
    """Angles on the circle, in 24 bins."""
    count = len(parameters.after)
    found = [("quantum fill", "after", _counted(parameters.after))]
    if parameters.before is not None:
        found.append(("second outline", "before", _counted(parameters.before)))
    names = zip(np.linspace(0, _TURN, 5), ("0", "π/2", "π", "3π/2", "2π"), strict=True)
    y = Axis("parameters", 0, 1.08 * max(1, *(int(counts.max()) for _, _, counts in found)))
    left_out = f" {parameters.factors:,} factors of features are left out."
    return Plot(
        title="Parameters of the circuit",
        description=f"Histogram of {count:,} angles between 0 and 2π.",
        x=Axis("angle mod 2π, radians", 0.0, _TURN, named=tuple(names)),
        y=y,
        marks=tuple(
            bars(LEFT + (RIGHT - LEFT) * _EDGES / _TURN, up(y, counts), style)
            for style, _, counts in found
        ),
        legend=tuple((style, name) for style, name, _ in found),
        caption=f"{count:,} angles of the first split.{left_out if parameters.factors else ''}",
    )


def _counted(values: FloatArray) -> IntArray:
    counts, _ = np.histogram(np.mod(values[np.isfinite(values)], _TURN), _EDGES)
    return counts.astype(np.int64)
