"""Landmarks: the rows that stand for all in a Nyström approximation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans, MiniBatchKMeans
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from qml_core.errors import DataError

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Columns = Callable[[Indices], Array]
"""K(X, X[indices]): (n, len(indices))."""

Choice = Literal["uniform", "kmeans", "leverage"]

_LLOYD_DISTANCES = 10**7  # rows × centres up to which k-means looks at all rows in each step
_CAREFUL_START = 500  # centres up to which k-means++ costs less than the steps it saves
_LEAST_RIDGE = 1e-10  # of the largest eigenvalue: leverage of a kernel of low rank stays finite
_LEAST_SCORE = (
    1e-6  # of the largest: no row is out of reach, where fewer than m scores are positive
)


@dataclass(frozen=True)
class Distinct:
    """The distinct rows of a data set: where each occurs first (k,), and how often (k,)."""

    first: Indices
    counts: Indices


def distinct_rows(X: Array) -> Distinct:
    """Rows that occur twice have the same kernel with everything: one landmark serves both."""
    _, first, counts = np.unique(X, axis=0, return_index=True, return_counts=True)
    order = np.argsort(first)
    return Distinct(first[order].astype(np.int64), counts[order].astype(np.int64))


def choose_landmarks(
    X: Array,  # (n, d), features
    m: int,
    how: Choice,
    rng: np.random.Generator,
    columns: Columns | None = None,
) -> Indices:
    """Rows of X that stand for all, sorted, distinct in value: (m,), or fewer.

    uniform: each distinct row equally likely; kmeans: in each of m clusters the row nearest to its
    centre (after Zhang, Tsang & Kwok 2008); leverage: drawn without replacement with probability
    proportional to `leverage_scores`. X with at most m distinct rows gives all of them, with which
    the approximation is exact.

    Args:
        columns: the kernel of all rows with some; leverage only. Its diagonal must be 1.

    Raises:
        DataError: m < 1, or leverage without `columns`.
    """
    if m < 1:
        raise DataError(f"{m} landmarks asked for, at least 1", "ask for more")
    distinct = distinct_rows(X)
    if len(distinct.first) <= m:
        return distinct.first
    if how == "leverage":
        if columns is None:
            raise DataError(
                "landmarks by leverage need the kernel of all rows with some, found none",
                "pass columns, or choose uniform or kmeans",
            )
        chosen = _by_leverage(distinct, m, rng, columns)
    else:
        chosen = (
            rng.choice(distinct.first, m, replace=False)
            if how == "uniform"
            else distinct.first[_nearest_to_centres(X[distinct.first], distinct.counts, m, rng)]
        )
    return np.sort(chosen)


def _nearest_to_centres(X: Array, weights: Indices, m: int, rng: np.random.Generator) -> Indices:
    """One row of each cluster; clusters that stay empty are made up for at random."""
    means = _k_means(len(X), m, int(rng.integers(2**31)))
    with threadpool_limits(1):  # sums over threads come in any order: the rows would not repeat
        means.fit(X, sample_weight=weights)
    labels = means.labels_
    distances = np.linalg.norm(X - means.cluster_centers_[labels], axis=1)
    order = np.lexsort((distances, labels))
    _, best = np.unique(labels[order], return_index=True)
    chosen = order[best].astype(np.int64)
    others = np.setdiff1d(np.arange(len(X)), chosen)
    return np.concatenate([chosen, rng.choice(others, m - len(chosen), replace=False)])


def _k_means(n: int, m: int, seed: int) -> KMeans | MiniBatchKMeans:
    start = "k-means++" if m <= _CAREFUL_START else "random"
    if n * m <= _LLOYD_DISTANCES:
        return KMeans(m, init=start, n_init=1, max_iter=30, random_state=seed)
    return MiniBatchKMeans(
        m, init=start, n_init=1, max_iter=10, batch_size=max(1024, 2 * m), random_state=seed
    )


def _by_leverage(distinct: Distinct, m: int, rng: np.random.Generator, columns: Columns) -> Indices:
    rows = distinct.first
    pilot = np.sort(rng.choice(len(rows), pilot_size(len(rows), m), replace=False))
    scores = leverage_scores(columns(rows[pilot])[rows], pilot, rank=max(1, m // 2))
    scores = np.maximum(scores, _LEAST_SCORE * scores.max())
    return rng.choice(rows, m, replace=False, p=scores / scores.sum())


def pilot_size(n: int, m: int) -> int:
    """Rows of the uniform sample from which leverage scores of n rows are estimated."""
    return min(n, m)


def leverage_scores(columns: Array, pilot: Indices, rank: int, diagonal: float = 1.0) -> Array:
    """Ridge leverage scores (n,) estimated from K(all, pilot) (n, p), in (0, 1].

    l_i(λ) = (K(K + λ1)⁻¹)_ii (Alaoui & Mahoney 2015, whose λ is n times smaller) from a uniform
    sample S of p rows: l̃_i = (K_ii − K_iS (K_SS + λp/n·1)⁻¹ K_Si)/λ (Musco & Musco 2017), which is
    l_i where S holds all rows. λ = Σ_{j>rank} λ_j(K)/rank (ibid.), the eigenvalues estimated as
    n/p times those of K_SS.

    Args:
        pilot: (p,) the rows of S among the n.
        diagonal: K_ii, the same for all rows.
    """
    n, p = columns.shape
    values, vectors = np.linalg.eigh(columns[pilot])
    values = np.maximum(values, 0.0)
    tail = float(values[: max(0, p - rank)].sum()) / rank
    sample_ridge = max(tail, _LEAST_RIDGE * float(values[-1]))  # λp/n
    projected = (columns @ vectors) ** 2 @ (1.0 / (values + sample_ridge))
    scores: Array = np.clip((diagonal - projected) * p / (n * sample_ridge), 0.0, 1.0)
    return scores
