"""Held-out rows: stratified, both sides of every class, reproducible."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qml_core.errors import DataError
from qml_core.evaluation.splits import split_roles

LABELS = np.repeat([0, 1, 2], [50, 30, 20])


def test_classes_keep_their_shares_on_both_sides():
    roles = split_roles(LABELS, "classification", 0.2, 0)
    assert roles.dtype == np.int8
    assert np.bincount(LABELS[roles == 1]).tolist() == [10, 6, 4]
    assert np.bincount(LABELS[roles == 0]).tolist() == [40, 24, 16]


@given(
    counts=st.lists(st.integers(2, 30), min_size=2, max_size=6),
    test_size=st.floats(0.05, 0.95),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_class_is_on_both_sides_or_the_split_is_refused(counts, test_size, seed):
    y = np.repeat(np.arange(len(counts)), counts)
    try:
        roles = split_roles(y, "classification", test_size, seed)
    except DataError:
        return
    for side in (0, 1):
        assert set(y[roles == side]) == set(y)
    assert np.sum(roles == 1) == np.ceil(test_size * len(y))
    np.testing.assert_array_equal(roles, split_roles(y, "classification", test_size, seed))


@given(n=st.integers(3, 200), test_size=st.floats(0.01, 0.6), seed=st.integers(0, 2**32 - 1))
def test_regression_holds_out_the_share_asked_for(n, test_size, seed):
    y, held_out = np.linspace(0, 1, n), np.ceil(test_size * n)
    if held_out >= 2 and n - held_out >= 2:
        roles = split_roles(y, "regression", test_size, seed)
        assert np.sum(roles == 1) == held_out
    else:
        with pytest.raises(DataError, match="at least 2"):
            split_roles(y, "regression", test_size, seed)


def test_a_rare_class_is_called_by_its_name():
    y = np.array([0] * 58 + [1] * 2)
    with pytest.raises(DataError, match="class rare: 2 train, 0 test"):
        split_roles(y, "classification", 0.2, 0, names=("common", "rare"))


def test_seeds_give_different_splits():
    for task in ("classification", "regression"):
        splits = [tuple(split_roles(LABELS, task, 0.2, seed)) for seed in range(5)]
        assert len(set(splits)) == 5


@pytest.mark.parametrize(
    ("y", "task", "test_size", "message"),
    [
        ([0, 0, 0, 1], "classification", 0.25, r"class 1 has 1 row\(s\); every class needs"),
        ([0, 0, 1, 1, 2, 2], "classification", 0.2, "4 training and 2 test rows for 3 classes"),
        ([0] * 97 + [1, 1, 1], "classification", 0.1, "class 1: 3 train, 0 test"),
        ([0.1, 0.2], "regression", 0.5, "leaves 1 of 2 rows to train on, at least 2"),
        ([0, 0, 1, 1], "classification", 0.9, "leaves 0 of 4 rows"),
    ],
)
def test_impossible_splits_say_the_counts(y, task, test_size, message):
    with pytest.raises(DataError, match=message):
        split_roles(np.array(y), task, test_size, 0)
