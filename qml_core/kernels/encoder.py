"""Rows of features as state vectors, on the backend that was asked for."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.circuits.encodings import OpenEncoding
from qml_core.errors import CircuitRefused
from qml_core.simulation.circuit import Circuit
from qml_core.simulation.precision import COMPLEX
from qml_core.simulation.reference import reference_states
from qml_core.specs import BackendSpec

Array = NDArray[np.float64]

States = tuple[torch.Tensor, ...]
"""State vectors (n, 2^k) of the parts of a circuit, whose product is the state of n rows."""


@dataclass(frozen=True)
class Encoder:
    """An encoding opened on a backend; on the batched engine its circuit is analysed once."""

    encoding: OpenEncoding
    backend: BackendSpec

    @cached_property
    def state_bytes(self) -> int:
        """Memory of the states of one row, of all parts of the circuit."""
        row = np.ones((1, self.encoding.n_features))
        return sum(s.shape[1] for s in self.states(row)) * COMPLEX[self.backend.precision].itemsize

    @cached_property
    def _parts(self) -> tuple[tuple[int, ...], ...]:
        """Wires of each part, of a row of ones."""
        row = np.ones((1, self.encoding.n_features))
        return tuple(wires for wires, _ in self._circuit.factors(row))

    def _check_parts(self, found: tuple[tuple[int, ...], ...]) -> None:
        """States of other wires in some rows than in others must not be multiplied."""
        if found != self._parts:
            raise CircuitRefused(
                f"encoding {self.encoding.encoding.name} joins other qubits by gates in some rows "
                f"than in others: {len(found)} parts, {len(self._parts)} with all features 1",
                "write it with gates on the same qubits whatever the features",
            )

    @cached_property
    def _circuit(self) -> Circuit:
        return Circuit(self.encoding, self.encoding.n_qubits, precision=self.backend.precision)

    def states(self, X: Array) -> States:
        """Encode rows (n, d), features; returns (n, 2^k) for each part of the circuit."""
        if self.backend.name == "qml.batched":
            found = self._circuit.factors(X)
            self._check_parts(tuple(wires for wires, _ in found))
            return tuple(states for _, states in found)
        n_qubits, dtype = self.encoding.n_qubits, COMPLEX[self.backend.precision]
        return (reference_states(self.encoding, X, n_qubits, self.backend.name, dtype),)
