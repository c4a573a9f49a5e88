"""How often the verdict sees an advantage where there is none: fold scores of real learners."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from qml_core.evaluation.judgement.verdict import Scored, Terms, judge

ALPHA = 0.05
TERMS = Terms("accuracy", (), threshold=0.01, alpha=ALPHA, equivalence=0.95)
ROWS, FEATURES = 100, 5


def least_squares(X, y, Z, rng):
    """Linear classifier of labels ±1."""
    A = np.column_stack([X, np.ones(len(X))])
    w = np.linalg.solve(A.T @ A + np.eye(A.shape[1]), A.T @ (2.0 * y - 1))
    return Z @ w[:-1] + w[-1] > 0


def nearest_neighbour(X, y, Z, rng):
    distances = (Z**2).sum(1)[:, None] - 2 * Z @ X.T + (X**2).sum(1)
    return y[distances.argmin(axis=1)] > 0


def random_features(X, y, Z, rng):
    """Least squares on six random non-linear features."""
    W = rng.normal(size=(X.shape[1], 6))
    return least_squares(np.tanh(X @ W), y, np.tanh(Z @ W), rng)


def _folds(y, rng):
    """(train, test) of 5 × 5 stratified folds."""
    for _ in range(5):
        parts = [rng.permutation(np.flatnonzero(y == c)).reshape(5, -1) for c in (0, 1)]
        tests = np.hstack(parts)
        yield from ((np.setdiff1d(np.arange(ROWS), test), test) for test in tests)


def _benchmark(y, pair, rng):
    """Scores of 5 × 5 folds of two (learner, features)."""
    scores = np.array(
        [
            [np.mean(learner(X[a], y[a], X[b], rng) == y[b]) for learner, X in pair]
            for a, b in _folds(y, rng)
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


def _shifted(rng, features):
    y = rng.permutation(np.arange(ROWS) % 2)
    return rng.normal(size=(ROWS, features)) + 0.4 * y[:, None], y


def permuted_labels(rng):
    """Two learners that have nothing to learn."""
    X, y = _shifted(rng, FEATURES)
    return _benchmark(rng.permutation(y), [(nearest_neighbour, X), (least_squares, X)], rng)


def two_names(rng):
    """One randomised learner twice, on the same features with draws of its own."""
    X, y = _shifted(rng, FEATURES)
    return _benchmark(y, [(random_features, X), (random_features, X)], rng)


def exchangeable_pair(rng):
    """One learner on two independent, identically distributed halves of the features."""
    X, y = _shifted(rng, 2 * FEATURES)
    halves = [(least_squares, X[:, :FEATURES]), (least_squares, X[:, FEATURES:])]
    return _benchmark(y, halves, rng)


NULLS = [permuted_labels, two_names, exchangeable_pair]


def _many(null, count):
    return [null(np.random.default_rng([NULLS.index(null), k])) for k in range(count)]


def _lower(count, of):
    """Of the two-sided 95 % Clopper-Pearson interval."""
    return binomtest(count, of).proportion_ci(0.95, "exact").low


def _advantages(benchmarks):
    outcomes = Counter(judge(scored, TERMS)[1][0].outcome for scored in benchmarks)
    return outcomes["advantage"]


def _naive(benchmarks):
    """As if the folds shared no rows: 1/J + n_test/n_train loses its second term."""
    return [replace(scored, n_train=1e12) for scored in benchmarks]


def _signed_ranks(benchmarks):
    """Advantages if Wilcoxon's test over the folds decided."""
    tests = [judge(scored, TERMS)[0][0] for scored in benchmarks]
    return sum(t.wilcoxon < ALPHA and t.difference > TERMS.threshold for t in tests)


@pytest.mark.slow
@pytest.mark.parametrize("null", NULLS)
def test_false_advantages_of_400_benchmarks_are_not_shown_to_exceed_alpha(null):
    assert _lower(_advantages(_many(null, 400)), 400) <= ALPHA


@pytest.mark.slow
@pytest.mark.parametrize("null", [permuted_labels, exchangeable_pair])
def test_the_calibration_catches_tests_that_take_folds_for_independent(null):
    benchmarks = _many(null, 400)
    assert _lower(_advantages(_naive(benchmarks)), 400) > ALPHA
    assert _lower(_signed_ranks(benchmarks), 400) > ALPHA


def test_false_advantages_of_an_exchangeable_pair_are_rare_and_a_naive_test_is_caught():
    benchmarks = _many(exchangeable_pair, 120)
    assert any(np.ptp(scored.values["accuracy"]["q"]) > 0 for scored in benchmarks)
    assert _lower(_advantages(benchmarks), 120) <= ALPHA
    assert _lower(_advantages(_naive(benchmarks)), 120) > ALPHA
    assert _lower(_signed_ranks(benchmarks), 120) > ALPHA


def test_the_same_scores_under_two_names_make_no_difference():
    scored = exchangeable_pair(np.random.default_rng(0))
    same = scored.values["accuracy"]["c"]
    _, (found,), recommended = judge(
        replace(scored, values={"accuracy": {"q": same, "c": same}}, inner={"q": 0.7, "c": 0.7}),
        TERMS,
    )
    assert found.outcome == "no difference"
    assert found.p == found.equivalent == 1.0
    assert recommended == "c"


def test_picking_the_best_of_many_equal_quantum_models_gains_nothing():
    """Eight exchangeable quantum models: Holm keeps the share of benchmarks with any advantage."""

    def benchmark(k):
        rng = np.random.default_rng([9, k])
        X, y = _shifted(rng, 9 * FEATURES)
        parts = np.hsplit(X, 9)
        folds = list(_folds(y, rng))
        names = ["c", *(f"q{i}" for i in range(8))]
        scores = {
            name: np.array(
                [np.mean(least_squares(P[a], y[a], P[b], rng) == y[b]) for a, b in folds]
            )
            for name, P in zip(names, parts, strict=True)
        }
        return Scored(
            values={"accuracy": scores},
            inner=dict.fromkeys(names, 0.7),
            kinds={name: "classical" if name == "c" else "quantum" for name in names},
            deciding=("c",),
            n_train=80,
            n_test=20,
            rows=ROWS,
            folds=5,
            repeats=5,
            usd={},
        )

    found = [judge(benchmark(k), TERMS) for k in range(40)]
    any_of = sum(any(j.outcome == "advantage" for j in one) for _, one, _ in found)
    uncorrected = sum(
        any(t.p < ALPHA and t.difference > 0.01 for t in tests) for tests, _, _ in found
    )
    assert _lower(any_of, 40) <= ALPHA
    assert uncorrected > any_of
