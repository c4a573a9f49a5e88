"""The rows of an outer fold: a share of them, and their labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qml_core.errors import DataError
from qml_core.evaluation.contestants import part_of
from qml_core.evaluation.contestants.rows import target_of
from qml_core.evaluation.objectives.scores import Predicted


@given(share=st.floats(0.05, 0.95), seed=st.integers(0, 2**32 - 1))
def test_a_share_keeps_that_of_every_class(share: float, seed: int) -> None:
    y = np.repeat([0.0, 1.0, 2.0], [60, 30, 3])
    kept = part_of(y, "classification", share, seed)
    assert (np.diff(kept) > 0).all()
    counts = np.bincount(y[kept].astype(int))
    assert counts.tolist() == [max(2, round(share * n)) for n in (60, 30, 3)]


def test_a_smaller_share_is_within_a_larger_one_and_a_seed_draws_others() -> None:
    y = np.linspace(0, 1, 50)
    small, large, other = (
        part_of(y, "regression", share, seed) for share, seed in ((0.2, 1), (0.6, 1), (0.2, 2))
    )
    assert len(small) == 10
    assert set(small) < set(large)
    assert set(small) != set(other)


def test_labels_are_numbered_by_the_classes_that_occur() -> None:
    target = target_of(np.array([3.0, 1.0, 3.0, 1.0]), "classification", 4)
    assert target.y.tolist() == [1, 0, 1, 0]
    said = target.restored(Predicted(np.array([1, 0]), np.array([[0.2, 0.8], [0.9, 0.1]])))
    assert said.y.tolist() == [3, 1]
    np.testing.assert_array_equal(said.probabilities, [[0, 0.2, 0, 0.8], [0, 0.9, 0, 0.1]])


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match="one class"):
        target_of(np.zeros(5), "classification", 2)
