"""Standard errors of measured probabilities, and how many shots an entry needs.

No error is plug-in: √(p̂(1−p̂)/s) is 0 where a string never occurred, which is where kernels
concentrate.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

POOLED = (
    "pilot and top-up pooled; small pilots ask for fewer shots, which biases the share downwards "
    "by up to a quarter of the target error"
)


@dataclass(frozen=True)
class Estimates:
    """Measured values (k,), their standard errors, and the shots of each."""

    values: Array
    errors: Array
    shots: Integers
    note: str = ""


def wilson_error(successes: ArrayLike, shots: ArrayLike) -> Array:
    """Half the width of Wilson's score interval at one standard deviation (JASA 22 (1927) 209)."""
    s = np.asarray(shots, dtype=float)
    p = np.asarray(successes, dtype=float) / s
    return np.asarray(np.sqrt(p * (1 - p) / s + 1 / (4 * s**2)) / (1 + 1 / s))


def posterior_mean(successes: ArrayLike, shots: ArrayLike) -> Array:
    """Mean of the probability after Jeffreys' prior Beta(½, ½)."""
    s = np.asarray(shots, dtype=float)
    return np.asarray((np.asarray(successes, dtype=float) + 0.5) / (s + 1))


def posterior_error(successes: ArrayLike, shots: ArrayLike) -> Array:
    """Standard deviation of the probability after Jeffreys' prior Beta(½, ½)."""
    p = posterior_mean(successes, shots)
    return np.asarray(np.sqrt(p * (1 - p) / (np.asarray(shots, dtype=float) + 2)))


def proportions(successes: ArrayLike, shots: ArrayLike, note: str = "") -> Estimates:
    """Shares successes/shots with the posterior's standard errors."""
    zeros, s = np.atleast_1d(np.asarray(successes, float)), np.asarray(shots, dtype=np.int64)
    s = np.broadcast_to(s, zeros.shape).copy()
    return Estimates(zeros / s, posterior_error(zeros, s), s, note)


def mean_of_weights(
    weights: Sequence[float] | Array, counts: Sequence[int] | Array, extremes: tuple[float, float]
) -> tuple[float, float]:
    """Mean Σ w_b n_b / s of a weight of bit strings b over s shots, and its standard error.

    The error is the standard deviation of Σ w_b p_b under a Dirichlet posterior that has half a
    count at each of the `extremes`, the smallest and largest weight there could have been; for
    weights 0 and 1 it is that of Beta(½, ½).
    """
    w, n = np.asarray(weights, dtype=float), np.asarray(counts, dtype=float)
    value = float(w @ n / n.sum())
    w, n = np.append(w, extremes), np.append(n, (0.5, 0.5))
    mean = w @ n / n.sum()
    variance = ((w - mean) ** 2 @ n) / n.sum() / (n.sum() + 1)
    return value, math.sqrt(variance)


def top_up(zero_counts: ArrayLike, pilot_shots: int, target_error: float, cap: int) -> Integers:
    """Further shots (k,) of each entry after its pilot; fixed from the pilot alone.

    As many as the largest variance within one standard deviation of the posterior mean needs,
    rounded up to pilot_shots · 2^i so that few levels exist, pilot and top-up together `cap` at
    most. Below the cap the root mean square error of the pooled share is then within the target at
    every probability, bias included.
    """
    mean = posterior_mean(zero_counts, pilot_shots)
    error = posterior_error(zero_counts, pilot_shots)
    # p(1-p) is largest where p is nearest to ½
    p = np.clip(0.5, mean - error, mean + error)
    needed = p * (1 - p) / target_error**2
    missing = np.maximum(needed - pilot_shots, 0.0)
    levels = np.ceil(np.log2(np.maximum(missing / pilot_shots, 1.0)))
    further = np.where(missing > 0, pilot_shots * 2.0**levels, 0.0)
    return np.atleast_1d(np.minimum(further, max(cap - pilot_shots, 0)).astype(np.int64))


def pool(
    pilot_zeros: ArrayLike, pilot_shots: int, further_zeros: ArrayLike, further_shots: ArrayLike
) -> Estimates:
    """Pilot and top-up of (k,) entries as one sample each."""
    zeros = np.asarray(pilot_zeros, float) + np.asarray(further_zeros, float)
    return proportions(zeros, pilot_shots + np.asarray(further_shots, dtype=np.int64), POOLED)


def indistinguishable(shots: int) -> float:
    """Entries below 1/√shots cannot be told from 0 (Thanasilp et al. 2024, arXiv:2208.11060)."""
    return 1 / math.sqrt(shots)


def concentration_warning(
    n_qubits: int, shots: int, predicted: ArrayLike | None = None
) -> str | None:
    """What the plan warns of where predicted entries are indistinguishable from 0; none: nothing.

    Args:
        predicted: entries off the diagonal, of some rows; none: 2^−n, the mean of random states.
    """
    entries = np.ravel(np.asarray(2.0**-n_qubits if predicted is None else predicted, dtype=float))
    threshold = indistinguishable(shots)
    share = float(np.mean(entries < threshold))
    if share < 0.5:
        return None
    median = float(np.median(entries))
    source = "random states predict" if predicted is None else f"{share:.0%} of predicted entries:"
    wanted = f"{math.ceil(median**-2):,}" if median > 1e-9 else "more than 10¹⁸"
    return (
        f"{source} K ≈ {median:.2g} on {n_qubits} qubits, below 1/√shots = {threshold:.2g} at "
        f"{shots:,} shots: indistinguishable from 0; {wanted} shots would tell it, a smaller "
        "encoding.bandwidth makes entries larger"
    )
