"""The charts of a diagnosis: axes that hold every point, lines where the fit is."""

import re

import numpy as np

from qml_core.evaluation.report.diagnosis import Diagnosis, Series
from qml_core.evaluation.report.diagnosis_charts import diagnosis_plots, noise_plot, spectrum_plot
from qml_core.evaluation.report.plot import BOTTOM, LEFT, RIGHT, TOP
from qml_core.references import DiagnosedPoint, Interval, SpectrumPoint
from qml_core.training.diagnostics.decay import fit_decay
from qml_core.training.diagnostics.noise_decay import NoiseDecay

SIZES = (2, 4, 6, 8)


def diagnosis(**more):
    rng = np.random.default_rng(0)
    samples = [2.0 ** (-n / 2) * rng.standard_normal((300, 3)) for n in SIZES]
    decay = fit_decay(SIZES, samples, rng)
    points = tuple(
        DiagnosedPoint(
            qubits=n,
            layers=2,
            parameters=3,
            zeros=0,
            mean_variance=float(v),
            layer_variances={0: float(v), 1: float(v) / 2},
            expressibility=0.1 / n,
            haar_expressibility=0.01,
            entanglement=Interval(value=0.5),
        )
        for n, v in zip(SIZES, decay.variances, strict=True)
    )
    series = Series("2 layers", points, decay)
    return Diagnosis(ansatz="tree", cost="C", samples=300, series=(series,), **more)


def places(path):
    return np.array(re.findall(r"([\d.]+) ([\d.]+)", path), dtype=float)


def test_the_sections_are_those_with_something_to_show():
    found = diagnosis_plots(diagnosis())
    assert [name for name, _ in found["diagnosis_sections"]] == ["gradients", "states"]
    assert diagnosis_plots(None) == {"diagnosis_sections": ()}


def test_an_exponential_is_a_straight_line_through_its_points():
    plot = diagnosis_plots(diagnosis())["diagnosis_plots"]["gradients"][0]
    band, line, dots = (places(mark.path) for mark in plot.marks)
    slopes = np.diff(line[:, 1]) / np.diff(line[:, 0])
    assert np.ptp(slopes) < 0.02
    assert np.abs(dots[:, 1] - line[:, 1]).max() < 6  # of 198 pixels
    assert len(band) == 2 * len(SIZES)
    low, high = band[: len(SIZES), 1], band[len(SIZES) :, 1][::-1]
    assert np.all((low <= line[:, 1] + 0.1) & (line[:, 1] <= high + 0.1))


def test_every_mark_lies_inside_its_axes():
    plots = diagnosis_plots(diagnosis())["diagnosis_plots"]
    for plot in (*plots["gradients"], *plots["states"]):
        for mark in plot.marks:
            at = places(mark.path)
            assert np.all((at[:, 0] >= LEFT) & (at[:, 0] <= RIGHT)), plot.title
            assert np.all((at[:, 1] >= TOP) & (at[:, 1] <= BOTTOM)), plot.title


def test_short_ranges_are_labelled_with_powers_of_ten():
    layers = diagnosis_plots(diagnosis())["diagnosis_plots"]["gradients"][1]
    assert layers.y_ticks
    assert all(re.fullmatch("10[⁻⁰-⁹¹²³]+", label) for _, label in layers.y_ticks)


def test_noise_starts_below_its_absence():
    layers = np.array([1.0, 2.0, 4.0])
    rate = Interval(value=-0.5, low=-0.6, high=-0.4)
    plot = noise_plot(NoiseDecay(layers, 2.0 ** (-0.5 * layers), rate, 0.0))
    none, line, dots = (places(mark.path) for mark in plot.marks)
    assert np.all(dots[:, 1] > none[0, 1])
    np.testing.assert_allclose(dots, line, atol=0.11)


def test_the_spectrum_names_frequencies_in_the_feature():
    point = SpectrumPoint(
        qubits=1,
        layers=1,
        encoding="angle",
        unit=0.5,
        accessible=(0, 1),
        observed=(1,),
        mean=(0.1, 0.4, 0.0),
        low=(0.0, 0.3, 0.0),
        high=(0.2, 0.5, 0.0),
    )
    assert [label for _, label in spectrum_plot(point).x_ticks] == ["0", "0.5", "1"]
