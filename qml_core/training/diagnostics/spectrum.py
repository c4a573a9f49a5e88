"""Fourier spectrum of a model along one feature (Schuld, Sweke & Meyer 2021, arXiv:2008.08605)."""

import math
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.simulation.circuit import Circuit
from qml_core.simulation.tape import record
from qml_core.training.diagnostics.cost import Cost
from qml_core.training.diagnostics.parametrised import Parametrised

Array = NDArray[np.float64]

_BEYOND = 3
"""Frequencies above the highest accessible one that are looked at too: they must be absent."""
_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class FourierSpectrum:
    """Coefficients of f(x) = Σ_ω c_ω e^{iωx}, f = ⟨O⟩ along one feature, at random parameters.

    Attributes:
        unit: the frequencies are multiples of it, 1/feature.
        accessible: multiples k ≥ 0 that the encoding's generators allow.
        magnitudes: (S, K) |c_k| for k = 0 … K−1, which reaches beyond the accessible ones.
    """

    unit: float
    accessible: tuple[int, ...]
    magnitudes: Array

    @property
    def degree(self) -> int:
        """The highest accessible multiple."""
        return max(self.accessible)

    @property
    def outside(self) -> float:
        """The largest magnitude at a frequency that is not accessible: rounding."""
        others = [k for k in range(self.magnitudes.shape[1]) if k not in self.accessible]
        return float(self.magnitudes[:, others].max())

    @property
    def observed(self) -> tuple[int, ...]:
        """Accessible multiples whose root mean square magnitude is above 1e-6."""
        size = np.sqrt(np.mean(self.magnitudes**2, axis=0))
        return tuple(k for k in self.accessible if size[k] > 1e-6)


def fourier_spectrum(
    circuit: Parametrised, cost: Cost, theta: Array, x: Array, feature: int = 0
) -> FourierSpectrum:
    """The spectrum along one feature at parameters (S, P), the other features as in x (S, d).

    Raises:
        SpecError: an angle is not the feature times a constant, or constants have no common unit.
    """
    unit, accessible = accessible_frequencies(circuit, theta[0], x[0], feature)
    reach = max(accessible) + _BEYOND
    points = 2 * reach + 1
    grid = 2 * math.pi / unit * np.arange(points) / points
    rows = np.repeat(x, points, axis=0)
    rows[:, feature] = np.tile(grid, len(x))
    simulated = Circuit(circuit, circuit.n_qubits, (True, True))
    with torch.no_grad():
        values = cost.expectation(simulated.states(rows, np.repeat(theta, points, axis=0)))
    coefficients = np.fft.fft(values.numpy().reshape(len(x), points), axis=1) / points
    return FourierSpectrum(unit, accessible, np.abs(coefficients[:, : reach + 1]))


def accessible_frequencies(
    circuit: Parametrised, theta: Array, x: Array, feature: int
) -> tuple[float, tuple[int, ...]]:
    """Unit, and multiples of it k ≥ 0 that sums of the generators' eigenvalue gaps reach."""
    gaps = _gaps(circuit, theta, x, feature)
    if not gaps:
        return 1.0, (0,)
    unit = _unit([gap for gate in gaps for gap in gate])
    reached = {0}
    for gate in gaps:
        steps = {0} | {sign * round(gap / unit) for gap, sign in product(gate, (1, -1))}
        reached = {a + b for a, b in product(reached, steps)}
    return unit, tuple(sorted(k for k in reached if k >= 0))


def _gaps(circuit: Parametrised, theta: Array, x: Array, feature: int) -> list[tuple[float, ...]]:
    """Of each gate that the feature turns, its frequencies in the feature."""
    slopes = [_slopes(circuit, theta, at, feature) for at in (x, x + 0.37)]
    if len(slopes[0]) != len(slopes[1]) or any(
        abs(a - b) > _TINY for (a, _), (b, _) in zip(*slopes, strict=True)
    ):
        raise SpecError(
            "the spectrum of a circuit whose angles are no multiples of the feature was asked for",
            "use an encoding whose angles are features times constants, e.g. angle",
        )
    return [
        tuple(abs(slope) * f for f in operation.parameter_frequencies[0])
        for slope, operation in slopes[0]
        if abs(slope) > _TINY
    ]


def _slopes(circuit: Parametrised, theta: Array, x: Array, feature: int) -> list[tuple[float, Any]]:
    """Derivative of each gate's angle with respect to the feature, and the gate."""
    features = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    found = []
    for operation in record(circuit, features, torch.from_numpy(np.array(theta))).operations:
        for value in operation.data:
            if getattr(value, "requires_grad", False):
                (gradient,) = torch.autograd.grad(value, features, retain_graph=True)
                found.append((float(gradient[feature]), operation))
    return found


def _unit(gaps: list[float]) -> float:
    """The largest unit of which all are multiples: a divisor of the smallest, up to a hundredth."""
    smallest = min(gaps)
    for divisor in range(1, 101):
        unit = smallest / divisor
        if all(abs(gap / unit - round(gap / unit)) < 1e-7 * gap / unit for gap in gaps):
            return unit
    raise SpecError(
        f"frequencies {', '.join(f'{gap:.4g}' for gap in sorted(set(gaps))[:6])} of the spectrum "
        "have no common unit",
        "use the same bandwidth and weight at every upload of the feature",
    )
