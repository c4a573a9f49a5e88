"""The estimated error of an approximation against the true one."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import rbf_kernel

from qml_core.kernels.held_out_error import held_out_error
from qml_core.kernels.landmarks import choose_landmarks
from qml_core.kernels.nystrom import nystrom_map


def example(m, n=700, gamma=0.1):
    X = np.random.default_rng(0).standard_normal((n, 6))
    K = rbf_kernel(X, gamma=gamma)
    landmarks = choose_landmarks(X, m, "uniform", np.random.default_rng(1))
    nystrom = nystrom_map(K[np.ix_(landmarks, landmarks)])
    features = nystrom.features(K[:, landmarks])
    return K, landmarks, nystrom, K - features @ features.T


def measured(K, landmarks, nystrom, seed=0, **options):
    asked = []

    def entries(i, j):
        asked.append((i, j))
        return K[i, j]

    generator = np.random.default_rng(seed)
    found = held_out_error(K[:, landmarks], landmarks, nystrom, entries, generator, **options)
    return found, asked


@pytest.mark.parametrize("m", [10, 60, 200])
def test_the_interval_covers_the_true_error_about_as_often_as_it_says(m):
    K, landmarks, nystrom, residual = example(m)
    true = np.linalg.norm(residual) / np.linalg.norm(K)
    others = np.setdiff1d(np.arange(len(K)), landmarks)
    off = residual[np.ix_(others, others)][~np.eye(len(others), dtype=bool)]
    found = [measured(K, landmarks, nystrom, seed)[0] for seed in range(100)]
    assert np.mean([f.low <= true <= f.high for f in found]) >= 0.85
    assert np.mean([f.relative for f in found]) == pytest.approx(true, rel=0.02)
    assert np.mean([f.rmse**2 for f in found]) == pytest.approx(np.mean(off**2), rel=0.05)
    assert found[0].bound == pytest.approx(np.abs(residual).max(), rel=1e-9)
    assert max(f.largest for f in found) <= found[0].bound


def test_entries_lie_outside_the_landmarks_and_off_the_diagonal():
    K, landmarks, nystrom, _ = example(50)
    found, ((i, j),) = measured(K, landmarks, nystrom, pairs=400)
    assert found.pairs == len(i) == len(j) == 400
    assert not np.isin([i, j], landmarks).any()
    assert (i != j).all()


def test_few_entries_are_all_computed_and_the_error_is_exact():
    K, landmarks, nystrom, residual = example(40, n=70)
    found, _ = measured(K, landmarks, nystrom, pairs=30 * 29 // 2)
    true = np.linalg.norm(residual) / np.linalg.norm(K)
    assert found.relative == found.low == found.high == pytest.approx(true, rel=1e-9)
    assert found.pairs == 435


def test_an_exact_approximation_has_no_error_and_full_landmarks_none_to_measure():
    K, landmarks, nystrom, _ = example(300, gamma=1e-3)
    found, _ = measured(K, landmarks, nystrom)
    assert found.relative < 1e-6
    assert found.low <= found.relative <= found.high
    everything = np.arange(len(K))
    assert measured(K, everything, nystrom_map(K))[0] is None
