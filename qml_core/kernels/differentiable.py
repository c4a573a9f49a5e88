"""Kernel matrices and their centred alignment as functions that torch differentiates."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from qml_core.circuits.encodings import OpenEncoding
from qml_core.kernels.alignment import Target
from qml_core.kernels.encoder import States
from qml_core.kernels.projected import bloch_vectors, projected
from qml_core.simulation.circuit import Circuit
from qml_core.simulation.components import components
from qml_core.simulation.program import Program
from qml_core.simulation.tape import analyse, record
from qml_core.specs import KernelSpec


@dataclass(frozen=True)
class DifferentiableKernel:
    """K of a kernel as a function of the factors of its features; in double precision.

    The circuit is differentiated in adjoint mode, so that memory does not grow with its depth; one
    that falls apart is simulated part by part.
    """

    kernel: KernelSpec
    encoding: OpenEncoding

    def gram(self, X: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
        """K (n, n) of features X (n, d), each multiplied by its factor (d,), or () for all."""
        parts = self._states(factors * X)
        if self.kernel.kind == "projected":
            vectors = torch.cat([bloch_vectors(part) for part in parts], dim=1)
            return projected(vectors, vectors, self.kernel.gamma)
        return torch.stack([_squares(part @ part.mH) for part in parts]).prod(dim=0)

    @property
    def row_amplitudes(self) -> int:
        """Of all states that are simulated for a row."""
        return sum(self._part_sizes)

    @cached_property
    def _part_sizes(self) -> list[int]:
        row = torch.ones((1, self.encoding.n_features), dtype=torch.float64)
        return [states.shape[1] for _, states in self._circuit.factors(row)]

    @cached_property
    def _circuit(self) -> Circuit:
        return Circuit(self._queue, self.encoding.n_qubits, gradient="adjoint")

    def _queue(self, features: Any) -> None:
        opened = self.encoding
        opened.encoding.circuit(features, opened.wires, **opened.parameters)

    def _states(self, features: torch.Tensor) -> States:
        """State vectors (n, 2^k) of the parts of the circuit."""
        if len(self._part_sizes) == 1:
            return (self._circuit.states(features),)
        found = analyse(record(self._queue, features), self.encoding.n_qubits)
        mode = "adjoint" if features.requires_grad else "none"
        return tuple(
            Program(gates, len(wires), found.batched)
            .states(*found.angles(), mode)
            .expand(len(features), -1)
            for wires, gates in components(found.gates, self.encoding.n_qubits)
        )


def _squares(overlaps: torch.Tensor) -> torch.Tensor:
    """|·|², whose gradient is finite at 0."""
    if not overlaps.is_complex():
        return overlaps.square()
    return overlaps.real.square() + overlaps.imag.square()


def centered_alignment(K: torch.Tensor, target: Target) -> torch.Tensor:
    """⟨HKH, T⟩ / (‖HKH‖ ‖HTH‖), a scalar: `target_alignment` with centered=True, differentiable.

    Cortes, Mohri & Rostamizadeh, JMLR 13 (2012) 795, definition 4. A constant kernel, or a
    constant target, gives 0.
    """
    middle = target.centered()
    aim = middle.norm()
    W, S = (torch.from_numpy(m).to(K.device) for m in (middle.indicators, middle.between))
    centered = K - K.mean(dim=0)
    centered = centered - centered.mean(dim=1, keepdim=True)
    size = torch.linalg.norm(centered)
    if aim == 0 or size <= len(K) * torch.finfo(K.dtype).eps * torch.linalg.norm(K):
        return 0.0 * K.sum()
    alignment: torch.Tensor = torch.sum(S * (W.T @ centered @ W)) / (size * aim)
    return alignment
