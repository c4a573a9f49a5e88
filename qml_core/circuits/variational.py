"""The circuit of a variational model: an encoding of the features, then trainable layers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pennylane as qml
import torch

from qml_core.circuits.ansatze import Ansatz, get
from qml_core.circuits.ansatze._ansatz import Angles
from qml_core.circuits.encodings import OpenEncoding, open_encoding
from qml_core.errors import DataError, SpecError
from qml_core.specs.circuit import CircuitSpec

BEFORE = -1
"""Layer of the gates before layer 0."""


@dataclass(frozen=True)
class VariationalCircuit:
    """A quantum function `(x, theta)`: x (d,) or rows (n, d), theta (P,) or (n, P), radians.

    The parameters are those before layer 0, then those of layer 0, of layer 1, …; of an ansatz that
    re-uploads, a layer starts with the d factors of the features.

    Attributes:
        mirrored: layers 1, 3, … are the adjoint of the layer before them, at parameters of their
            own: equal ones cancel (Grant et al. 2019, arXiv:1903.05076).

    Raises:
        SpecError: layers < 1, no trainable gates on so few qubits, re-uploading of an encoding
            without angles, or mirrored layers with re-uploading.
    """

    encoding: OpenEncoding
    ansatz: Ansatz
    layers: int
    mirrored: bool = False

    def __post_init__(self) -> None:
        name = self.ansatz.name
        if self.layers < 1:
            raise SpecError(f"at least one layer asked, found layers={self.layers}")
        if self.ansatz.per_layer(self.n_qubits) < 1:
            raise SpecError(
                f"ansatz {name} has no layer on {self.n_qubits} qubit",
                "choose circuit.ansatz=hardware_efficient, or use more features",
            )
        if self.ansatz.reuploads and self.mirrored:
            raise SpecError(
                f"mirrored layers cancel, but ansatz {name} encodes the features between them",
                "choose training.initialisation=small",
            )
        if self.ansatz.reuploads and "bandwidth" not in self.encoding.encoding.parameters:
            raise SpecError(
                f"ansatz {name} multiplies angles by factors, but encoding "
                f"{self.encoding.spec.name} has no angles",
                "choose encoding.name=angle",
            )

    @property
    def n_qubits(self) -> int:
        return self.encoding.n_qubits

    @property
    def n_features(self) -> int:
        return self.encoding.n_features

    @property
    def n_parameters(self) -> int:
        """P."""
        return self._before + self.layers * self._width

    @cached_property
    def layer_of(self) -> tuple[int, ...]:
        """(P,) layer of each parameter; −1 before layer 0."""
        each = (layer for layer in range(self.layers) for _ in range(self._width))
        return (*[BEFORE] * self._before, *each)

    @cached_property
    def is_factor(self) -> tuple[bool, ...]:
        """(P,) whether each parameter multiplies a feature, dimensionless, and is no angle."""
        layer = [k < self._factors for k in range(self._width)]
        return (*[False] * self._before, *layer * self.layers)

    def with_layers(self, layers: int) -> "VariationalCircuit":
        """The same with other layers; theta of fewer is a prefix of theta of more."""
        return replace(self, layers=layers)

    def __call__(self, x: Any, theta: Any) -> None:
        """Queue the gates; raises DataError on another number of features or parameters."""
        x, theta = _alike(x, theta)
        if len(theta.shape) not in (1, 2) or theta.shape[-1] != self.n_parameters:
            raise DataError(
                f"circuit of {self.n_parameters} parameters in {self.layers} layers, found an "
                f"array of shape {tuple(theta.shape)}"
            )
        if not self.ansatz.reuploads:
            self.encoding(x)
        if self.ansatz.before is not None:
            self.ansatz.before(theta[..., : self._before], self.encoding.wires)
        for layer in range(self.layers):
            start = self._before + layer * self._width
            self._layer(layer, x, theta[..., start : start + self._width])

    def _layer(self, layer: int, x: Any, theta: Angles) -> None:
        wires, factors, angles = self.encoding.wires, self._factors, theta[..., self._factors :]
        if self.ansatz.reuploads:
            self.encoding(theta[..., :factors] * x)
        if self.mirrored and layer % 2:
            _queue_adjoint(lambda: self.ansatz.layer(angles, wires, layer - 1))
        else:
            self.ansatz.layer(angles, wires, layer)

    @property
    def _before(self) -> int:
        return self.ansatz.before_count(self.n_qubits)

    @property
    def _factors(self) -> int:
        return self.n_features if self.ansatz.reuploads else 0

    @property
    def _width(self) -> int:
        """Parameters of a layer."""
        return self._factors + self.ansatz.per_layer(self.n_qubits)


def open_circuit(spec: CircuitSpec, n_features: int, mirrored: bool = False) -> VariationalCircuit:
    """The circuit for rows of `n_features` features.

    Raises:
        SpecError: the encoding cannot hold the features, or what `VariationalCircuit` raises.
    """
    encoding = open_encoding(spec.encoding, n_features)
    return VariationalCircuit(encoding, get(spec.ansatz), spec.layers, mirrored)


def _alike(x: Any, theta: Any) -> tuple[Any, Any]:
    """Tensors where one of them is, so that they can be multiplied; arrays otherwise."""
    x, theta = (a if hasattr(a, "shape") else np.asarray(a, dtype=float) for a in (x, theta))
    if isinstance(theta, torch.Tensor) and not isinstance(x, torch.Tensor):
        return theta.new_tensor(x), theta
    if isinstance(x, torch.Tensor) and not isinstance(theta, torch.Tensor):
        return x, x.new_tensor(theta)
    return x, theta


def _queue_adjoint(function: Callable[[], None]) -> None:
    """Queue the inverse of the gates, as plain gates: hardware compilers know no lazy adjoint."""
    with qml.queuing.QueuingManager.stop_recording():
        gates = qml.tape.make_qscript(function)().operations
    for gate in reversed(gates):
        gate.adjoint()
