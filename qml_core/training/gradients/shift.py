"""The parameter-shift rule: gradients in the angles of gates from shifted circuits.

Schuld et al., Phys. Rev. A 99, 032331 (2019), arXiv:1811.11184: two circuits for a gate whose
generator has two eigenvalues; Wierichs et al., Quantum 6, 677 (2022), arXiv:2107.12390: four for
frequencies ½ and 1, as of controlled rotations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pennylane as qml
from pennylane.operation import Operator
from pennylane.tape import QuantumScript

from qml_core.training.functions import Array, Values
from qml_core.training.gradients.occurrences import Occurrence


@dataclass(frozen=True, eq=False)
class Gradients:
    """Outputs of n rows, and their derivatives in G angles.

    values: (n, k); derivatives: (n, G, k); covariances: (n, G, k, k) of the derivatives of a gate,
    those of different gates are independent.
    """

    values: Array
    derivatives: Array
    covariances: Array


@dataclass(frozen=True)
class ShiftRule:
    """Circuits of one row and their combination, for the gates whose gradient is not zero."""

    gates: tuple[Occurrence, ...]

    @property
    def circuits(self) -> int:
        """Of one row: itself, then the shifted ones of each gate, in the order of the rule."""
        return 1 + sum(gate.circuits for gate in self.gates)

    @cached_property
    def _matrix(self) -> Array:
        """(G, circuits) coefficients."""
        matrix, column = np.zeros((len(self.gates), self.circuits)), 1
        for row, gate in enumerate(self.gates):
            rule = _rule(gate.frequencies)
            matrix[row, column : column + len(rule)] = rule[:, 0]
            column += len(rule)
        return matrix

    def shifted(self, operations: Sequence[Operator]) -> list[QuantumScript]:
        """The circuit of these operations, whose angles are numbers, then its shifted ones."""
        found = [QuantumScript(operations)]
        for gate in self.gates:
            for _, shift in _rule(gate.frequencies):
                own = list(operations)
                own[gate.position] = turned(own[gate.position], shift)
                found.append(QuantumScript(own))
        return found

    def combine(self, found: Values) -> Gradients:
        """What the circuits of all rows say."""
        k = found.values.shape[1]
        values = found.values.reshape(-1, self.circuits, k)
        covariances = found.covariances
        if covariances is None:
            covariances = np.eye(k) * found.errors[:, None, :] ** 2
        covariances = covariances.reshape(-1, self.circuits, k, k)
        return Gradients(
            values[:, 0],
            np.einsum("gc,nck->ngk", self._matrix, values),
            np.einsum("gc,nckl->ngkl", self._matrix**2, covariances),
        )


def turned(op: Operator, shift: float) -> Operator:
    """The gate with its angle, a number, larger by the shift."""
    return qml.ops.functions.bind_new_parameters(op, [op.data[0] + shift])


@lru_cache
def _rule(frequencies: tuple[float, ...]) -> Array:
    """(terms, 2) coefficients and shifts."""
    return np.asarray(qml.gradients.generate_shift_rule(frequencies), dtype=np.float64)
