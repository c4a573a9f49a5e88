"""What the gates alone say: which qubits they join, and whether they are Clifford gates."""

from collections.abc import Sequence

import networkx as nx
import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.operation import Operator

from qml_core.circuits.encodings import OpenEncoding

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

_PAULIS: dict[str, Complex] = {
    "I": np.eye(2, dtype=complex),
    "X": np.array([[0, 1], [1, 0]], dtype=complex),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]).astype(complex),
}
_MOST_WIRES = 2
"""Of a gate that is looked at; a larger one counts as no Clifford gate."""
_CLOSE = 1e-9


def gates(encoding: OpenEncoding, x: Array) -> tuple[Operator, ...]:
    """The gates of one row x (d,)."""
    return tuple(qml.tape.make_qscript(encoding)(x).operations)


def largest_part(operations: Sequence[Operator], n_qubits: int) -> int:
    """Most qubits that gates join; 1: the state is a product of one-qubit states."""
    graph = nx.empty_graph(n_qubits)
    for op in operations:
        nx.add_path(graph, op.wires)
    return max(len(part) for part in nx.connected_components(graph))


def all_clifford(operations: Sequence[Operator]) -> bool:
    """Whether each gate maps every Pauli word to one, up to its sign.

    Such a circuit is simulated in polynomial time (Gottesman 1998, arXiv:quant-ph/9807006).
    """
    return all(_is_clifford(op) for op in operations)


def _is_clifford(op: Operator) -> bool:
    wires = len(op.wires)
    if wires > _MOST_WIRES or not op.has_matrix:
        return False
    matrix = np.asarray(qml.matrix(op), dtype=complex)
    generators = [_word("I" * k + p + "I" * (wires - k - 1)) for k in range(wires) for p in "XZ"]
    return all(_is_pauli(matrix @ g @ matrix.conj().T, wires) for g in generators)


def _is_pauli(matrix: Complex, wires: int) -> bool:
    """Whether its largest overlap tr(P M)/2^k with a Pauli word is 1 in modulus."""
    letters = _PAULIS if wires == 1 else [p + q for p in _PAULIS for q in _PAULIS]
    overlaps = [abs(np.trace(_word(word) @ matrix)) / 2**wires for word in letters]
    return bool(max(overlaps) > 1 - _CLOSE)


def _word(word: str) -> Complex:
    result = np.eye(1, dtype=complex)
    for letter in word:
        result = np.kron(result, _PAULIS[letter])
    return result
