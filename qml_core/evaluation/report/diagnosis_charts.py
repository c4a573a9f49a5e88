"""Charts of a diagnosis: gradients, states, noise and frequencies."""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from qml_core.evaluation.report.content import FloatArray
from qml_core.evaluation.report.diagnosis import Diagnosis, Series
from qml_core.evaluation.report.numbers import number
from qml_core.evaluation.report.plot import (
    Axis,
    Mark,
    Plot,
    across,
    dots,
    level,
    line,
    pixel,
    up,
    upright,
    whiskers,
)
from qml_core.references import DiagnosedPoint, SpectrumPoint
from qml_core.training.diagnostics.entanglement import haar_entanglement
from qml_core.training.diagnostics.noise_decay import NoiseDecay

STYLES = ("quantum", "baseline", "mean", "second")
"""Of the series; a fifth looks like the first."""

Value = Callable[[DiagnosedPoint], float | None]

_SECTIONS = {"gradients": "Gradients", "states": "States", "noise": "Noise", "spectrum": "Spectrum"}


def diagnosis_plots(diagnosis: Diagnosis | None) -> dict[str, object]:
    """What the page's template draws: plots of each section, and which sections there are."""
    if diagnosis is None:
        return {"diagnosis_sections": ()}
    plots = {
        "gradients": gradient_plots(diagnosis),
        "states": state_plots(diagnosis),
        "noise": [] if diagnosis.noise is None else [noise_plot(diagnosis.noise)],
        "spectrum": [spectrum_plot(point) for point in diagnosis.spectra],
    }
    there = tuple((name, title) for name, title in _SECTIONS.items() if plots[name])
    return {"diagnosis_sections": there, "diagnosis_plots": plots}


def gradient_plots(diagnosis: Diagnosis) -> list[Plot]:
    """Variance against qubits with the fitted lines; variance against the layers of one circuit."""
    if not diagnosis.has_gradients:
        return []
    return [_variances(diagnosis), *_of_layers(diagnosis)]


def state_plots(diagnosis: Diagnosis) -> list[Plot]:
    """Expressibility and entanglement against qubits."""
    plots = []
    if any(p.expressibility is not None for p in diagnosis.points):
        plots.append(_expressibility(diagnosis))
    if any(p.entanglement is not None for p in diagnosis.points):
        plots.append(_entanglement(diagnosis))
    return plots


def noise_plot(noise: NoiseDecay) -> Plot:
    """Noisy over exact gradients against the layers."""
    line_at = 2 ** (noise.intercept + noise.rate.value * noise.layers)
    y = _log_axis([*noise.ratios, *line_at, 1.0], "noisy / exact gradient", 0.0)
    x = _sizes(noise.layers, "layers")
    return Plot(
        title="Gradient that noise leaves",
        description=f"From {number(float(noise.ratios[0]))} at {noise.layers[0]:.0f} layers to "
        f"{number(float(noise.ratios[-1]))} at {noise.layers[-1]:.0f}.",
        x=x,
        y=y,
        marks=(
            level(float(up(y, 1.0))),
            line(across(x, noise.layers), up(y, line_at), "quantum"),
            dots(across(x, noise.layers), up(y, noise.ratios), "quantum dots"),
        ),
        legend=(("quantum dots", "root mean square ratio"), ("reference", "no noise")),
        caption="The same random parameters with and without noise; the line is an exponential.",
    )


def spectrum_plot(point: SpectrumPoint) -> Plot:
    """Size of the Fourier coefficients along the first feature."""
    k = np.arange(len(point.mean), dtype=np.float64)
    x = Axis("frequency", -0.5, len(k) - 0.5, named=_named(k * point.unit, k))
    top = max(*point.high, *point.mean, 1e-12)
    y = Axis("|c|", 0.0, 1.08 * top)
    degree = max(point.accessible)
    edge = float(across(x, degree + 0.5))
    return Plot(
        title=f"Spectrum, layers: {point.layers}, qubits: {point.qubits}",
        description=f"Frequencies up to {degree * point.unit:g} are accessible; above, the largest "
        f"coefficient is {number(point.outside)}.",
        x=x,
        y=y,
        marks=(
            upright(edge),
            whiskers(across(x, k), up(y, point.low), up(y, point.high), "quantum line"),
            dots(across(x, k), up(y, point.mean), "quantum dots"),
        ),
        legend=(("quantum dots", "root mean square"), ("reference", "highest accessible")),
        caption=f"Bars reach from 5 to 95 % of the random parameters. Largest coefficient that the "
        f"{point.encoding} encoding does not allow: {number(point.outside)}.",
    )


def _variances(diagnosis: Diagnosis) -> Plot:
    drawn = [s for s in diagnosis.series if any(p.mean_variance for p in s.points)]
    bands = [2.0**b for s in drawn if s.decay is not None for b in (s.decay.low, s.decay.high)]
    values = [p.mean_variance for s in drawn for p in s.points if p.mean_variance]
    y = _log_axis([*values, *np.concatenate([*bands, [values[0]]])], "variance of the gradient")
    x = _sizes([p.qubits for p in diagnosis.points], "qubits")
    marks: list[Mark] = []
    for series, style in zip(drawn, _styles(drawn), strict=True):
        marks += _fit(series, x, y, style)
        marks += _dots(series, x, y, style, lambda p: p.mean_variance or None)
    return Plot(
        title="Variance of the gradient",
        description="; ".join(f"{s.name}: slope {s.slope} in log2 per qubit" for s in drawn) + ".",
        x=x,
        y=y,
        marks=tuple(marks),
        legend=_legend(drawn),
        caption="Mean over the parameters, at random parameters; lines are exponentials by least "
        "squares, bands their 95 % bootstrap intervals. Straight here means exponential.",
    )


