"""Rows of a training and of its steps."""

import numpy as np
import pytest
import torch

from qml_core.errors import DataError, SpecError
from qml_core.specs.training import TrainingSpec
from qml_core.training.data import TrainingData, batch_size, steps_per_epoch


def test_a_step_sees_32_rows_or_all_where_there_are_fewer() -> None:
    assert [batch_size(TrainingSpec(), n) for n in (5, 32, 500)] == [5, 32, 32]


def test_the_last_step_of_an_epoch_sees_what_is_left() -> None:
    assert steps_per_epoch(TrainingSpec(batch_size=10), 31) == 4
    assert steps_per_epoch(TrainingSpec(), 455) == 15


@pytest.mark.parametrize("optimiser", ["lbfgs", "cobyla"])
def test_full_batch_optimisers_make_one_step_of_all_rows(optimiser: str) -> None:
    assert steps_per_epoch(TrainingSpec(optimiser=optimiser), 500) == 1


def test_more_rows_a_step_than_there_are_is_refused_with_both_numbers() -> None:
    with pytest.raises(SpecError, match=r"batch_size=40 was asked for, found 31 .* 31 or less"):
        batch_size(TrainingSpec(batch_size=40), 31)


def test_rows_without_targets_are_refused() -> None:
    with pytest.raises(DataError, match="3 rows and 2 targets"):
        TrainingData(np.zeros((3, 2)), np.zeros(2, dtype=int))
    with pytest.raises(DataError, match="go together"):
        TrainingData(np.zeros((3, 2)), np.zeros(3, dtype=int), np.zeros((1, 2)))
    with pytest.raises(DataError, match="0 rows"):
        TrainingData(np.zeros((0, 2)), np.zeros(0, dtype=int))


def test_labels_become_integers_and_values_doubles() -> None:
    x = np.zeros((3, 2), dtype=np.float32)
    assert (
        TrainingData(x, np.array([0, 1, 1], dtype=np.int32)).training_rows()[1].dtype == torch.int64
    )
    values = TrainingData(x, np.zeros((3, 1), dtype=np.float32)).training_rows()
    assert values[0].dtype == values[1].dtype == torch.float64


def test_no_validation_rows_are_no_validation() -> None:
    data = TrainingData(np.zeros((3, 2)), np.zeros(3, int), np.zeros((0, 2)), np.zeros(0, int))
    assert data.validation_rows() is None
