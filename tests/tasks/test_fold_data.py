"""Folds as data sets: the same rows as those of an exact trial, under whatever name."""

import numpy as np

from qml_core.evaluation.objectives.cross_validation import folds_of
from tasks.datasets import read_columns
from tasks.fold_data import data_of_folds


def test_a_fold_holds_out_the_rows_of_an_exact_trial(moons):
    X, raw, y = read_columns(moons, "train", "x", "raw", "y")
    folds = data_of_folds(moons, 2, seed=3)
    for fold, (fit, held) in zip(folds, folds_of(y, "classification", 2, 3), strict=True):
        for role, rows in (("train", fit), ("test", held)):
            own = read_columns(fold, role, "x", "raw", "y")
            for found, of_all in zip(own, (X, raw, y), strict=True):
                np.testing.assert_array_equal(found, of_all[rows])
        assert (fold.n_train, fold.n_test, fold.rows) == (len(fit), len(held), len(y))
    renamed = moons.model_copy(update={"name": "other", "target": "t"})
    assert [f.sha256 for f in data_of_folds(renamed, 2, seed=3)] == [f.sha256 for f in folds]
