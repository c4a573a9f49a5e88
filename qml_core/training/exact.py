"""Exact outputs of variational circuits, on the engine: of rows at once, and of single tapes."""

from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from pennylane.operation import Operator
from pennylane.tape import QuantumScript

from qml_core.circuits.bases import n_bases
from qml_core.circuits.readout import Readout
from qml_core.circuits.variational import VariationalCircuit
from qml_core.simulation.circuit import Circuit, Gradient, Reading
from qml_core.simulation.observables import diagonal_expectations, pauli_sum
from qml_core.simulation.precision import COMPLEX, REAL, Precision
from qml_core.simulation.tape import tape_states
from qml_core.training.functions import Array, Evaluate, Values, Words

_AMPLITUDES_AT_ONCE = 2**22
"""Of the circuits that are simulated together: 64 MiB of complex128."""


class ExactFunction:
    """A QuantumFunction on the engine: each state once, then all outputs of it.

    Args:
        circuit: called as `circuit(x, theta)`; `n_qubits` says its wires.
        gradient: autograd, or adjoint, which takes about twice the time and a few states of memory.
        trained: (P,) entries of theta that get a gradient; none: all.
    """

    def __init__(
        self,
        circuit: VariationalCircuit,
        readout: Readout,
        *,
        gradient: Gradient = "autograd",
        precision: Precision = "double",
        trained: tuple[bool, ...] | None = None,
    ) -> None:
        self._circuit = Circuit(
            circuit, circuit.n_qubits, (True, False), gradient=gradient, precision=precision
        )
        self._reading = reading(readout, precision)
        self._frozen = None if trained is None or all(trained) else ~torch.tensor(trained)

    def __call__(self, x: torch.Tensor, theta: torch.Tensor, part: str = "") -> torch.Tensor:
        """(n, k) outputs of rows x (n, d), theta (P,), radians; float64."""
        if self._frozen is not None and theta.requires_grad:
            theta = torch.where(self._frozen, theta.detach(), theta)
        return self._circuit.read(self._reading, x, theta).to(torch.float64)


def reading(readout: Readout, precision: Precision = "double") -> Reading:
    """All outputs (n, k) from states (n, 2^n_qubits)."""
    if readout.diagonals is not None:
        diagonals = torch.from_numpy(np.ascontiguousarray(readout.diagonals, dtype=np.float64))
        own = diagonals.to(REAL[COMPLEX[precision]])
        return lambda states: diagonal_expectations(states, own)
    n, device = readout.n_qubits, torch.device("cpu")
    sums = [pauli_sum(s.operation(wire_order=range(n)), n, device) for s in readout.sentences]
    return lambda states: torch.stack([terms.expectation(states) for terms in sums], dim=1)


def exact_evaluate(readout: Readout) -> Evaluate:
    """Exact values of tapes; it counts circuits as shots in one basis per group would need."""
    return _ExactEvaluate(readout)


class _ExactEvaluate:
    def __init__(self, readout: Readout) -> None:
        self._readout, self._reading = readout, reading(readout)
        self.circuits = 0

    @cached_property
    def groups(self) -> int:
        return n_bases(self._readout)

    def __call__(self, circuits: Sequence[QuantumScript], part: str) -> Values:
        self.circuits += self.groups * len(circuits)
        found = np.zeros((len(circuits), len(self._readout.names)))
        for rows, states in self._states(circuits):
            found[rows] = self._reading(states).numpy()
        return Values(found, np.zeros_like(found))

    def covariances(
        self, circuits: Sequence[QuantumScript], words: Sequence[Words], part: str
    ) -> list[Array]:
        self.circuits += len(circuits)
        found: list[Array] = [np.zeros((0, 0))] * len(circuits)
        for rows, states in self._states(circuits):
            probabilities = torch.abs(states).square().numpy()
            for k, p in zip(rows, probabilities, strict=True):
                signs = np.array([_signs(word, self._readout.n_qubits) for word in words[k]])
                means = signs @ p
                found[k] = (signs * p) @ signs.T - np.outer(means, means)
        return found

    @torch.no_grad()
    def _states(
        self, circuits: Sequence[QuantumScript]
    ) -> Iterator[tuple[list[int], torch.Tensor]]:
        """Positions of circuits that differ in their angles only, and their states."""
        n = self._readout.n_qubits
        most = max(1, _AMPLITUDES_AT_ONCE >> n)
        for rows in _alike(circuits, most):
            states = tape_states(_together([circuits[k] for k in rows]), n)
            yield rows, states.reshape(-1, 2**n).expand(len(rows), -1)


def _signs(word: tuple[int, ...], n_qubits: int) -> Array:
    """Eigenvalues (2^n,) of a product of Z."""
    basis, signs = np.arange(2**n_qubits), np.ones(2**n_qubits)
    for wire in word:
        signs *= 1 - 2 * (basis >> n_qubits - 1 - wire & 1)
    return signs


def _alike(circuits: Sequence[QuantumScript], most: int) -> Iterator[list[int]]:
    groups: dict[Hashable, list[int]] = {}
    for k, circuit in enumerate(circuits):
        forms = tuple(map(_form, circuit.operations))
        groups.setdefault(k if None in forms else forms, []).append(k)
    for group in groups.values():
        yield from (group[i : i + most] for i in range(0, len(group), most))


def _form(op: Operator) -> Hashable:
    """All of a gate but its angles; none: one with arrays, which is run by itself."""
    if any(np.ndim(p) for p in op.data):
        return None
    return type(op), op.name, tuple(op.wires), repr(op.hyperparameters)


def _together(circuits: Sequence[QuantumScript]) -> QuantumScript:
    """One tape whose angles have a row for each circuit; of a single one, as it is."""
    first = circuits[0]
    if len(circuits) == 1:
        return first
    angles = [c.get_parameters(trainable_only=False, operations_only=True) for c in circuits]
    columns: list[Any] = list(np.array(angles, dtype=float).T)
    return first.bind_new_parameters(columns, list(range(len(columns)))) if columns else first
