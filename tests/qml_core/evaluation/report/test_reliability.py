"""Bins, Brier score and calibration error of stated probabilities."""

import numpy as np
import pytest

from qml_core.errors import SpecError
from qml_core.evaluation.report.reliability import reliability_curve


def test_brier_score_and_calibration_error_are_those_of_scikit_learn_and_of_hand():
    from sklearn.metrics import brier_score_loss

    rng = np.random.default_rng(2)
    P, y = rng.random(400), rng.integers(0, 2, 400)
    assert reliability_curve("m", P, y).brier == pytest.approx(brier_score_loss(y, P))
    stated, y = np.array([0.1, 0.15, 0.85, 0.95]), np.array([0, 1, 1, 1])
    curve = reliability_curve("m", stated, y)
    assert curve.counts.tolist() == [2, 1, 1]
    assert curve.observed.tolist() == [0.5, 1, 1]
    assert curve.predicted == pytest.approx([0.125, 0.85, 0.95])
    assert curve.edges[:, 0] == pytest.approx([0.1, 0.8, 0.9])
    assert curve.ece == pytest.approx((2 * 0.375 + 0.15 + 0.05) / 4)


def test_of_more_classes_the_predicted_one_counts():
    P = np.array([[0.7, 0.2, 0.1], [0.25, 0.35, 0.4]])
    curve = reliability_curve("m", P, np.array([0, 1]))
    assert curve.predicted == pytest.approx([0.4, 0.7])
    assert curve.observed.tolist() == [0, 1]
    expected = (0.09 + 0.04 + 0.01 + 0.0625 + 0.4225 + 0.16) / 2
    assert curve.brier == pytest.approx(expected)


@pytest.mark.parametrize(
    ("P", "y", "found"),
    [([1.2], [1], "-0.2 to 1.2"), ([], [], "0 labels"), ([0.5, 0.5], [1], r"\(2, 2\)")],
)
def test_what_is_no_probability_is_refused(P, y, found):
    with pytest.raises(SpecError, match=found):
        reliability_curve("m", np.array(P), np.array(y, dtype=np.int64))


def test_a_certain_prediction_falls_into_the_last_bin():
    assert reliability_curve("m", np.array([1.0, 0.0]), np.array([1, 0])).counts.tolist() == [1, 1]
