"""Losses and scores against scikit-learn and numbers on paper."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, r2_score

from qml_core.errors import SpecError
from qml_core.specs.training import TrainingSpec
from qml_core.training.losses import agreement, open_loss, score

RNG = np.random.default_rng(3)
BINARY = torch.from_numpy(RNG.integers(0, 2, 20))
THREE = torch.from_numpy(RNG.integers(0, 3, 20))
VALUES = torch.from_numpy(RNG.normal(size=(20, 2)))


def loss_of(outputs: torch.Tensor, y: torch.Tensor, task: str, loss: str = "auto") -> float:
    spec = TrainingSpec(loss=loss)
    return float(open_loss(spec, task, y).mean(outputs, y))


def test_cross_entropy_of_two_classes_is_scikit_learns_log_loss() -> None:
    z = torch.from_numpy(RNG.normal(size=(20, 1)))
    expected = log_loss(BINARY, torch.sigmoid(z[:, 0]).numpy())
    assert loss_of(z, BINARY, "classification") == pytest.approx(expected, abs=1e-12)


def test_cross_entropy_of_three_classes_is_scikit_learns_log_loss() -> None:
    z = torch.from_numpy(RNG.normal(size=(20, 3)))
    expected = log_loss(THREE, torch.softmax(z, dim=1).numpy())
    assert loss_of(z, THREE, "classification") == pytest.approx(expected, abs=1e-12)


def test_squared_loss_is_the_mean_over_rows_and_targets() -> None:
    z = torch.from_numpy(RNG.normal(size=(20, 2)))
    assert loss_of(z, VALUES, "regression") == pytest.approx(mean_squared_error(VALUES, z))


def test_linear_loss_is_zero_where_outputs_are_the_signs_and_one_where_they_are_opposite() -> None:
    signs = (2.0 * BINARY - 1)[:, None]
    assert loss_of(signs, BINARY, "classification", "linear") == 0
    assert loss_of(-signs, BINARY, "classification", "linear") == 1
    assert loss_of(0 * signs, BINARY, "classification", "linear") == 0.5


def test_cross_entropy_of_far_logits_stays_finite() -> None:
    far = torch.full((20, 1), 1e4, dtype=torch.float64)
    assert math.isfinite(loss_of(far, BINARY, "classification"))


@pytest.mark.parametrize(
    ("loss", "task", "y", "reason"),
    [
        ("squared", "classification", BINARY, "squared is for regression"),
        ("cross_entropy", "regression", VALUES, "cross_entropy is for classification"),
        ("linear", "regression", VALUES, "linear is for classification"),
        ("linear", "classification", THREE, "two classes apart, found 3"),
    ],
)
def test_losses_that_do_not_fit_are_refused(
    loss: str, task: str, y: torch.Tensor, reason: str
) -> None:
    with pytest.raises(SpecError, match=reason):
        open_loss(TrainingSpec(loss=loss), task, y)


def test_the_trivial_loss_is_that_of_the_best_constant() -> None:
    share = float(BINARY.double().mean())
    entropy = -share * math.log(share) - (1 - share) * math.log(1 - share)
    assert open_loss(TrainingSpec(), "classification", BINARY).trivial == pytest.approx(entropy)
    constant = VALUES.mean(dim=0).expand(20, 2)
    assert open_loss(TrainingSpec(), "regression", VALUES).trivial == pytest.approx(
        loss_of(constant, VALUES, "regression")
    )


@pytest.mark.parametrize("outputs", [1, 3])
def test_the_score_of_labels_is_scikit_learns_accuracy(outputs: int) -> None:
    z = torch.from_numpy(RNG.normal(size=(20, outputs)))
    y, labels = (BINARY, z[:, 0] > 0) if outputs == 1 else (THREE, z.argmax(dim=1))
    found = score("classification", agreement("classification", z, y), y)
    assert found == accuracy_score(y, labels)


def test_the_score_of_values_is_scikit_learns_r2() -> None:
    z = VALUES + 0.3 * torch.from_numpy(RNG.normal(size=(20, 2)))
    found = score("regression", agreement("regression", z, VALUES), VALUES)
    assert found == pytest.approx(r2_score(VALUES, z), abs=1e-12)


def test_r2_of_targets_that_do_not_vary_is_no_number() -> None:
    y = torch.ones(4, 1, dtype=torch.float64)
    assert math.isnan(score("regression", [0.0], y))
