"""How often the verdict finds the advantage that is planted in the ad hoc data."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import config_context
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedShuffleSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from qml_core.evaluation.datasets import generate
from qml_core.evaluation.judgement.verdict import Scored, Terms, judge
from qml_core.kernels import kernel_matrix
from qml_core.models import QSVC
from qml_core.specs import EncodingSpec, KernelSpec

TERMS = Terms("accuracy", (), threshold=0.02, alpha=0.05, equivalence=0.95)
KERNEL = KernelSpec(encoding=EncodingSpec(name="zz", reps=2))
CONFIGURATIONS = {
    "zz": [QSVC(kernel="precomputed", C=C) for C in (1.0, 10.0, 100.0)],
    "rbf": [SVC(C=C, gamma=gamma) for C, gamma in ((10, 0.3), (10, 1.0), (10, 3.0), (100, 1.0))],
    "knn": [KNeighborsClassifier(k, algorithm="brute") for k in (1, 3, 7)],
    "forest": [RandomForestClassifier(6, min_samples_leaf=leaf, random_state=0) for leaf in (1, 4)],
}


def _accuracy(model, X, y, train, test):
    """Of a model that is fitted on some rows; a square X is a kernel matrix."""
    paired = isinstance(model, QSVC)
    fit, ask = (X[np.ix_(train, train)], X[np.ix_(test, train)]) if paired else (X[train], X[test])
    return float(np.mean(clone(model).fit(fit, y[train]).predict(ask) == y[test]))


def _tuned(models, X, y, train, test):
    """Best score on an inner split, and what that model scores on the outer one."""
    inner = StratifiedShuffleSplit(1, test_size=1 / 3, random_state=0)
    fit, ask = (train[rows] for rows in next(inner.split(train, y[train])))
    scores = [_accuracy(model, X, y, fit, ask) for model in models]
    best = int(np.argmax(scores))
    return scores[best], _accuracy(models[best], X, y, train, test)


def _benchmark(seed, names):
    """Tuned models on 5 × 5 folds of the ad hoc data."""
    X, y = generate("ad_hoc", n_samples=100, n_features=2, gap=0.3, seed=seed)
    inputs = dict.fromkeys(names, X) | {"zz": kernel_matrix(X, kernel=KERNEL)}
    outer = RepeatedStratifiedKFold(n_splits=5, n_repeats=5, random_state=seed)
    folds = list(outer.split(X, y))
    with config_context(assume_finite=True, skip_parameter_validation=True):
        found = {
            name: np.array([_tuned(CONFIGURATIONS[name], inputs[name], y, *fold) for fold in folds])
            for name in names
        }
    return Scored(
        values={"accuracy": {name: scores[:, 1] for name, scores in found.items()}},
        inner={name: float(scores[:, 0].mean()) for name, scores in found.items()},
        kinds={name: "quantum" if name == "zz" else "classical" for name in names},
        deciding=tuple(name for name in names if name != "zz"),
        n_train=80,
        n_test=20,
        rows=100,
        folds=5,
        repeats=5,
        usd={},
    )


def test_the_planted_advantage_is_found_on_one_data_set():
    _, (found,), recommended = judge(_benchmark(0, ("zz", "rbf")), TERMS)
    assert (found.outcome, recommended, found.reference) == ("advantage", "zz", "rbf")
    assert found.difference.value > 0.1


@pytest.mark.slow
def test_the_planted_advantage_is_found_on_nineteen_data_sets_of_twenty():
    """The upper 95 % Clopper-Pearson bound of the rate reaches 95 %."""
    seeds = 60
    found = sum(
        judge(_benchmark(seed, tuple(CONFIGURATIONS)), TERMS)[1][0].outcome == "advantage"
        for seed in range(seeds)
    )
    assert binomtest(found, seeds).proportion_ci(0.95, "exact").high >= 0.95
