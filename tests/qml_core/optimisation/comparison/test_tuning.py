"""Tuned against fixed angles: the ratios, the noise of shots, and a verdict that does not boast."""

import networkx as nx
import numpy as np
import pytest

from qml_core.errors import SpecError
from qml_core.optimisation.comparison.sampled_values import SampledValues
from qml_core.optimisation.comparison.tuning import STARTS, Tuning, compare_tuning
from qml_core.optimisation.comparison.tuning_verdict import corrected, tuning_verdict
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.qaoa.algorithm import QAOA
from qml_core.optimisation.qaoa.evolution import open_evolution

FIXED = np.linspace(0.8, 0.85, 12)
UNEVEN = np.linspace(0.9, 1.1, 12)


def row(gain, start="ramp", evaluations=100, shots=None):
    """Twelve graphs on which tuning gained so much, more or less."""
    return Tuning(start, 2, evaluations, shots, FIXED, FIXED + gain * UNEVEN)


@pytest.fixture(scope="module")
def found():
    return compare_tuning(3, 0, evaluations=(3, 40), shots=(None, 20))


def test_every_start_is_tuned_with_every_number_of_evaluations_exact_and_from_shots(found):
    rows = [(one.shots, one.start, one.evaluations) for one in found]
    assert rows == [(s, start, k) for s in (None, 20) for start in STARTS for k in (3, 40)]
    assert all(one.tuned.shape == (3,) for one in found)
    again = compare_tuning(3, 0, evaluations=(3,), shots=(20,))
    np.testing.assert_array_equal(again[2].tuned, found[10].tuned)


def test_the_fixed_ratio_is_that_of_qaoa_at_the_published_angles(found):
    ising = Ising.maxcut(nx.random_regular_graph(3, 12, seed=1))
    expected = QAOA(2, angles="fixed", optimiser="none").fit(ising).approximation
    assert found[0].fixed[1] == pytest.approx(expected, abs=1e-12)


def test_exact_tuning_from_the_fixed_angles_is_never_worse_than_they_are(found):
    for one in found[:2]:
        assert (one.tuned >= one.fixed - 1e-9).all()
        assert (one.tuned <= 1).all()
    assert (found[1].tuned > one.fixed + 1e-4).any()


def test_values_from_shots_scatter_about_the_exact_one_as_shots_do():
    ising = Ising.maxcut(nx.random_regular_graph(3, 8, seed=0))
    evolution, angles = open_evolution(ising), np.array([[[0.4], [-0.3]]])
    exact = evolution.values(angles)[0]
    squares = evolution.values(angles, lambda probabilities: evolution.energies**2)[0]
    spread = np.sqrt(squares - exact**2)
    values = SampledValues(ising, evolution, 64, np.random.default_rng(0))
    drawn = values.values(np.repeat(angles, 400, axis=0), "evaluation 1")
    assert abs(drawn.mean() - exact) < 5 * spread / np.sqrt(64 * 400)
    assert drawn.std() == pytest.approx(spread / 8, rel=0.2)
    with pytest.raises(SpecError, match="gradient"):
        values.value_and_gradient(angles[0])


def test_p_values_are_corrected_over_all_rows():
    rows = [row(0.05), row(0.0), row(0.05, evaluations=10)]
    one = rows[0].difference.p
    assert one == pytest.approx(2 / 2**12)
    assert corrected(rows) == pytest.approx((3 * one, 1.0, 3 * one))


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (0.05, "at a ramp gained (+0.05, interval +0.04"),
        (0.0016, "at a ramp gained next to nothing (+0.0016, interval +0.0015 to +0.0017)"),
        (-0.0016, "at a ramp lost next to nothing (−0.0016"),
        (-0.05, "at a ramp lost (−0.05"),
        (0.0, "at a ramp cannot be told apart (+0, interval +0 to +0)"),
    ],
)
def test_the_verdict_says_gained_only_with_the_size_of_the_gain(gain, words):
    said = tuning_verdict([row(gain), row(0.2, evaluations=10)])
    assert words in said
    assert said.startswith("Fixed angles reach 0.825 of the optimum on average, without any")
    assert "With 100 exact evaluations" in said
    assert "10 exact" not in said


def test_exact_values_and_shots_have_a_sentence_each_and_no_row_has_none():
    said = tuning_verdict([row(0.05, "fixed"), row(-0.1, "random", shots=100)])
    assert "With 100 exact evaluations, tuning that starts at the fixed angles gained" in said
    assert "With 100 evaluations of 100 shots, tuning that starts at random angles lost" in said
    assert tuning_verdict([]) == ""


def test_too_few_graphs_have_no_interval(found):
    assert "too few graphs for an interval" in tuning_verdict(found)
