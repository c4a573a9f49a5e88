"""How often the verdict sees an advantage where there is none: fold scores of real learners."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import ExtraTreeClassifier

from qml_core.evaluation.judgement.verdict import Scored, Terms, judge

ALPHA = 0.05
TERMS = Terms("accuracy", (), threshold=0.01, alpha=ALPHA, equivalence=0.95)
ROWS, FEATURES = 100, 5


def _benchmark(y, pair, seed):
    """Scores of 5 × 5 folds of two (learner of a fold number, columns)."""
    splits = RepeatedStratifiedKFold(n_splits=5, n_repeats=5, random_state=seed)
    scores = np.array(
        [
            [
                np.mean(learner(k).fit(X[train], y[train]).predict(X[test]) == y[test])
                for learner, X in pair
            ]
            for k, (train, test) in enumerate(splits.split(pair[0][1], y))
        ]
    )
    q, c = scores.T
    return Scored(
        values={"accuracy": {"q": q, "c": c}},
        inner={"q": float(q.mean()), "c": float(c.mean())},
        kinds={"q": "quantum", "c": "classical"},
        deciding=("c",),
        n_train=80,
        n_test=20,
        rows=ROWS,
        folds=5,
        repeats=5,
        usd={},
    )


def permuted_labels(seed):
    """Two learners that have nothing to learn."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(ROWS, FEATURES)), rng.permutation(np.arange(ROWS) % 2)
    pair = [(lambda k: GaussianNB(), X), (lambda k: RidgeClassifier(), X)]
    return _benchmark(y, pair, seed)


def two_names(seed):
    """One randomised learner twice, on the same features with draws of its own."""
    X, y = _shifted(np.random.default_rng(seed), FEATURES)
    pair = [
        (lambda k: ExtraTreeClassifier(max_depth=3, random_state=2 * k), X),
        (lambda k: ExtraTreeClassifier(max_depth=3, random_state=2 * k + 1), X),
    ]
    return _benchmark(y, pair, seed)


def exchangeable_pair(seed):
    """One learner on two independent, identically distributed halves of the features."""
    X, y = _shifted(np.random.default_rng(seed), 2 * FEATURES)
    pair = [(lambda k: GaussianNB(), X[:, :FEATURES]), (lambda k: GaussianNB(), X[:, FEATURES:])]
    return _benchmark(y, pair, seed)


def _shifted(rng, features):
    y = rng.permutation(np.arange(ROWS) % 2)
    return rng.normal(size=(ROWS, features)) + 0.4 * y[:, None], y


def _lower(count, of):
    """Of the two-sided 95 % Clopper-Pearson interval."""
    return binomtest(count, of).proportion_ci(0.95, "exact").low


def _advantages(benchmarks):
    outcomes = Counter(judge(scored, TERMS)[1][0].outcome for scored in benchmarks)
    print(dict(outcomes))
    return outcomes["advantage"]


def _naive(benchmarks):
    """As if the folds shared no rows: 1/J + n_test/n_train loses its second term."""
    return [replace(scored, n_train=1e12) for scored in benchmarks]


def _signed_ranks(benchmarks):
    """Advantages if Wilcoxon's test over the folds decided."""
    tests = [judge(scored, TERMS)[0][0] for scored in benchmarks]
    return sum(t.wilcoxon < ALPHA and t.difference > TERMS.threshold for t in tests)
