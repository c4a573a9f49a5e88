"""Data that are ruled out by design, and data that are not."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits

from qml_core.evaluation.screen import image_range, screen_data


def against(screen):
    return [reason.check for reason in screen.reasons if reason.against]


@pytest.mark.parametrize(("rows", "excluded"), [(10**6, False), (10**6 + 1, True)])
def test_more_than_a_million_samples_are_excluded(rows, excluded):
    screen = screen_data("big", "classification", rows, 30)
    assert (screen.excluded, screen.worth) == (excluded, not excluded)
    assert (screen.rows, screen.model) == (rows, "")
    assert (against(screen), screen.instead) == (
        (["number of samples"], "xgboost") if excluded else ([], "")
    )


@pytest.mark.parametrize(("n_features", "excluded"), [(20, True), (21, False)])
def test_regression_of_few_features_is_excluded(n_features, excluded):
    screen = screen_data("values", "regression", 442, n_features)
    assert screen.excluded == excluded
    assert ("gaussian_process" in screen.instead) == excluded
    assert not screen_data("classes", "classification", 442, n_features).excluded


def test_columns_that_are_named_pixels_are_an_image_whatever_their_values():
    names = load_digits().feature_names
    assert against(screen_data("digits", "classification", 1797, 64, names)) == ["images"]
    assert not screen_data("few", "classification", 1797, 63, names[:63]).excluded
    assert not screen_data("named", "classification", 99, 64, [f"x{j}" for j in range(64)]).excluded


def test_a_square_of_features_of_one_range_is_an_image():
    found = screen_data("digits", "classification", 1797, 64, (), (0.0, 16.0))
    assert against(found) == ["images"]
    assert "8 × 8" in found.reasons[1].said
    assert not screen_data("table", "classification", 1797, 65, (), (0.0, 16.0)).excluded


def test_the_range_of_handwritten_digits_is_found():
    assert image_range(load_digits().data) == (0.0, 16.0)


def test_shuffled_pixels_and_tables_of_one_range_are_no_images(rng):
    digits = load_digits().data
    assert image_range(digits[:, rng.permutation(64)]) is None
    scaled = rng.normal(size=(200, 64))
    scaled = (scaled - scaled.min(axis=0)) / np.ptp(scaled, axis=0)
    assert image_range(scaled) is None
    assert image_range((digits > 8).astype(float)) is None, "flags are no grey values"
    assert image_range(load_breast_cancer().data) is None
    assert image_range(digits[:1]) is None


@pytest.fixture
def rng():
    return np.random.default_rng(0)
