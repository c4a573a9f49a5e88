"""The verdict on cases whose law is known."""

import math

import numpy as np
import pytest

from qml_core.references import Interval
from qml_core.specs import MeasurementSpec
from qml_core.training.diagnostics.cost import open_cost
from qml_core.training.diagnostics.decay import fit_decay, judge, resampled_variances
from qml_core.training.diagnostics.gradients import gradient_statistics

SIZES = (2, 3, 4, 5, 6, 7, 8)


def decay_of(law, sizes=SIZES, samples=400):
    rng = np.random.default_rng(1)
    drawn = [math.sqrt(law(n)) * rng.standard_normal((samples, 4)) for n in sizes]
    return fit_decay(sizes, drawn, rng)


@pytest.mark.parametrize(
    ("law", "outcome", "slope"),
    [
        (lambda n: 2.0**-n, "barren plateau", -1.0),
        (lambda n: (3 / 8) ** n, "barren plateau", math.log2(3 / 8)),
        (lambda n: 1 / n**2, "polynomial", None),
        (lambda n: 0.1, "flat", 0.0),
    ],
)
def test_the_law_is_recognised(law, outcome, slope):
    found = decay_of(law)
    assert found.outcome == outcome
    if slope is not None:
        assert found.slope.low <= slope <= found.slope.high
        assert found.slope.high - found.slope.low < 0.15


def test_the_power_is_that_of_the_law():
    found = decay_of(lambda n: 3 / n**2)
    assert found.power.low <= -2 <= found.power.high


@pytest.mark.parametrize("sizes", [(4, 8), (3, 4)])
def test_two_sizes_are_inconclusive(sizes):
    assert decay_of(lambda n: 2.0**-n, sizes).outcome == "inconclusive"


def test_one_size_has_no_slope():
    assert decay_of(lambda n: 0.1, (4,)) is None


def test_few_samples_are_inconclusive():
    assert decay_of(lambda n: 2.0 ** (-n / 2), samples=6).outcome == "inconclusive"


def test_a_slope_that_may_be_zero_is_no_plateau_nor_polynomial():
    assert judge(7, Interval(value=-0.3, low=-0.7, high=0.1), 0.99) == "inconclusive"


def test_the_bootstrap_is_that_of_resampled_rows():
    samples = np.random.default_rng(0).standard_normal((30, 2))
    found = resampled_variances(samples, np.random.default_rng(7))
    counts = np.random.default_rng(7).multinomial(30, np.full(30, 1 / 30), size=1000)
    rows = np.repeat(np.arange(30), counts[0])
    assert found[0] == pytest.approx(np.var(samples[rows], axis=0, ddof=1).mean())


@pytest.mark.parametrize(
    ("kind", "outcome"), [("global", "barren plateau"), ("local", "polynomial")]
)
def test_product_rotations_have_a_plateau_only_with_the_global_cost(rotations, kind, outcome):
    rng = np.random.default_rng(0)
    drawn = []
    for n in SIZES:
        cost = open_cost(MeasurementSpec(kind=kind), n)
        theta = rng.uniform(0, 2 * math.pi, (500, n))
        drawn.append(gradient_statistics(rotations(n), cost, theta, np.zeros((500, 1))).values)
    found = fit_decay(SIZES, drawn, rng)
    assert found.outcome == outcome
    if kind == "global":
        assert found.slope.low - 0.1 <= math.log2(3 / 8) <= found.slope.high + 0.1
