"""Validation rows: of every class in proportion, the same for the same seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qml_core.training.validation import validation_split


@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=5),
    share=st.floats(0, 0.5),
    seed=st.integers(0, 2**31),
)
def test_every_row_is_on_one_side_and_every_class_is_trained_on(sizes, share, seed):
    y = np.repeat(np.arange(len(sizes)), sizes)
    train, validation = validation_split(y, "classification", share, seed)
    assert sorted([*train, *validation]) == list(range(len(y)))
    assert set(y[train]) == set(y)
    wanted = min(int(np.ceil(share * len(y) - 1e-9)), len(y) - len(sizes))
    assert len(validation) == wanted
    assert list(train) == sorted(train)
    assert list(validation) == sorted(validation)


def test_classes_give_rows_in_proportion_to_their_size():
    y = np.repeat([0, 1, 2], [60, 30, 10])
    _, validation = validation_split(y, "classification", 0.2, 3)
    assert np.bincount(y[validation]).tolist() == [12, 6, 2]


def test_a_class_of_one_row_is_only_trained_on():
    _, validation = validation_split([0, 0, 0, 1], "classification", 0.5, 0)
    assert 3 not in validation


def test_the_seed_decides_and_alone():
    y = np.linspace(0, 1, 50)
    first, again, other = (validation_split(y, "regression", 0.3, seed)[1] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert len(first) == 15


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_no_share_is_no_validation(task):
    train, validation = validation_split(np.arange(6) % 2, task, 0.0, 0)
    assert (len(train), len(validation)) == (6, 0)
    assert validation.dtype == np.int64


def test_values_of_several_targets_are_split_by_row():
    train, validation = validation_split(np.zeros((10, 3)), "regression", 0.15, 0)
    assert (len(train), len(validation)) == (8, 2)
