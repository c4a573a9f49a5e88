"""Data that a feature map was made for: found by the tuning that every benchmark does."""

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from qml_core.evaluation.contestants import FoldRows, evaluate_contestant
from qml_core.evaluation.datasets import generate
from qml_core.specs import BackendSpec, ModelSpec
from qml_core.specs.contestant import ContestantSpec

ZZ = ModelSpec.model_validate({"kernel": {"encoding": {"name": "zz"}}})
QUANTUM = ContestantSpec(label="qsvc zz", kind="quantum", model=ZZ)
RADIAL = ContestantSpec(label="rbf_svm", kind="classical", classical="rbf_svm")


def accuracy(contestant, seed, folds):
    X, y = generate("ad_hoc", n_samples=100, gap=0.3, seed=seed)
    y = (y > 0).astype(float)
    splits = StratifiedKFold(5, shuffle=True, random_state=seed).split(X, y)
    found = []
    for train, test in list(splits)[:folds]:
        rows = FoldRows(X[train], X[train], y[train], X[test], X[test])
        tested = evaluate_contestant(
            contestant,
            rows,
            task="classification",
            n_classes=2,
            configurations=12,
            inner_folds=3,
            metric="accuracy",
            seed=seed,
            backend=BackendSpec(),
        )
        found.append(float(np.mean(tested.predicted.y == y[test])))
    return float(np.mean(found))


def test_the_default_tuning_finds_what_was_planted_for_the_feature_map():
    assert accuracy(QUANTUM, 0, 2) >= 0.95
    assert accuracy(RADIAL, 0, 2) <= 0.85


@pytest.mark.slow
def test_over_ten_seeds_it_is_found_and_no_radial_machine_comes_near():
    quantum = [accuracy(QUANTUM, seed, 5) for seed in range(10)]
    radial = [accuracy(RADIAL, seed, 5) for seed in range(10)]
    assert min(quantum) >= 0.95
    assert np.mean(radial) <= 0.8