def _fit(series: Series, x: Axis, y: Axis, style: str) -> list[Mark]:
    decay = series.decay
    if decay is None:
        return []
    at = across(x, decay.sizes)
    middle = up(y, 2.0 ** (decay.intercept + decay.slope.value * decay.sizes))
    low, high = up(y, 2.0**decay.low), up(y, 2.0**decay.high)
    outline = [*zip(at, high, strict=True), *reversed(list(zip(at, low, strict=True)))]
    outline_path = "M" + "L".join(f"{pixel(a)} {pixel(b)}" for a, b in outline) + "Z"
    return [Mark(outline_path, f"{style} spread"), line(at, middle, style)]


def _of_layers(diagnosis: Diagnosis) -> list[Plot]:
    found, point = diagnosis.layer_variances, diagnosis.largest
    if point is None or len(found) < 2:
        return []
    k, values = np.arange(1.0, len(found) + 1), np.array(list(found.values()))
    x = Axis("layer", 0.5, len(k) + 0.5, named=_every(list(found), 10))
    y = _log_axis(values[values > 0], "variance of the gradient")
    return [
        Plot(
            title=f"Layer by layer: {point.qubits} qubits, {point.layers} layers",
            description=f"From {number(float(values[0]))} in the first to "
            f"{number(float(values[-1]))} in the last layer.",
            x=x,
            y=y,
            marks=(dots(across(x, k), up(y, values), "quantum dots"),),
            caption="Mean over the parameters of each layer of the largest circuit.",
        )
    ]


def _expressibility(diagnosis: Diagnosis) -> Plot:
    values = [p.expressibility for p in diagnosis.points if p.expressibility]
    haar = [p.haar_expressibility for p in diagnosis.points if p.haar_expressibility]
    y = _log_axis([*values, *haar], "KL divergence, nats")
    x = _sizes([p.qubits for p in diagnosis.points], "qubits")
    marks = _all(diagnosis, x, y, lambda p: p.expressibility or None)
    sizes = {p.qubits: p.haar_expressibility for p in diagnosis.points if p.haar_expressibility}
    marks += [line(across(x, sorted(sizes)), up(y, [sizes[n] for n in sorted(sizes)]), "reference")]
    return Plot(
        title="Expressibility",
        description="Divergence of the fidelities of random parameters from Haar's.",
        x=x,
        y=y,
        marks=tuple(marks),
        legend=(*_legend(diagnosis.series), ("reference", "Haar random states")),
        caption="0 is Haar random; as many Haar random states differ this much by chance. More "
        "expressive circuits have smaller gradients (arXiv:2101.02138).",
    )


def _entanglement(diagnosis: Diagnosis) -> Plot:
    x = _sizes([p.qubits for p in diagnosis.points], "qubits")
    y = Axis("Meyer-Wallach Q", 0.0, 1.02)
    sizes = sorted({p.qubits for p in diagnosis.points})
    haar = [haar_entanglement(n) for n in sizes]
    marks = _all(diagnosis, x, y, lambda p: p.entanglement.value if p.entanglement else None)
    return Plot(
        title="Entanglement",
        description="Mean Meyer-Wallach Q of the states of random parameters.",
        x=x,
        y=y,
        marks=(*marks, line(across(x, sizes), up(y, haar), "reference")),
        legend=(*_legend(diagnosis.series), ("reference", "Haar random states")),
        caption="0: product states; 1: every qubit maximally entangled with the rest.",
    )


def _all(diagnosis: Diagnosis, x: Axis, y: Axis, value: Value) -> list[Mark]:
    pairs = zip(diagnosis.series, _styles(diagnosis.series), strict=True)
    return [mark for found, style in pairs for mark in _dots(found, x, y, style, value)]


def _dots(series: Series, x: Axis, y: Axis, style: str, value: Value) -> list[Mark]:
    known = [(p.qubits, found) for p in series.points if (found := value(p)) is not None]
    if not known:
        return []
    at, values = np.array(known, dtype=np.float64).T
    return [dots(across(x, at), up(y, values), f"{style} dots")]


def _legend(series: Sequence[Series]) -> tuple[tuple[str, str], ...]:
    pairs = zip(series, _styles(series), strict=True)
    return tuple((f"{style} dots", found.name) for found, style in pairs)


def _styles(series: Sequence[Series]) -> list[str]:
    return [STYLES[i % len(STYLES)] for i in range(len(series))]


def _sizes(values: Iterable[float], title: str) -> Axis:
    """Every value a tick, where there is room."""
    found = sorted({float(v) for v in values})
    room = 0.06 * ((found[-1] - found[0]) or 1.0)
    named = tuple((v, f"{v:.0f}") for v in found) if len(found) <= 12 else ()
    return Axis(title, found[0] - room, found[-1] + room, named=named)


def _log_axis(values: Iterable[float], title: str, decades: float = 1.6) -> Axis:
    """Around the positive values, at least so many decades: ticks are powers of ten then."""
    positive = [float(v) for v in values if v > 0] or [1.0]
    low, high = min(positive) / 1.6, max(positive) * 1.6
    room = max(1.0, math.sqrt(10**decades * low / high))
    return Axis(title, low / room, high * room, log=True)


def _every(labels: Sequence[str], most: int) -> tuple[tuple[float, str], ...]:
    step = -(-len(labels) // most)
    return tuple((i + 1.0, label) for i, label in enumerate(labels) if i % step == 0)


def _named(frequencies: FloatArray, places: FloatArray) -> tuple[tuple[float, str], ...]:
    pairs = list(zip(places, frequencies, strict=True))[:: -(-len(places) // 10)]
    return tuple((float(k), f"{f:.3g}") for k, f in pairs)
