"""Rows as a quantum kernel sees them: their states, the kernel matrix, what it has to resolve."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from qml_core.evaluation.screen.classical_kernels import Array, Decomposed, decomposed
from qml_core.kernels.encoder import States
from qml_core.kernels.fidelity import fidelity, planar
from qml_core.kernels.opened import OpenedKernel
from qml_core.kernels.projected import bloch_vectors, projected
from qml_core.kernels.spectrum import Concentration, concentration
from qml_core.specs import KernelSpec

_ALIKE = 1e-9
"""Mean squared distance of Bloch vectors below which there is no scale to choose γ by."""


@dataclass(frozen=True)
class Encoded:
    """Rows encoded for a kernel.

    Args:
        spec: with the γ that was chosen.
        states: of each part of the circuit, (n, 2^k).
        entries: (n, n) kernel matrix.
        kernel: the same scaled to trace n and decomposed.
        bloch: (n, 3q) of a projected kernel, else None.
    """

    spec: KernelSpec
    states: States
    entries: Array
    kernel: Decomposed
    bloch: Array | None

    @property
    def concentration(self) -> Concentration:
        """Of the entries, against Haar-random states of all qubits."""
        return concentration(self.entries, math.prod(s.shape[1] for s in self.states))

    @property
    def shots(self) -> float:
        """Shots per circuit at which shot noise equals the spread of what is measured.

        Of kernel entries; of a projected kernel the Bloch vectors, whose components r are measured
        with variance (1 − r²)/shots.
        """
        if self.bloch is None:
            return self.concentration.shots_to_resolve
        spread = float(np.sum(np.var(self.bloch, axis=0)))
        noise = float(np.sum(np.mean(1.0 - np.square(self.bloch), axis=0)))
        return noise / spread if spread > 0 else float("inf")


@torch.no_grad()
def encode(
    opened: OpenedKernel, spec: KernelSpec, X: Array, rating: Callable[[Array], float]
) -> Encoded:
    """Encode rows X (n, d) and compute their exact kernel; landmarks play no part.

    Args:
        rating: of a kernel matrix (n, n). The γ of a projected kernel that names none is that of
            the best among seven around 2 over the mean squared distance of the Bloch vectors.
    """
    states = opened.encoder.states(X)
    if spec.kind != "projected":
        parts = tuple(planar(part) for part in states)
        matrix = fidelity(parts, parts).numpy().copy()
        return Encoded(spec, states, matrix, decomposed(matrix), None)
    bloch = torch.cat([bloch_vectors(part) for part in states], dim=1).to(torch.float64)
    found = {gamma: projected(bloch, bloch, gamma).numpy() for gamma in _gammas(spec, bloch)}
    gamma = max(found, key=lambda one: rating(found[one]))
    chosen = spec.model_copy(update={"gamma": gamma})
    return Encoded(chosen, states, found[gamma], decomposed(found[gamma]), bloch.numpy())


def _gammas(spec: KernelSpec, bloch: torch.Tensor) -> tuple[float, ...]:
    """The one that is asked for, or a grid."""
    mean = 2.0 * float(bloch.var(dim=0, correction=0).sum())  # of ‖r − r'‖² over pairs
    if spec.gamma != KernelSpec().gamma or mean < _ALIKE:
        return (spec.gamma,)
    return tuple(2.0 / mean * 4.0**k for k in range(-3, 4))
