"""Zero-noise extrapolation: circuits folded to more noise, values extrapolated to none.

Temme et al. 2017, arXiv:1612.02058; folding: Giurgica-Tiron et al. 2020, arXiv:2005.10921. Fold
what a compiler has already made native: compiling afterwards cancels what no barrier guards, and
may route a half and its inverse each in its own way.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.operation import Operation
from pennylane.tape import QuantumScript

from qml_core.errors import Refused, SpecError
from qml_core.hardware.inverse import BARRIER, inverse, inverted
from qml_core.hardware.protocol import Circuit

Array = NDArray[np.float64]
Folding = Literal["global", "local"]
Extrapolation = Literal["richardson", "linear", "exponential"]


@dataclass(frozen=True)
class ZNE:
    """What zero-noise extrapolation is asked to do.

    Attributes:
        scales: odd, ascending; 1 is the circuit itself.
        folding: global: U → U (U† U)^k; local: the same of each gate.
        asymptote: exponential only: the value that infinite noise leaves, Tr(O)/2^n.
    """

    scales: tuple[int, ...] = (1, 3)
    folding: Folding = "global"
    extrapolation: Extrapolation = "linear"
    asymptote: float = 0.0

    def __post_init__(self) -> None:
        wrong = any(s < 1 or s % 2 == 0 for s in self.scales)
        if wrong or len(self.scales) < 2 or sorted(set(self.scales)) != list(self.scales):
            raise SpecError(
                f"zero-noise extrapolation needs two or more odd, ascending scales, found "
                f"{self.scales}"
            )


@dataclass(frozen=True)
class Overhead:
    """How many times as many circuits, gates and, for the same error, shots are needed."""

    circuits: float
    gates: float
    shots: float


class Folded(QuantumScript):  # type: ignore[misc]
    """A circuit folded as it is written; a backend that compiles may fold `unfolded` afterwards."""

    unfolded: Circuit
    scale: int
    folding: Folding


def fold(circuit: Circuit, scale: int, folding: Folding = "global") -> Folded:
    """The same unitary with `scale` (odd) times the gates.

    Raises CircuitRefused where a gate has no inverse among gates.
    """
    gates, repeats = tuple(circuit.operations), (scale - 1) // 2
    build = _fold_all if folding == "global" else _fold_each
    folded = Folded(build(gates, repeats, circuit.wires), circuit.measurements)
    folded.unfolded, folded.scale, folded.folding = circuit, scale, folding
    return folded


def _fold_all(
    gates: tuple[Operation, ...], repeats: int, wires: qml.wires.Wires
) -> list[Operation]:
    barrier = qml.Barrier(wires=wires)
    undone = inverted(gates)
    return [*gates, *((barrier, *undone, barrier, *gates) * repeats)]


def _fold_each(
    gates: tuple[Operation, ...], repeats: int, _wires: qml.wires.Wires
) -> list[Operation]:
    folded: list[Operation] = []
    for gate in gates:
        folded.append(gate)
        if gate.name != BARRIER:
            barrier = qml.Barrier(wires=gate.wires)
            folded.extend((barrier, *inverse(gate), barrier, gate) * repeats)
    return folded


def extrapolate(values: Sequence[float], errors: Sequence[float], zne: ZNE) -> tuple[float, float]:
    """The value at scale 0 and its standard error, to first order.

    Raises Refused: exponential, where values are not all on one side of the asymptote.
    """
    x, y, e = (np.asarray(a, dtype=float) for a in (zne.scales, values, errors))
    return _METHODS[zne.extrapolation](x, y, e, zne.asymptote)


def richardson_weights(scales: Sequence[float] | Array) -> Array:
    """Π_{j≠i} x_j/(x_j − x_i): the polynomial through all points, at 0; their sum is 1."""
    x = np.asarray(scales, dtype=float)
    return np.array([np.prod(np.delete(x, i) / (np.delete(x, i) - x[i])) for i in range(len(x))])


def linear_weights(scales: Sequence[float] | Array, errors: Sequence[float] | Array) -> Array:
    """What each point counts for the intercept of the straight line of least squares / error²."""
    x, w = np.asarray(scales, dtype=float), 1 / np.asarray(errors, dtype=float) ** 2
    centre = w @ x / w.sum()
    slope = w * (x - centre) / (w @ (x - centre) ** 2)
    return np.asarray(w / w.sum() - centre * slope)


def overhead(zne: ZNE) -> Overhead:
    """Circuits and gates of all scales, and the shots that the weights' variance costs."""
    if zne.extrapolation == "richardson":
        weights = richardson_weights(zne.scales)
    else:
        weights = linear_weights(zne.scales, np.ones(len(zne.scales)))
    n = len(zne.scales)
    return Overhead(n, sum(zne.scales), n * float(weights @ weights))


def _richardson(x: Array, y: Array, e: Array, _asymptote: float) -> tuple[float, float]:
    return _weighted(richardson_weights(x), y, e)


def _linear(x: Array, y: Array, e: Array, _asymptote: float) -> tuple[float, float]:
    return _weighted(linear_weights(x, e), y, e)


def _weighted(weights: Array, y: Array, e: Array) -> tuple[float, float]:
    return float(weights @ y), float(np.sqrt(weights**2 @ e**2))


def _exponential(x: Array, y: Array, e: Array, asymptote: float) -> tuple[float, float]:
    """y = a + b exp(−c x): a straight line through log |y − a|."""
    above = y - asymptote
    if not (np.all(above > 0) or np.all(above < 0)):
        raise Refused(
            f"exponential extrapolation needs values on one side of {asymptote:g}, found "
            f"{', '.join(f'{v:.3g}' for v in y)}",
            "use linear extrapolation, or more shots",
        )
    relative = e / np.abs(above)
    log_value, log_error = _weighted(linear_weights(x, relative), np.log(np.abs(above)), relative)
    size = math.exp(log_value)
    return asymptote + math.copysign(size, above[0]), size * log_error


_METHODS: dict[Extrapolation, Callable[[Array, Array, Array, float], tuple[float, float]]] = {
    "richardson": _richardson,
    "linear": _linear,
    "exponential": _exponential,
}
