"""Metrics of one fold against scikit-learn's, and those that a fold cannot give."""

import numpy as np
import pytest
from sklearn import metrics

from qml_core.errors import DataError
from qml_core.evaluation.judgement.fold_metrics import fold_metrics
from qml_core.evaluation.objectives.scores import Predicted


def classified(n_classes: int, m: int = 40, seed: int = 0) -> tuple[np.ndarray, Predicted]:
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(m) % n_classes).astype(float)
    probabilities = rng.dirichlet(np.ones(n_classes), m)
    return y, Predicted(probabilities.argmax(axis=1), probabilities)


def test_metrics_of_two_classes_are_those_of_scikit_learn_and_ranks_those_of_the_scores():
    y, said = classified(2)
    scores = np.round(np.random.default_rng(1).normal(size=40), 1)
    found = fold_metrics("classification", y, Predicted(said.y, said.probabilities, scores), 2)
    assert found == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(y, said.y),
            "balanced_accuracy": metrics.balanced_accuracy_score(y, said.y),
            "f1_macro": metrics.f1_score(y, said.y, average="macro"),
            "roc_auc": metrics.roc_auc_score(y, scores),
            "log_loss": metrics.log_loss(y, said.probabilities),
        }
    )


def test_without_scores_the_probability_of_the_second_class_ranks():
    y, said = classified(2)
    expected = metrics.roc_auc_score(y, said.probabilities[:, 1])
    assert fold_metrics("classification", y, said, 2)["roc_auc"] == pytest.approx(expected)


def test_roc_auc_of_three_classes_is_the_mean_of_each_against_the_rest():
    y, said = classified(3)
    expected = metrics.roc_auc_score(y, said.probabilities, multi_class="ovr", average="macro")
    assert fold_metrics("classification", y, said, 3)["roc_auc"] == pytest.approx(expected)


def test_metrics_of_values_are_those_of_scikit_learn():
    rng = np.random.default_rng(2)
    y, said = rng.normal(size=(2, 30))
    assert fold_metrics("regression", y, Predicted(said), 0) == pytest.approx(
        {
            "r2": metrics.r2_score(y, said),
            "rmse": metrics.root_mean_squared_error(y, said),
            "mae": metrics.mean_absolute_error(y, said),
        }
    )


def test_a_fold_with_one_class_has_no_roc_auc_and_no_class_left_out_counts_as_zero():
    said = Predicted(np.array([1, 1, 0]), np.array([[0.2, 0.8], [0.4, 0.6], [0.7, 0.3]]))
    found = fold_metrics("classification", np.ones(3), said, 2)
    assert "roc_auc" not in found
    assert found["balanced_accuracy"] == pytest.approx(2 / 3)
    assert found["log_loss"] == pytest.approx(-np.log([0.8, 0.6, 0.3]).mean())


def test_a_class_without_a_row_leaves_no_roc_auc_of_three_classes():
    y, said = classified(3)
    there = y != 2
    fold = Predicted(said.y[there], said.probabilities[there])
    assert "roc_auc" not in fold_metrics("classification", y[there], fold, 3)


def test_labels_alone_give_neither_roc_auc_nor_log_loss():
    y, said = classified(2)
    found = fold_metrics("classification", y, Predicted(said.y), 2)
    assert set(found) == {"accuracy", "balanced_accuracy", "f1_macro"}


@pytest.mark.parametrize("y", [np.array([3.0]), np.full(4, 3.0)])
def test_a_truth_without_spread_has_no_r2(y):
    found = fold_metrics("regression", y, Predicted(y + 0.5), 0)
    assert found == {"rmse": 0.5, "mae": 0.5}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (Predicted(np.array([0, np.nan])), "predicted y with NaN"),
        (Predicted(np.zeros(2), np.full((2, 2), np.nan)), "probabilities with NaN"),
        (Predicted(np.zeros(2), None, np.array([0.0, np.nan])), "scores with NaN"),
        (Predicted(np.zeros(3)), r"predicted y of shape \(3,\)"),
        (Predicted(np.zeros(2), np.full((2, 3), 1 / 3)), r"probabilities of shape \(2, 3\)"),
        (Predicted(np.zeros(2), np.full((2, 2), 0.4)), r"add up to 0\.8"),
    ],
)
def test_predictions_that_are_none_are_refused(said, message):
    with pytest.raises(DataError, match=message):
        fold_metrics("classification", np.array([0.0, 1.0]), said, 2)


def test_probabilities_of_single_precision_add_up_well_enough():
    y, said = classified(3, m=500)
    single = said.probabilities.astype(np.float32).astype(np.float64)
    found = fold_metrics("classification", y, Predicted(said.y, single), 3)["log_loss"]
    assert found == pytest.approx(metrics.log_loss(y, said.probabilities), rel=1e-5)


def test_no_row_is_refused():
    with pytest.raises(DataError, match="0 held-out rows"):
        fold_metrics("regression", np.empty(0), Predicted(np.empty(0)), 0)
