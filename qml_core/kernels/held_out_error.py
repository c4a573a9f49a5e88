"""The error of a Nyström approximation, measured on entries that no landmark knows."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from qml_core.kernels.landmarks import Indices
from qml_core.kernels.nystrom import NystromMap

Array = NDArray[np.float64]
Entries = Callable[[Indices, Indices], Array]
"""Exact entries K[i_k, j_k] of pairs of rows, (k,)."""

PAIRS = 1000
"""Entries that an error is estimated from."""

_EVENLY = 0.1  # of the draws come from all rows alike: no weight grows beyond bounds
_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class HeldOutError:
    """Error of K̃ = C W⁺ Cᵀ on the entries in no landmark's row or column.

    Args:
        rmse: of those off the diagonal, estimated.
        largest: among the `pairs` entries off the diagonal that were computed exactly.
        bound: max_i K_ii − K̃_ii, which no entry's error exceeds: K − K̃ has no negative eigenvalue.
        relative: ‖K − K̃‖/‖K‖ (Frobenius) of the whole matrix, estimated.
        low, high: confidence interval of `relative`; all equal where every entry was computed.
    """

    rmse: float
    largest: float
    bound: float
    relative: float
    low: float
    high: float
    pairs: int


def held_out_error(
    C: Array,  # (n, m)
    landmarks: Indices,  # (m,)
    nystrom: NystromMap,
    entries: Entries,
    rng: np.random.Generator,
    *,
    pairs: int = PAIRS,
    diagonal: float = 1.0,
    confidence: float = 0.95,
) -> HeldOutError | None:
    """Compare C W⁺ Cᵀ with exact entries; None where fewer than two rows are no landmark.

    The residual E = K − K̃ is positive semi-definite, so E_ij² ≤ E_ii E_jj, and its diagonal is
    known: pairs i ≠ j drawn with probability ∝ E_ii E_jj make E_ij²/(E_ii E_jj) a mean of numbers
    in [0, 1], where few large errors would be missed by even draws. The interval is that of a ratio
    of means (delta method, on the logarithm).

    Args:
        pairs: entries to compute; all, where there are no more.
        diagonal: K_ii, the same for all rows.
    """
    others = np.setdiff1d(np.arange(len(C)), landmarks)
    if len(others) < 2:
        return None
    features = nystrom.features(C)
    residual = np.maximum(diagonal - np.sum(features[others] ** 2, axis=1), 0.0)
    drawn = _draw(residual, pairs, rng)
    i, j = others[drawn.i], others[drawn.j]
    approximate = np.sum(features[i] * features[j], axis=1)
    error = entries(i, j) - approximate
    squares, products = drawn.weights * error**2, drawn.weights * error * approximate
    on_diagonal = residual * (2.0 * diagonal - residual)  # K_ii² − K̃_ii²
    known = float(np.sum((features.T @ features) ** 2) + on_diagonal.sum())  # ‖K̃‖², diagonal of K
    error_squared = float(squares.mean() + np.sum(residual**2))
    norm_squared = float(known + 2.0 * products.mean() + squares.mean())
    ratio = error_squared / norm_squared
    influence = squares - ratio * (squares + 2.0 * products)
    deviation = 0.0 if drawn.all else float(influence.std() / np.sqrt(len(i)) / norm_squared)
    spread = min(norm.ppf(0.5 + confidence / 2) * deviation / max(ratio, 1e-300), 50.0)
    return HeldOutError(
        rmse=float(np.sqrt(squares.mean() / (len(others) * (len(others) - 1)))),
        largest=float(np.abs(error).max()),
        bound=float(residual.max()),
        relative=float(np.sqrt(ratio)),
        low=float(np.sqrt(ratio * np.exp(-spread))),
        high=float(np.sqrt(ratio * np.exp(spread))),
        pairs=len(i),
    )


@dataclass(frozen=True)
class _Draw:
    """Pairs i ≠ j, and weights whose mean with a function of them estimates its sum over all."""

    i: Indices
    j: Indices
    weights: Array
    all: bool


def _draw(residual: Array, count: int, rng: np.random.Generator) -> _Draw:
    k = len(residual)
    if k * (k - 1) // 2 <= count:
        i, j = np.triu_indices(k, 1)
        return _Draw(i, j, np.full(len(i), float(k * (k - 1))), True)
    share = residual + _EPSILON
    share = (1.0 - _EVENLY) * share / share.sum() + _EVENLY / k
    i, j = (rng.choice(k, count, p=share) for _ in range(2))
    while (same := i == j).any():
        i[same], j[same] = (rng.choice(k, int(same.sum()), p=share) for _ in range(2))
    different = 1.0 - float(np.sum(share**2))
    return _Draw(i, j, different / (share[i] * share[j]), False)
