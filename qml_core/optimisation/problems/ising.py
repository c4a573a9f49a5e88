"""Ising polynomials: C(z) = Σ_S c_S Π_{j∈S} (−1)^{z_j} over bits z, to be minimised."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.problems import graphs, hamiltonians, qubo

if TYPE_CHECKING:
    import networkx as nx

Wires = tuple[int, ...]

MOST_QUBITS = 4096

_PIECE = 2**20
"""Products of spins held at once."""


@dataclass(frozen=True)
class Ising:
    """A polynomial of Z on n_qubits wires.

    Args:
        n_qubits: wires 0 … n_qubits − 1, wire 0 the first bit.
        terms: wires of a product of Z, each at most once, and its coefficient; () is the constant.
            Kept with sorted wires, lower degrees first, without zeros.

    Raises:
        SpecError: no qubit or above 4096, a wire out of range or repeated, a coefficient that is
            not finite.
    """

    n_qubits: int
    terms: Mapping[Wires, float] = field(hash=False)

    def __post_init__(self) -> None:
        if not 1 <= self.n_qubits <= MOST_QUBITS:
            raise SpecError(
                f"polynomial of {self.n_qubits} qubits asked, limits: 1 and {MOST_QUBITS}",
                "give a problem with fewer variables, at least one",
            )
        object.__setattr__(self, "terms", _canonical(self.terms, self.n_qubits))

    @classmethod
    def from_qubo(
        cls, matrix: ArrayLike | Mapping[tuple[int, int], float], constant: float = 0.0
    ) -> "Ising":
        """xᵀQx + constant over bits x, Q symmetric or triangular (n, n), or its entries.

        Raises:
            SpecError: Q is not square, neither symmetric nor triangular, has an entry that is no
                finite number, or an index that appears in no entry.
        """
        return cls(*qubo.terms_of(matrix, constant))

    @classmethod
    def maxcut(cls, graph: "nx.Graph") -> "Ising":
        """Minus the weight of the edges cut; `weight` of an edge is 1 where it has none.

        Qubits are the nodes: whole numbers in their order, others as the graph lists them.

        Raises:
            SpecError: no edge, a self loop, parallel or directed edges, a weight not finite.
        """
        return cls(*graphs.maxcut_terms(graph))

    @classmethod
    def independent_set(cls, graph: "nx.Graph", penalty: float | None = None) -> "Ising":
        """Minus the weight of the nodes at 1, plus penalty per edge with both ends at 1.

        Args:
            graph: `weight` of a node, above 0, is 1 where it has none.
            penalty: none is twice the largest weight of a node.

        Raises:
            SpecError: as of maxcut, or a penalty so small that the optimum may violate an edge.
        """
        return cls(*graphs.independent_set_terms(graph, penalty))

    @classmethod
    def vertex_cover(cls, graph: "nx.Graph", penalty: float | None = None) -> "Ising":
        """The weight of the nodes at 1, plus penalty per edge with both ends at 0.

        Args and errors are those of independent_set.
        """
        return cls(*graphs.vertex_cover_terms(graph, penalty))

    @classmethod
    def from_hamiltonian(cls, hamiltonian: Any, wires: Sequence[Hashable] | None = None) -> "Ising":
        """A PennyLane operator that is a sum of products of Z and identities.

        Args:
            wires: its wires in the order of the qubits; none: 0 … the largest where they are
                whole numbers, else as the operator lists them.

        Raises:
            SpecError: no such operator, X or Y in it, or a coefficient that is not real.
        """
        return cls(*hamiltonians.terms_of(hamiltonian, wires))

    def to_hamiltonian(self) -> Any:
        """The PennyLane operator on wires 0 … n_qubits − 1, its constant an identity on all."""
        return hamiltonians.operator(self.n_qubits, self.terms)

    @cached_property
    def constant(self) -> float:
        return self.terms.get((), 0.0)

    @cached_property
    def coefficients(self) -> NDArray[np.float64]:
        """(t,) of the terms but the constant, in their order."""
        return np.array([c for wires, c in self.terms.items() if wires], dtype=np.float64)

    @cached_property
    def degree(self) -> int:
        """Most wires in a term."""
        return max(map(len, self.terms), default=0)

    @cached_property
    def even(self) -> bool:
        """Whether every term has an even number of wires, so that C(z) = C(¬z)."""
        return all(len(wires) % 2 == 0 for wires in self.terms)

    def energies(self, bits: NDArray[Any]) -> NDArray[np.float64]:
        """C (m,) of bits (m, n); a row's energy does not depend, in any digit, on other rows.

        Raises:
            SpecError: bits of another shape.
        """
        bits = np.asarray(bits)
        if bits.ndim != 2 or bits.shape[1] != self.n_qubits:
            raise SpecError(
                f"energies of bits of shape {bits.shape} asked, needed: (m, {self.n_qubits})",
                "give one row per bit string and one column per qubit",
            )
        spins = 1.0 - 2.0 * np.ascontiguousarray(bits)
        found = np.full(len(bits), self.constant)
        for wires, coefficients in self._by_degree:
            step = max(1, _PIECE // len(wires))
            for start in range(0, len(bits), step):
                rows = slice(start, start + step)
                found[rows] += _products(spins[rows], wires, coefficients)
        return found

    @cached_property
    def _by_degree(self) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Per degree from 1 on: wires (t, degree) and coefficients (t,)."""
        grouped = groupby(
            ((w, c) for w, c in self.terms.items() if w), key=lambda term: len(term[0])
        )
        found = []
        for _, terms in grouped:
            wires, coefficients = zip(*terms, strict=True)
            found.append((np.array(wires, dtype=np.int64), np.array(coefficients)))
        return found


def _products(
    spins: NDArray[np.float64], wires: NDArray[np.int64], coefficients: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Σ_t c_t Π_j spins of the wires of t, (m,)."""
    products = np.take(spins, wires[:, 0], axis=1)
    for column in wires.T[1:]:
        products *= np.take(spins, column, axis=1)
    products *= coefficients
    total: NDArray[np.float64] = products.sum(axis=1)
    return total


def _canonical(terms: Mapping[Wires, float], n_qubits: int) -> dict[Wires, float]:
    """Sorted wires, equal ones added up, without zeros; of checked wires and coefficients."""
    found: dict[Wires, float] = {}
    for wires, coefficient in terms.items():
        key = tuple(sorted(map(int, wires)))
        if key and (key[0] < 0 or key[-1] >= n_qubits or len(set(key)) < len(key)):
            raise SpecError(
                f"term on wires {tuple(wires)} asked, each of 0 … {n_qubits - 1} may appear once",
                "multiply out repeated wires: Z·Z is 1",
            )
        found[key] = found.get(key, 0.0) + float(coefficient)
    for key, coefficient in found.items():
        if not math.isfinite(coefficient):
            raise SpecError(
                f"coefficient {coefficient} of wires {key} asked, only finite ones have an energy",
                "look for missing values and overflow in the problem",
            )
    return {key: found[key] for key in sorted(found, key=lambda k: (len(k), k)) if found[key]}
