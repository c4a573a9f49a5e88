"""The chart of a kernel matrix's eigenvalues."""

import numpy as np

from qml_core.evaluation.report.content import FloatArray, KernelPicture
from qml_core.evaluation.report.numbers import number
from qml_core.evaluation.report.plot import Axis, Plot, across, dots, level, up

_LEAST_SHARE = 1e-17
"""Eigenvalues below this share of the largest are not drawn: zero, or negative by rounding."""


def spectrum(kernel: KernelPicture) -> Plot:
    """Eigenvalues on a logarithmic scale; those that are not positive are counted in words."""
    values, largest = kernel.eigenvalues, float(kernel.eigenvalues.max())
    shown = values > _LEAST_SHARE * max(largest, 0.0)
    index = np.arange(1, len(values) + 1, dtype=np.float64)
    x, y = Axis("index of the eigenvalue", 1, max(2, len(values))), _decades(values[shown])
    rounding = kernel.rows * kernel.epsilon * largest
    marks = [dots(across(x, index[shown]), up(y, values[shown]), "quantum dots")]
    if blurred := y.low < rounding:
        marks.insert(0, level(float(up(y, rounding))))
    return Plot(
        title="Spectrum",
        description=f"{len(values):,} eigenvalues in descending order, from {number(largest)} "
        f"to {number(float(values.min()))}.",
        x=x,
        y=y,
        marks=tuple(marks),
        legend=(("reference", "rounding error N·ε·λ₁"),) if blurred else (),
        caption=_caption(kernel, int((~shown).sum())),
    )


def _decades(values: FloatArray) -> Axis:
    """Whole decades around the values."""
    ends = (float(values.min()), float(values.max())) if len(values) else (0.1, 1.0)
    low, high = 10 ** np.floor(np.log10(ends[0])), 10 ** np.ceil(np.log10(ends[1]))
    return Axis("eigenvalue", float(low), float(max(high, 10 * low)), log=True)


def _caption(kernel: KernelPicture, hidden: int) -> str:
    values, whole = kernel.eigenvalues, kernel.eigenvalues_complete
    trace = float(values.sum()) if whole else kernel.rows
    enough = int(np.searchsorted(np.cumsum(values), 0.9 * trace)) + 1
    where = f"lies in {enough:,}"
    if enough > len(values):
        where = f"reaches beyond the first {len(values):,}"
    estimated = "" if kernel.approximation else ", estimated"
    which = "All eigenvalues" if whole else f"The {len(values):,} leading eigenvalues{estimated}"
    lost = f" {hidden:,} that are zero or negative are not drawn." if hidden else ""
    return (
        f"{which}; 90 % of the trace {where} of {kernel.rows:,}. A slow decay means a kernel that "
        f"tells every sample apart and learns little from the others.{lost}"
    )
