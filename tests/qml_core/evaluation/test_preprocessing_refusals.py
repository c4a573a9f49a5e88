"""What preprocessing refuses, and that it says why."""

import json

import numpy as np
import pandas as pd
import pytest

from qml_core.errors import CorruptArtifact, DataError
from qml_core.evaluation.preprocessing import FittedPreprocessing, fit
from qml_core.specs import PreprocessingSpec


def frame(X):
    X = np.asarray(X, dtype=float)
    return pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])


def test_too_many_components_say_both_numbers():
    X = frame(np.random.default_rng(0).normal(size=(5, 8)))
    y = np.arange(5) % 2
    for reduce, n in (("pca", 6), ("select", 9)):
        with pytest.raises(DataError, match=rf"n_components={n}, but 8 .* 5 training rows"):
            fit(PreprocessingSpec(reduce=reduce, n_components=n), X, y, "classification")


def test_missing_values_are_refused_with_names_counts_and_remedy():
    X = frame([[1, np.nan, 3], [2, np.nan, np.nan], [3, 4, 5]])
    y = np.array([0, 1, 0])
    message = r"column 'x1' \(2\), 'x2' \(1\); set preprocessing.missing to mean"
    with pytest.raises(DataError, match=message):
        fit(PreprocessingSpec(reduce="none"), X, y, "classification")
    fitted = fit(PreprocessingSpec(reduce="none"), X.fillna(0.0), y, "classification")
    with pytest.raises(DataError, match=message):
        fitted.transform(X)


def test_a_column_without_any_training_value_cannot_be_imputed():
    X = frame([[1, np.nan], [2, np.nan]])
    with pytest.raises(DataError, match=r"no value in the training rows of column 'x1' \(2\)"):
        fit(PreprocessingSpec(missing="mean"), X, np.array([0, 1]), "classification")


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[1, 2], [1, 2], [1, 2]], "all 2 feature columns are constant in the 3 training rows"),
        ([[1, 2]], r"1 training row\(s\), at least 2"),
        ([[1, np.inf], [2, 3]], r"infinite or above 1e\+100 in column 'x1' \(1\)"),
        ([[1, 1e300], [2, 3]], r"infinite or above 1e\+100 in column 'x1' \(1\)"),
    ],
)
def test_unfit_training_rows_are_refused(X, message):
    with pytest.raises(DataError, match=message):
        fit(PreprocessingSpec(), frame(X), np.arange(len(X)), "classification")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X: X.drop(columns="x1"), "the 3 columns of the fit: missing 'x1'"),
        (lambda X: X.assign(z=1.0), "additional 'z'"),
        (lambda X: X.rename(columns={"x0": "a"}), "missing 'x0'; additional 'a'"),
        (lambda X: pd.concat([X, X[["x2"]]], axis=1), "duplicate 'x2'"),
        (lambda X: X.assign(x0="red"), "column 'x0' holds no numbers"),
    ],
)
def test_other_columns_are_refused_by_name(change, message):
    X = frame(np.random.default_rng(0).normal(size=(6, 3)))
    fitted = fit(PreprocessingSpec(), X, np.arange(6) % 2, "classification")
    for use in (fitted.transform, fitted.raw):
        with pytest.raises(DataError, match=message):
            use(change(X))


def test_numbered_columns_are_known_by_their_text():
    X = np.random.default_rng(0).normal(size=(6, 3))
    fitted = fit(PreprocessingSpec(), pd.DataFrame(X), np.arange(6) % 2, "classification")
    assert fitted.columns == ("0", "1", "2")
    assert len(fitted.transform(pd.DataFrame(X, columns=["0", "1", "2"]))) == 6


def test_a_row_that_overflows_is_refused():
    X = frame([[0.0], [1e-300]])
    spec = PreprocessingSpec(reduce="none", scale="minmax")
    fitted = fit(spec, X, np.array([0, 1]), "classification")
    with pytest.raises(DataError, match="row 1 lies too far"):
        fitted.transform(frame([[0.0], [1e99]]))


def test_damaged_documents_are_refused(cancer):
    table, train = cancer
    fitted = fit(PreprocessingSpec(), table.features[train], table.y[train], table.task)
    document = json.loads(fitted.to_json())
    damaged = [
        "",
        "[]",
        "{}",
        json.dumps({**document, "version": 2}),
        json.dumps({**document, "mean": document["mean"][:-1]}),
        json.dumps({**document, "components": document["components"][:-1]}),
        json.dumps({**document, "components": None, "selected": [0, 99]}),
        json.dumps({**document, "shift": [None] * 10}),
        json.dumps({**document, "code": "print()"}),
    ]
    for text in damaged:
        with pytest.raises(CorruptArtifact, match="cannot be read"):
            FittedPreprocessing.from_json(text)
