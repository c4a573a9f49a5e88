"""What is known of an encoding: its quantum function, and what a user must know to choose it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError
from qml_core.specs import EncodingSpec

Features = Any
"""One row (d,) or a batch of rows (n, d): NumPy array, or tensor PennyLane can differentiate."""


def finite_rows(X: NDArray[np.float64]) -> tuple[str, ...]:
    """The least every encoding asks of its data (n, d): no NaN, no infinity; raises DataError."""
    bad = np.flatnonzero(~np.isfinite(X).all(axis=1))
    if bad.size:
        raise DataError(
            f"finite features asked, found NaN or infinity in {bad.size} of {len(X)} rows, "
            f"first in row {bad[0]}",
            "impute them with preprocessing.missing=mean, or drop the rows",
        )
    return ()


def any_size(spec: EncodingSpec, n_features: int) -> None:
    """For encodings that hold any number of features."""


@dataclass(frozen=True)
class Encoding:
    """One encoding.

    Attributes:
        name: as in `EncodingSpec.name`.
        circuit: quantum function `(x, wires, *, <parameters>)`; x is (d,) or a batch (n, d), with
            the bandwidth already applied. It queues PennyLane operations and returns nothing.
        qubits: number of features -> number of qubits.
        parameters: the fields of EncodingSpec it uses; all but the bandwidth reach `circuit`.
        angle_range: bandwidth times feature is expected here, radians; none: any finite value.
        depth: circuit depth in words, for n features.
        paper: where it comes from.
        description: one sentence.
        check: data (n, d) -> notes for the report; raises DataError.
        fits: raises SpecError where the encoding cannot hold so many features.
    """

    name: str
    circuit: Callable[..., None]
    qubits: Callable[[int], int]
    parameters: tuple[str, ...]
    angle_range: tuple[float, float] | None
    depth: str
    paper: str
    description: str
    check: Callable[[NDArray[np.float64]], tuple[str, ...]] = finite_rows
    fits: Callable[[EncodingSpec, int], None] = any_size
