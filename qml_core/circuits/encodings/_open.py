"""An encoding opened for a number of features: the quantum function the project calls."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qml_core.circuits.encodings._encoding import Encoding, Features
from qml_core.circuits.encodings._registry import get
from qml_core.errors import DataError, SpecError
from qml_core.specs import EncodingSpec, check_qubits, check_weights

_FACTORS = ("bandwidth", "weights")  # multiply the features before they enter the circuit


@dataclass(frozen=True)
class OpenEncoding:
    """One encoding with its parameters, for rows of `n_features` features on `wires`.

    Features are multiplied by bandwidth and weights before they enter the circuit: angles linear in
    the features grow with the bandwidth, products of two features with its square (Shaydulin & Wild
    2022, arXiv:2111.05451).
    """

    encoding: Encoding
    spec: EncodingSpec
    n_features: int

    @property
    def n_qubits(self) -> int:
        return self.encoding.qubits(self.n_features)

    @property
    def wires(self) -> tuple[int, ...]:
        return tuple(range(self.n_qubits))

    @property
    def factors(self) -> float | NDArray[np.float64]:
        """What each feature is multiplied with: bandwidth times weights, () or (d,)."""
        if not self.spec.weights:
            return self.spec.bandwidth
        return self.spec.bandwidth * np.asarray(self.spec.weights)

    @property
    def parameters(self) -> dict[str, Any]:
        """What the circuit is called with beside the features and wires."""
        return {p: getattr(self.spec, p) for p in self.encoding.parameters if p not in _FACTORS}

    def __call__(self, x: Features) -> None:
        """Queue the operations of one row (d,) or a batch (n, d); raises DataError on another d."""
        x = x if hasattr(x, "shape") else np.asarray(x, dtype=float)
        if len(x.shape) not in (1, 2) or x.shape[-1] != self.n_features:
            raise DataError(
                f"encoding {self.spec.name} was opened for {self.n_features} features, "
                f"found an array of shape {tuple(x.shape)}"
            )
        self.encoding.circuit(self.factors * x, self.wires, **self.parameters)

    def check(self, X: NDArray[np.float64]) -> tuple[str, ...]:
        """Notes for the report on data (n, d); raises DataError where they cannot be encoded."""
        if X.ndim != 2 or X.shape[1] != self.n_features or not len(X):
            raise DataError(
                f"rows of {self.n_features} features asked, found an array of shape {X.shape}"
            )
        angles = self.factors * np.asarray(X, dtype=float)
        return self.encoding.check(angles) + self._range_notes(angles)

    def _range_notes(self, angles: NDArray[np.float64]) -> tuple[str, ...]:
        if self.encoding.angle_range is None:
            return ()
        low, high = self.encoding.angle_range
        share = float(np.mean((angles < low) | (angles > high)))
        if not share:
            return ()
        return (
            f"{share:.1%} of the encoded angles lie outside [{low:.4g}, {high:.4g}] rad, the range "
            f"encoding {self.spec.name} expects; found [{angles.min():.4g}, {angles.max():.4g}]",
        )


def open_encoding(spec: EncodingSpec, n_features: int) -> OpenEncoding:
    """The circuit for rows of `n_features` features.

    Raises SpecError where the encoding is unknown, cannot hold the features, has no use for a
    parameter that was set, or needs another number of qubits than `spec.n_qubits`.
    """
    encoding = get(spec.name)
    if n_features < 1:
        raise SpecError(f"encoding {spec.name} needs at least one feature, found {n_features}")
    _refuse_unused(encoding, spec)
    check_weights(spec, n_features)
    encoding.fits(spec, n_features)
    check_qubits(spec, n_features, "features")
    needed = encoding.qubits(n_features)
    if spec.n_qubits not in (None, needed):
        raise SpecError(
            f"encoding.n_qubits={spec.n_qubits}, but {n_features} features need {needed} qubits "
            f"with encoding {spec.name}",
            "leave encoding.n_qubits out",
        )
    return OpenEncoding(encoding, spec, n_features)


def _refuse_unused(encoding: Encoding, spec: EncodingSpec) -> None:
    for name, field in type(spec).model_fields.items():
        value = getattr(spec, name)
        if name in ("name", "n_qubits", *encoding.parameters) or value == field.default:
            continue
        raise SpecError(
            f"encoding {spec.name} has no {name}, found {name}={value}",
            f"leave encoding.{name} out",
        )
