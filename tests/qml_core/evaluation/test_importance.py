"""Importance of hyper-parameters: shares of the variance that each explains alone."""

import numpy as np
import pytest

from qml_core.evaluation.importance import importance

NAMES = ("a", "b", "c")


@pytest.fixture(scope="module")
def codes():
    grid = np.stack(np.meshgrid(range(4), range(3), range(2), indexing="ij"), axis=-1)
    return np.repeat(grid.reshape(-1, 3), 3, axis=0)


def test_shares_are_those_of_the_variance_of_an_additive_function(codes):
    values = 2.0 * codes[:, 0] + 1.5 * (codes[:, 1] == 1)
    variances = [4.0 * np.var(range(4)), 2.25 * np.var([0, 1, 0]), 0.0]
    found = importance(NAMES, codes, values, seed=0)
    for name, variance in zip(NAMES, variances, strict=True):
        assert found[name] == pytest.approx(variance / sum(variances), abs=0.03)
    assert list(found) == ["a", "b", "c"]


def test_what_only_acts_together_has_no_share_of_its_own(codes):
    values = (-1.0) ** (codes[:, 0] + codes[:, 2])
    assert sum(importance(NAMES, codes, values, seed=0).values()) < 0.3


def test_failed_trials_are_left_out_and_the_same_seed_gives_the_same(codes):
    values = codes[:, 0] + 0.1 * codes[:, 2]
    holed = np.concatenate([values, [np.nan, np.inf]])
    more = np.concatenate([codes, [[0, 0, 0], [3, 2, 1]]])
    assert importance(NAMES, more, holed, seed=1) == importance(NAMES, codes, values, seed=1)


def test_few_trials_say_nothing_and_equal_values_say_nothing_mattered(codes):
    values = codes[:, 0].astype(float)
    assert importance(NAMES, codes[:4], values[:4], seed=0) == {}
    assert len(importance(NAMES, codes[::9], values[::9], seed=0)) == 3
    assert importance(NAMES, codes, np.ones(len(codes)), seed=0) == dict.fromkeys(NAMES, 0.0)


def test_a_variable_of_one_level_has_no_share(codes):
    still = codes.copy()
    still[:, 1] = 0
    found = importance(NAMES, still, still[:, 0].astype(float), seed=0)
    assert found["b"] == 0.0
    assert found["a"] == pytest.approx(1.0, abs=0.02)


def test_tiny_and_huge_values_give_the_same_shares(codes):
    values = codes[:, 0] + 0.5 * codes[:, 1]
    small, large = (importance(NAMES, codes, s * values, seed=0) for s in (1e-9, 1e9))
    assert small == pytest.approx(large, abs=1e-6)
