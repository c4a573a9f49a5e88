"""Two models on the same outer folds: the corrected resampled t-test and what goes with it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit
from scipy.stats import wilcoxon

from qml_core.errors import DataError
from qml_core.evaluation.judgement.equivalence import practical
from qml_core.optimisation.comparison.signed_ranks import signed_ranks
from qml_core.references.benchmark import PairedTest

Array = NDArray[np.float64]

_CONFIDENCE = 0.95
# Values that differ by rounding only have no spread to judge by.
_ROUNDING = 1e-12
_MOST_EXACT = 200


@dataclass(frozen=True)
class Resampled:
    """Mean of J differences of overlapping folds and its corrected standard error.

    Args:
        mean: of the differences, in units of the metric.
        spread: standard deviation of one difference, same units.
        error: sqrt(1/J + n_test/n_train) · spread (Nadeau & Bengio, Machine Learning 52 (2003)
            239, section 3); None where the spread of differences that are not 0 is unknown.
        count: J.
    """

    mean: float
    spread: float
    error: float | None
    count: int


def differences(quantum: Array, other: Array) -> Array:
    """quantum − other, (≤ J,): folds on which either score is NaN or infinite are left out.

    Raises:
        DataError: the numbers of folds differ.
    """
    if quantum.shape != other.shape or quantum.ndim != 1:
        raise DataError(
            f"scores of shapes {quantum.shape} and {other.shape} to be paired",
            "give both models one score per fold, NaN where one failed",
        )
    usable = np.isfinite(quantum) & np.isfinite(other)
    found: Array = quantum[usable] - other[usable]
    # accuracies that are equal on paper must not differ by their last bit
    size = max(float(np.abs(a[usable]).max(initial=0.0)) for a in (quantum, other))
    found[np.abs(found) <= _ROUNDING * size] = 0.0
    return found


def resampled(d: Array, ratio: float, resolution: float = 0.0) -> Resampled:
    """Corrected error of the mean of two differences (J,) or more.

    Args:
        ratio: n_test / n_train of a fold.
        resolution: smallest step of the metric on one fold. Differences that are all the same but
            not 0 get the spread that they would have if one fold had moved by it; 0: none.
    """
    mean, spread = float(d.mean()), float(d.std(ddof=1))
    if np.ptp(d) <= _ROUNDING * float(np.abs(d).max()):
        spread = 0.0 if mean == 0.0 else resolution / math.sqrt(d.size)
        if mean != 0.0 and spread == 0.0:
            return Resampled(mean, 0.0, None, d.size)
    return Resampled(mean, spread, math.sqrt(1 / d.size + ratio) * spread, d.size)


def paired_test(
    model: str,
    against: str,
    quantum: Array,
    other: Array,
    *,
    n_train: float,
    n_test: float,
    threshold: float,
    resolution: float = 0.0,
) -> PairedTest:
    """Corrected resampled t-test of scores (J,) on the same folds, larger is better.

    Where all differences are 0, p and the probability of equivalence are 1. Wilcoxon's test is
    shown only: folds share their training rows, so its p is too small.

    Args:
        quantum: scores of `model` (J,), NaN where it failed.
        other: scores of `against` (J,), NaN where it failed.
        n_train: mean number of training rows of a fold.
        n_test: mean number of test rows of a fold.
        threshold: least difference that matters, in units of the metric.
        resolution: smallest step of the metric on one fold, 1/n_test of accuracies.

    Raises:
        DataError: the numbers of folds differ, or a fold has an empty side.
    """
    if not (n_train > 0 and n_test > 0):
        raise DataError(
            f"folds of {n_train} training and {n_test} test rows", "both sides need a row"
        )
    d = differences(quantum, other)
    found = PairedTest(model=model, against=against, folds=d.size)
    if d.size < 2:
        return found.model_copy(update={"difference": float(d[0]) if d.size else None})
    terms = resampled(d, n_test / n_train, resolution)
    update: dict[str, float | None] = {"difference": terms.mean, "wilcoxon": _wilcoxon(d)}
    if terms.error is not None:
        update |= _decided(terms, threshold)
    return found.model_copy(update=update)


def _decided(terms: Resampled, threshold: float) -> dict[str, float | None]:
    error, freedom = terms.error or 0.0, terms.count - 1
    half = float(stdtrit(freedom, (1 + _CONFIDENCE) / 2)) * error
    # no spread is left only where all differences are 0
    p = 1.0 if error == 0.0 else 2 * float(stdtr(freedom, -abs(terms.mean) / error))
    chances = practical(terms.mean, error, freedom, threshold)
    return {
        "low": terms.mean - half,
        "high": terms.mean + half,
        "p": p,
        "effect": terms.mean / terms.spread if terms.spread else 0.0,
        "better": chances.better,
        "equivalent": chances.equivalent,
    }


def _wilcoxon(d: Array) -> float:
    """Two-sided p of signed ranks (Pratt's zeros), exact up to some hundred folds."""
    if d.size <= _MOST_EXACT or not d.any():
        return signed_ranks(d).p
    # rounding must not break ties
    rounded = np.round(d / np.abs(d).max(), 12)
    return float(wilcoxon(rounded, zero_method="pratt", method="asymptotic").pvalue)
