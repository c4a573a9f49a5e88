"""Charts of a QAOA: energies of the samples, the tuning of the angles, the best bits."""

import numpy as np
from numpy.typing import NDArray

from qml_core.evaluation.report.content import FloatArray
from qml_core.evaluation.report.graph_picture import graph_picture
from qml_core.evaluation.report.numbers import number
from qml_core.evaluation.report.plot import (
    Axis,
    Mark,
    Plot,
    across,
    bars,
    dots,
    line,
    padded,
    up,
    upright,
)
from qml_core.evaluation.report.qaoa import QAOASection

_MOST_BINS = 40
_MOST_TERMS = 20
_MOST_BITS = 200


def qaoa_parts(qaoa: QAOASection | None) -> dict[str, object]:
    """What the page's template draws of a QAOA."""
    if qaoa is None:
        return {}
    plots = [energy_histogram(qaoa), objective_plot(qaoa), angle_plot(qaoa)]
    return {
        "qaoa_plots": [plot for plot in plots if plot is not None],
        "qaoa_graph": graph_picture(qaoa) if qaoa.drawable else None,
        "qaoa_bits": _bits(qaoa),
        "qaoa_terms": _terms(qaoa),
    }


def energy_histogram(qaoa: QAOASection) -> Plot:
    """Share of the shots by energy, feasible and not, against random bit strings."""
    edges = _edges(_all_energies(qaoa))
    heights = _heights(qaoa, edges)
    x = Axis("energy", float(edges[0]), float(edges[-1]))
    top = max(float(found.max()) for found in heights.values())
    y = Axis("share of the shots", 0.0, 1.06 * (top or 1.0))
    at = across(x, edges)
    marks = [bars(at, up(y, heights[name]), _STYLES[name]) for name in heights]
    lines = _lines(qaoa, x)
    return Plot(
        title="Energies of the samples",
        description=f"Expectation {number(qaoa.expectation)}, least {number(qaoa.best_energy)}, "
        f"optimum {number(qaoa.optimum)}.",
        x=x,
        y=y,
        marks=(*marks, *(mark for mark, _ in lines)),
        legend=(*((_STYLES[name], name) for name in heights), *((m.style, n) for m, n in lines)),
        caption=_caption(qaoa),
    )


_STYLES = {
    "samples": "quantum fill",
    "feasible samples": "quantum fill",
    "infeasible samples": "baseline fill",
    "random guesses": "reference",
}


def objective_plot(qaoa: QAOASection) -> Plot | None:
    """Each evaluation, and the least so far."""
    history = qaoa.history
    if len(history) < 2 or not np.isfinite(history).any():
        return None
    place = np.arange(1.0, len(history) + 1)
    x = Axis("evaluation", 0.5, len(history) + 0.5)
    known = np.isfinite(history)
    y = padded(history[known], qaoa.objective)
    least = np.minimum.accumulate(np.where(known, history, np.inf))
    reached = np.isfinite(least)
    return Plot(
        title="Tuning of the angles",
        description=f"From {number(float(least[reached][0]))} to {number(float(least[-1]))} in "
        f"{len(history)} evaluations.",
        x=x,
        y=y,
        marks=(
            dots(across(x, place[known]), up(y, history[known]), "quantum cloud"),
            line(across(x, place[reached]), up(y, least[reached]), "quantum"),
        ),
        legend=(("quantum cloud dots", "an evaluation"), ("quantum", "least so far")),
        caption=f"{qaoa.objective[:1].upper()}{qaoa.objective[1:]} of the energy; smaller is "
        "better.",
    )


