"""Landmarks: distinct, repeatable, and by the scores that the dense formula gives."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import rbf_kernel

from qml_core.errors import DataError
from qml_core.kernels.landmarks import choose_landmarks, leverage_scores, pilot_size

RULES = ["uniform", "kmeans", "leverage"]


def rows(n, seed=0, d=3):
    return np.random.default_rng(seed).standard_normal((n, d))


def choose(X, m, how, seed=0):
    def columns(indices):
        return rbf_kernel(X, X[indices], gamma=0.2)

    return choose_landmarks(X, m, how, np.random.default_rng(seed), columns)


@pytest.mark.parametrize("how", RULES)
def test_landmarks_are_sorted_distinct_and_the_same_for_the_same_generator(how):
    X = rows(300)
    chosen = choose(X, 40, how)
    assert chosen.shape == (40,)
    assert (np.diff(chosen) > 0).all()
    np.testing.assert_array_equal(choose(X, 40, how), chosen)
    assert not np.array_equal(choose(X, 40, how, seed=1), chosen)


@pytest.mark.parametrize("how", RULES)
def test_a_row_that_occurs_often_is_one_landmark(how):
    X = np.repeat(rows(25), 8, axis=0)
    chosen = choose(X, 20, how)
    assert len(np.unique(X[chosen], axis=0)) == len(chosen) == 20
    np.testing.assert_array_equal(choose(X, 60, how), np.arange(0, 200, 8))


def test_k_means_finds_one_landmark_in_each_cluster():
    rng = np.random.default_rng(3)
    centres = 10.0 * np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    X = np.concatenate([c + 0.1 * rng.standard_normal((50, 2)) for c in centres])
    for seed in range(5):
        chosen = choose(X, 4, "kmeans", seed)
        near = np.linalg.norm(X[chosen] - centres, axis=1)
        assert near.max() < 0.1
    many = choose(rows(30_000), 400, "kmeans")  # mini-batches, some clusters may be empty
    assert len(np.unique(many)) == 400


def test_leverage_scores_of_a_whole_pilot_are_those_of_the_dense_formula():
    K = rbf_kernel(rows(80), gamma=0.3)
    found = leverage_scores(K, np.arange(80), rank=10)
    ridge = np.linalg.eigvalsh(K)[::-1][10:].sum() / 10
    dense = np.diag(K @ np.linalg.inv(K + ridge * np.eye(80)))
    np.testing.assert_allclose(found, dense, rtol=1e-9)


def test_leverage_scores_of_a_sample_are_close_to_the_dense_ones():
    K = rbf_kernel(rows(600), gamma=0.3)
    pilot = np.sort(np.random.default_rng(1).choice(600, 300, replace=False))
    found = leverage_scores(K[:, pilot], pilot, rank=20)
    ridge = np.linalg.eigvalsh(K)[::-1][20:].sum() / 20
    dense = np.diag(K @ np.linalg.inv(K + ridge * np.eye(600)))
    assert np.corrcoef(found, dense)[0, 1] > 0.95
    assert np.median(found / dense) == pytest.approx(1.0, abs=0.2)


def test_leverage_prefers_the_rows_that_no_others_resemble():
    crowd, lonely = 0.01 * rows(200), 5.0 * np.eye(3)
    X = np.concatenate([crowd, lonely])
    hits = np.mean([np.isin([200, 201, 202], choose(X, 20, "leverage", s)) for s in range(30)])
    evenly = np.mean([np.isin([200, 201, 202], choose(X, 20, "uniform", s)) for s in range(30)])
    assert hits > evenly + 0.1


def test_leverage_of_a_kernel_of_low_rank_still_gives_as_many_as_asked():
    X = rows(100, d=2)
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    chosen = choose_landmarks(X, 30, "leverage", np.random.default_rng(0), lambda i: X @ X[i].T)
    assert len(chosen) == 30
    assert pilot_size(100, 30) == 30


def test_no_landmarks_and_leverage_without_a_kernel_are_refused():
    with pytest.raises(DataError, match="at least 1"):
        choose(rows(5), 0, "uniform")
    with pytest.raises(DataError, match="leverage need the kernel"):
        choose_landmarks(rows(9), 3, "leverage", np.random.default_rng(0))
