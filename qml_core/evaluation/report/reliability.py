"""Whether predicted probabilities come true: reliability diagram, Brier score, ECE."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BINS = 10


@dataclass(frozen=True, eq=False)
class ReliabilityCurve:
    """Of one model, all bins with rows: each (b,). Of two classes the probability of the second
    and its share; of more the probability of the predicted class and its hits."""

    name: str
    predicted: FloatArray
    observed: FloatArray
    counts: IntArray
    edges: FloatArray
    """(b, 2) ends of the bins."""
    brier: float
    """Mean squared error of the probabilities, over classes summed where there are more than 2."""
    ece: float
    """Expected calibration error: mean |predicted − observed| over the rows (Guo et al. 2017)."""


@dataclass(frozen=True, eq=False)
class Reliability:
    """`event`: what the probability is of, as in 'P(malignant)'."""

    curves: tuple[ReliabilityCurve, ...]
    event: str
    notes: tuple[str, ...] = ()


def reliability_curve(name: str, probabilities: FloatArray, y: IntArray) -> ReliabilityCurve:
    """Ten bins of equal width over [0, 1].

    Args:
        probabilities: (n, C), rows sum to 1; or (n,) of the second of two classes.
        y: (n,) labels 0…C−1.

    Raises:
        SpecError: no rows, shapes that do not fit, or values outside [0, 1].
    """
    P = _columns(probabilities)
    if not len(y) or len(P) != len(y) or P.shape[1] < 2:
        raise SpecError(
            f"reliability of {len(y)} labels asked, found probabilities of shape {P.shape}",
            "pass a row of at least two probabilities per label",
        )
    if not np.all((P >= -1e-9) & (P <= 1 + 1e-9)):
        raise SpecError(
            f"reliability of probabilities asked, found values from {P.min():.4g} to "
            f"{P.max():.4g}, limit 0 to 1",
            "pass probabilities, not decision values",
        )
    stated, came_true = _events(P, y)
    place = np.clip((stated * BINS).astype(np.int64), 0, BINS - 1)
    counts = np.bincount(place, minlength=BINS)
    filled = np.flatnonzero(counts)
    predicted = np.bincount(place, stated, BINS)[filled] / counts[filled]
    observed = np.bincount(place, came_true, BINS)[filled] / counts[filled]
    return ReliabilityCurve(
        name=name,
        predicted=predicted,
        observed=observed,
        counts=counts[filled],
        edges=np.stack([filled, filled + 1], axis=1) / BINS,
        brier=_brier(P, y),
        ece=float(np.sum(counts[filled] * np.abs(predicted - observed)) / len(y)),
    )


def event_of(classes: tuple[str, ...]) -> str:
    return f"P({classes[1]})" if len(classes) == 2 else "P(predicted class)"


def _columns(probabilities: FloatArray) -> FloatArray:
    P = np.asarray(probabilities, dtype=np.float64)
    return np.stack([1 - P, P], axis=1) if P.ndim == 1 else P


def _events(P: FloatArray, y: IntArray) -> tuple[FloatArray, FloatArray]:
    """Stated probabilities (n,) and whether what they are of came true (n,)."""
    if P.shape[1] == 2:
        return P[:, 1], (y == 1).astype(np.float64)
    return P.max(axis=1), (P.argmax(axis=1) == y).astype(np.float64)


def _brier(P: FloatArray, y: IntArray) -> float:
    """Brier, Monthly Weather Review 78 (1950) 1; half of it for two classes, as is the habit."""
    errors = np.sum((P - np.eye(P.shape[1])[y]) ** 2, axis=1)
    return float(errors.mean() / (2 if P.shape[1] == 2 else 1))