def angle_plot(qaoa: QAOASection) -> Plot | None:
    """Gammas and betas of each layer, where there are two layers or more."""
    count = len(qaoa.gammas)
    if count < 2:
        return None
    place = np.arange(1.0, count + 1)
    step = -(-count // 12)
    x = Axis("layer", 0.6, count + 0.4, named=tuple((k, f"{k:.0f}") for k in place[::step]))
    y = padded([*qaoa.gammas, *qaoa.betas], "angle, radians")
    marks: list[Mark] = []
    for values, style in ((qaoa.gammas, "quantum"), (qaoa.betas, "baseline")):
        marks += [line(across(x, place), up(y, values), f"{style} others")]
        marks += [dots(across(x, place), up(y, values), f"{style} dots")]
    return Plot(
        title="Angles of the layers",
        description=f"Gammas {_list(qaoa.gammas)}; betas {_list(qaoa.betas)}.",
        x=x,
        y=y,
        marks=tuple(marks),
        legend=(("quantum dots", "γ, cost"), ("baseline dots", "β, mixer")),
        caption=f"Started from {qaoa.start}." if qaoa.start else "",
    )


def _all_energies(qaoa: QAOASection) -> FloatArray:
    marked = [v for v in (qaoa.optimum, qaoa.expectation) if v is not None]
    guesses = np.array([]) if qaoa.guess_energies is None else qaoa.guess_energies
    found = np.concatenate([qaoa.energies, guesses, marked])
    return np.asarray(found[np.isfinite(found)], dtype=np.float64)


def _edges(energies: FloatArray) -> FloatArray:
    """A bin per energy where these are few and evenly spaced, else forty."""
    low, high = float(energies.min()), float(energies.max())
    if high - low <= 1e-12 * max(1.0, abs(high)):
        return np.array([low - 0.5, low + 0.5])
    whole = np.abs(energies[:-1] - np.round(energies[:-1])).max(initial=0.0) < 1e-9
    if whole and high - low < _MOST_BINS:
        return np.arange(np.floor(low) - 0.5, np.ceil(high) + 1.0)
    room = 0.5 * (high - low) / _MOST_BINS
    return np.linspace(low - room, high + room, _MOST_BINS + 1)


def _heights(qaoa: QAOASection, edges: FloatArray) -> dict[str, FloatArray]:
    shots = qaoa.counts / qaoa.counts.sum()
    kept = qaoa.kept
    name = "samples" if kept.all() else "feasible samples"
    found = {name: _shares(qaoa.energies[kept], shots[kept], edges)}
    if not kept.all():
        found["infeasible samples"] = _shares(qaoa.energies[~kept], shots[~kept], edges)
    if qaoa.guess_energies is not None and len(qaoa.guess_energies):
        weights = qaoa.guess_weights
        even = np.ones(len(qaoa.guess_energies)) if weights is None else weights
        found["random guesses"] = _shares(qaoa.guess_energies, even / even.sum(), edges)
    return found


def _shares(energies: FloatArray, weights: FloatArray, edges: FloatArray) -> FloatArray:
    counts: NDArray[np.float64] = np.histogram(energies, edges, weights=weights)[0]
    return counts


def _lines(qaoa: QAOASection, x: Axis) -> list[tuple[Mark, str]]:
    found = [(upright(float(across(x, qaoa.expectation)), "validation line"), "expectation")]
    if qaoa.optimum is not None:
        found.append((upright(float(across(x, qaoa.optimum)), "mean"), "optimum"))
    return found


def _caption(qaoa: QAOASection) -> str:
    shots = int(qaoa.counts.sum())
    text = f"{shots:,} shots, {len(qaoa.energies):,} distinct bit strings."
    hit = qaoa.optimal_shots
    if hit is not None:
        text += f" {100 * hit:.3g} % of the shots are optimal."
    return text + ("" if qaoa.kept.all() else " Infeasible samples are counted and discarded.")


def _list(values: FloatArray) -> str:
    return ", ".join(number(float(v)) for v in values[:12])


def _bits(qaoa: QAOASection) -> list[tuple[str, int]]:
    """(name, bit) of the best sample, where no picture says them."""
    if qaoa.best_bits is None or qaoa.drawable:
        return []
    pairs = zip(qaoa.names, qaoa.best_bits.tolist(), strict=True)
    return [(name, int(bit)) for name, bit in pairs][:_MOST_BITS]


def _terms(qaoa: QAOASection) -> list[tuple[str, float, float]]:
    """The strongest terms: what they act on, coefficient, what they add at the best bits."""
    if not qaoa.terms or qaoa.drawable:
        return []
    bits = np.zeros(qaoa.n_qubits) if qaoa.best_bits is None else qaoa.best_bits
    found = sorted(
        ((wires, c) for wires, c in qaoa.terms.items() if wires), key=lambda t: (-abs(t[1]), t[0])
    )
    return [
        (
            " · ".join(f"Z({qaoa.names[w]})" for w in wires),
            c,
            c * float((-1) ** int(sum(bits[w] for w in wires))),
        )
        for wires, c in found[:_MOST_TERMS]
    ]
