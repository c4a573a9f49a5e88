"""How gradients under noise fall with the depth, against the same gradients without noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.references import Interval
from qml_core.training.diagnostics.decay import RESAMPLES, line_slope

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class NoisyGradients:
    """Gradients of one depth with and without noise at the same parameters, each (S, P')."""

    layers: int
    noisy: Array
    exact: Array


@dataclass(frozen=True, eq=False)
class NoiseDecay:
    """Noisy over exact root mean square gradients, against the layers.

    Attributes:
        layers: (k,).
        ratios: (k,) root mean square of noisy gradients over that of exact ones.
        rate: change of log2 of the ratio per layer, 95 % bootstrap interval.
        intercept: of that line, at 0 layers.
    """

    layers: Array
    ratios: Array
    rate: Interval
    intercept: float

    @property
    def plateau(self) -> bool:
        """Whether the decay with depth is beyond doubt."""
        return self.rate.high is not None and self.rate.high < 0

    @property
    def halving(self) -> float:
        """Layers after which noise has halved the gradient; infinite where it does not."""
        return -1 / self.rate.value if self.rate.value < 0 else float("inf")


def fit_noise(points: Sequence[NoisyGradients], rng: np.random.Generator) -> NoiseDecay | None:
    """The rate per layer; None for fewer than two depths, or where exact gradients are zero."""
    if len(points) < 2 or any(not np.any(p.exact) for p in points):
        return None
    layers = np.array([p.layers for p in points], dtype=np.float64)
    ratios = np.array([_ratio(p.noisy, p.exact) for p in points])
    resampled = np.stack([_resampled(p, rng) for p in points])
    floor = np.finfo(float).tiny
    rate, intercept = line_slope(
        layers, np.log2(np.maximum(ratios, floor)), np.log2(np.maximum(resampled, floor))
    )
    return NoiseDecay(layers, ratios, rate, intercept)


def _ratio(noisy: Array, exact: Array) -> float:
    return float(np.sqrt(np.mean(noisy**2) / np.mean(exact**2)))


def _resampled(point: NoisyGradients, rng: np.random.Generator) -> Array:
    """The ratio in bootstrap samples of the draws: (RESAMPLES,)."""
    drawn = len(point.noisy)
    counts = rng.multinomial(drawn, np.full(drawn, 1 / drawn), size=RESAMPLES)
    of_noisy, of_exact = np.mean(point.noisy**2, axis=1), np.mean(point.exact**2, axis=1)
    ratios: Array = np.sqrt((counts @ of_noisy) / np.maximum(counts @ of_exact, 1e-300))
    return ratios
