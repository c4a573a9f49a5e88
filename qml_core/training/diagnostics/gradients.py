"""Variance of the gradient at random parameters (McClean et al. 2018, arXiv:1803.11173)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.training.diagnostics.cost import Cost
from qml_core.training.diagnostics.decay import variance_error
from qml_core.training.diagnostics.parametrised import Parametrised
from qml_core.training.diagnostics.sampling import gradients
from qml_core.training.diagnostics.zeros import structural_zeros

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GradientStatistics:
    """Gradients of C = (1 − ⟨O⟩)/2 at S random parameters, per radian.

    Attributes:
        values: (S, P') gradients of the entries that are not structurally zero.
        entries: (P',) which entries of the parameters these are.
        layers: (P',) their layers.
        zeros: how many entries are structurally zero, and left out.
        shown: position in `entries` of the first one of the first layer.
    """

    values: Array
    entries: tuple[int, ...]
    layers: tuple[int, ...]
    zeros: int
    shown: int

    @property
    def first_variance(self) -> float:
        """Of the first entry of layer 0: Var(∂₁C)."""
        return float(np.var(self.values[:, self.shown], ddof=1))

    @property
    def first_error(self) -> float:
        """Its standard error."""
        return variance_error(self.values[:, self.shown])

    @property
    def mean_variance(self) -> float:
        """Mean over the entries."""
        return float(np.mean(np.var(self.values, axis=0, ddof=1)))

    def layer_variances(self) -> dict[int, float]:
        """Mean variance of the entries of each layer; −1: before layer 0."""
        variances, layers = np.var(self.values, axis=0, ddof=1), np.array(self.layers)
        return {int(k): float(variances[layers == k].mean()) for k in np.unique(layers)}


def gradient_statistics(
    circuit: Parametrised, cost: Cost, theta: Array, x: Array
) -> GradientStatistics | None:
    """Gradients at parameters (S, P) and features (S, d), without structurally zero entries.

    None: all entries are structurally zero.
    """
    zero = structural_zeros(circuit, cost)
    kept = tuple(k for k in range(circuit.n_parameters) if not zero[k])
    if not kept:
        return None
    layers = tuple(circuit.layer_of[k] for k in kept)
    in_layers = [layer for layer in layers if layer >= 0] or layers
    shown = layers.index(min(in_layers))
    values = gradients(circuit, cost, theta, x)[:, list(kept)]
    return GradientStatistics(values, kept, layers, sum(zero), shown)
