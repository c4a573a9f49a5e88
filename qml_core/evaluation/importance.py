"""How much each hyper-parameter of a search mattered."""

from collections.abc import Sequence

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.importance import FanovaImportanceEvaluator

from qml_core.optimisation.quiet_optuna import quiet_optuna

FEWEST = 5
"""Finished trials; fewer say nothing about a variance."""

_TREES = 64


def importance(
    names: Sequence[str], codes: NDArray[np.int64], values: NDArray[np.float64], seed: int
) -> dict[str, float]:
    """Share of the variance of the values that each variable explains alone, largest first.

    Functional ANOVA of a random forest (Hutter, Hoos, Leyton-Brown, ICML 2014). What the shares
    lack to 1 is in interactions. Levels that no finished trial took are left out.

    Args:
        codes: (m, v) level numbers, one column per name; `values`: (m,), NaN: failed.

    Returns:
        Nothing of fewer than 5 finished trials; zeros where all values are equal.
    """
    done = np.isfinite(values)
    found, kept = np.asarray(values, dtype=np.float64)[done], np.asarray(codes)[done]
    if len(found) < FEWEST:
        return {}
    spread = float(np.ptp(found))
    if spread <= 1e-12 * float(np.abs(found).max()):
        return dict.fromkeys(names, 0.0)
    study = _study(names, kept, (found - found.min()) / spread)
    shares = FanovaImportanceEvaluator(n_trees=_TREES, seed=seed).evaluate(study)
    ordered = sorted(names, key=lambda name: -shares.get(name, 0.0))
    return {name: min(1.0, max(0.0, float(shares.get(name, 0.0)))) for name in ordered}


def _study(
    names: Sequence[str], codes: NDArray[np.int64], values: NDArray[np.float64]
) -> optuna.Study:
    """In memory, of finished trials; each level is a category, so that none lies between two."""
    distributions: dict[str, BaseDistribution] = {
        name: CategoricalDistribution(np.unique(column).tolist())
        for name, column in zip(names, codes.T, strict=True)
    }
    with quiet_optuna():
        study = optuna.create_study()
    study.add_trials(
        optuna.trial.create_trial(
            params=dict(zip(names, row, strict=True)), distributions=distributions, value=value
        )
        for row, value in zip(codes.tolist(), values.tolist(), strict=True)
    )
    return study
