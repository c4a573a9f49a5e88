"""Appended rows: old ones keep every bit, changed ones are named, new ones are prepared alike."""

import numpy as np
import pandas as pd
import pytest

from qml_core.errors import DataError
from qml_core.evaluation.appended import append_rows
from qml_core.evaluation.datasets.table import Raw, make_table
from qml_core.evaluation.preprocessing import fit
from qml_core.specs import PreprocessingSpec

N, M = 30, 7


def make(X, columns=("a", "b", "c"), y=None):
    y = (X[:, 0] > 0).astype(int) if y is None else y
    return make_table("data.csv", Raw(X, y, columns, "y"), "classification")


@pytest.fixture
def X():
    return np.random.default_rng(3).normal(size=(N + M, 3))


@pytest.fixture(params=["pca", "none"])
def stored(request, X):
    """Columns of the first N rows, and the preprocessing fitted on 20 of them."""
    table = make(X[:N])
    spec = PreprocessingSpec(reduce=request.param)
    fitted = fit(spec, table.features.iloc[:20], table.y[:20], "classification")
    role = np.repeat([0, 1], [20, N - 20])
    columns = {"x": fitted.transform(table.features), "raw": fitted.raw(table.features)}
    return {**columns, "y": table.y, "role": role}, fitted


def test_old_rows_keep_their_bits_and_new_ones_go_through_the_same_preprocessing(X, stored):
    columns, fitted = stored
    found = append_rows(columns, fitted, make(X))
    for name in ("x", "raw", "role"):
        np.testing.assert_array_equal(found[name][:N], columns[name])
    new = pd.DataFrame(X[N:], columns=["a", "b", "c"])
    np.testing.assert_array_equal(found["x"][N:], fitted.transform(new))
    np.testing.assert_array_equal(found["raw"][N:], (X[N:] - fitted.mean) / fitted.deviation)
    assert found["role"][N:].tolist() == [1] * M, "held out: no preprocessing has seen them"


def test_columns_in_another_order_are_the_same_rows(X, stored):
    order = [2, 0, 1]
    shuffled = make(X[:, order], ("c", "a", "b"), y=(X[:, 0] > 0).astype(int))
    np.testing.assert_array_equal(
        append_rows(*stored, shuffled)["x"], append_rows(*stored, make(X))["x"]
    )


def test_rounding_of_another_processor_does_not_make_a_row_another_one(X, stored):
    columns, fitted = stored
    rounded = {**columns, "x": np.nextafter(columns["x"], 9)}
    found = append_rows(rounded, fitted, make(X))
    np.testing.assert_array_equal(found["x"][:N], rounded["x"])


@pytest.mark.parametrize("change", [1e-9, 1.0])
def test_the_first_changed_row_is_named(X, stored, change):
    X[[17, 25], 1] += change
    with pytest.raises(DataError, match=r"row 17 of data\.csv .*differs from the stored.* 1 more"):
        append_rows(*stored, make(X))


def test_rows_in_another_order_are_changed_rows(X, stored):
    with pytest.raises(DataError, match=r"row 0 of data\.csv"):
        append_rows(*stored, make(X[::-1]))


def test_fewer_rows_and_no_new_rows_are_refused(X, stored):
    with pytest.raises(DataError, match=r"data\.csv has 29 rows, the stored matrix has 30"):
        append_rows(*stored, make(X[: N - 1]))
    with pytest.raises(DataError, match=r"30 rows of the stored matrix and no new one"):
        append_rows(*stored, make(X[:N]))


def test_another_column_is_refused_by_name(X, stored):
    with pytest.raises(DataError, match="missing 'c'; additional 'd'"):
        append_rows(*stored, make(X, ("a", "b", "d")))
