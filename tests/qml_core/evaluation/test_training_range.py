"""Rows outside the range of the training rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.errors import DataError
from qml_core.evaluation.preprocessing import fit
from qml_core.evaluation.training_range import TrainingRange, training_range
from qml_core.specs import PreprocessingSpec

TRAINING = pd.DataFrame({"age": [20.0, 80.0, 50.0, 31.0], "dose": [0.1, 0.2, 0.3, 0.25]})
Y = np.array([0, 1, 0, 1])
MEAN = PreprocessingSpec(missing="mean")


def outside(features: pd.DataFrame, training: pd.DataFrame = TRAINING, spec=MEAN):
    fitted = fit(spec, training, np.resize(Y, len(training)), "classification")
    return training_range(fitted.raw(training)).outside(features, fitted)


def test_the_message_names_rows_and_the_worst_column() -> None:
    rows = pd.DataFrame({"age": [20, 103, 81, 90, 50], "dose": [0.1, 0.2, 0.05, 0.3, 0.3]})
    found = outside(rows)
    assert found.rows.tolist() == [False, True, True, True, False]
    assert found.counts == {"age": 3, "dose": 1}
    assert found.message == (
        "3 of 5 rows lie outside the training range, worst: column 'age' 103 > 80 (3 rows)"
    )


def test_below_the_smallest_value_is_outside_too() -> None:
    found = outside(pd.DataFrame({"dose": [-7.0, 0.2], "age": [19.0, 80.0]}))
    assert found.rows.tolist() == [True, False], "columns in any order"
    assert found.message == (
        "1 of 2 rows lie outside the training range, worst: column 'dose' -7 < 0.1 (1 row)"
    )


def test_nothing_is_said_where_all_rows_are_inside() -> None:
    found = outside(TRAINING)
    assert not found.rows.any()
    assert (found.message, found.counts) == ("", {})
    assert outside(TRAINING.iloc[:0]).message == ""


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=20, unique=True), st.integers(0, 99))
def test_training_rows_are_never_outside_and_rows_beyond_always(values, seed) -> None:
    training = pd.DataFrame({"a": values, "b": np.random.default_rng(seed).random(len(values))})
    assert outside(training, training).rows.sum() == 0
    width = np.ptp(values) + 1.0
    beyond = training.assign(a=[max(values) + width] + [min(values) - width] * (len(values) - 1))
    assert outside(beyond, training).rows.all()


def test_missing_values_that_are_imputed_lie_inside_and_others_are_refused() -> None:
    rows = pd.DataFrame({"age": [np.nan, 99.0], "dose": [0.2, np.nan]})
    assert outside(rows).rows.tolist() == [False, True]
    with pytest.raises(DataError, match="missing values"):
        outside(rows, spec=PreprocessingSpec(missing="refuse"))


def test_a_constant_column_has_one_value_inside() -> None:
    training = TRAINING.assign(dose=3.0)
    found = outside(pd.DataFrame({"age": [50.0, 50.0], "dose": [3.0, 3.5]}), training)
    assert found.rows.tolist() == [False, True]
    assert "column 'dose' 3.5 > 3 (1 row)" in found.message


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"age": [1.0]}, "missing 'dose'"),
        ({"age": [1.0], "dose": [1.0], "x": [1.0]}, "additional 'x'"),
        ({"age": ["old"], "dose": [1.0]}, "'age' holds no numbers"),
        ({"age": [np.inf], "dose": [1.0]}, "infinite"),
    ],
)
def test_other_columns_and_values_are_refused(rows, said: str) -> None:
    with pytest.raises(DataError, match=said):
        outside(pd.DataFrame(rows))


def test_ranges_without_rows_or_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(DataError, match="0 rows"):
        training_range(np.zeros((0, 2)))
    with pytest.raises(DataError, match="low ≤ high"):
        TrainingRange(np.ones(2), np.zeros(2))
    with pytest.raises(DataError, match="low ≤ high"):
        TrainingRange(np.full(2, np.nan), np.zeros(2))
