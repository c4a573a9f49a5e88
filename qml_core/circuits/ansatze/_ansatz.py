"""What is known of an ansatz: its layer, and what a user must know to choose it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Angles = Any
"""Parameters (p,), or (n, p) with a set for each row: NumPy array or tensor, radians."""

Gates = Callable[[Angles, Sequence[int]], None]


def none_before(n_qubits: int) -> int:
    """For ansätze that start with their first layer."""
    return 0


@dataclass(frozen=True)
class Ansatz:
    """Layers of trainable gates.

    Every trainable gate is a named rotation about a Pauli word, or a controlled one, with one
    parameter of its own, so that the parameter-shift rule applies. The other gates have a plain
    adjoint.

    Attributes:
        name: as in `CircuitSpec.ansatz`.
        layer: quantum function `(theta, wires, index)` of layer `index` ≥ 0; theta is
            (per_layer,), or (n, per_layer) with a set for each row: index it as `theta[..., k]`.
        per_layer: number of qubits -> parameters of a layer.
        paper: where it comes from.
        description: one sentence.
        before: quantum function `(theta, wires)` of the gates before layer 0.
        before_count: number of qubits -> parameters of `before`.
        reuploads: the encoding comes before every layer, its features multiplied by trainable
            factors, and not once before the first.
    """

    name: str
    layer: Callable[[Angles, Sequence[int], int], None]
    per_layer: Callable[[int], int]
    paper: str
    description: str
    before: Gates | None = None
    before_count: Callable[[int], int] = none_before
    reuploads: bool = False
