"""Tree ansatz: two-qubit blocks that coarse-grain the qubits onto the first, as in MERA."""

from collections.abc import Sequence

import pennylane as qml

from qml_core.circuits.ansatze._ansatz import Angles, Ansatz


def tree(theta: Angles, wires: Sequence[int], index: int) -> None:
    """One sweep from all qubits to the first, over ⌈log₂ n⌉ levels.

    At each level, disentanglers act on the pairs (1,2), (3,4), … of the qubits that are left, then
    isometries on (0,1), (2,3), …, of which the first qubits go on. A block is RY on both qubits and
    CNOT from the second to the first, which carries what the second knows to where it is read.
    """
    for k, (first, second) in enumerate(blocks(len(wires))):
        qml.RY(theta[..., 2 * k], wires=wires[first])
        qml.RY(theta[..., 2 * k + 1], wires=wires[second])
        qml.CNOT((wires[second], wires[first]))


def blocks(n_qubits: int) -> list[tuple[int, int]]:
    """Pairs of qubits that the blocks act on, in their order."""
    left, pairs = range(n_qubits), []
    while len(left) > 1:
        for start in (1, 0):
            pairs += [(left[i], left[i + 1]) for i in range(start, len(left) - 1, 2)]
        left = left[::2]
    return pairs


ANSATZ = Ansatz(
    name="tree",
    layer=tree,
    per_layer=lambda n_qubits: 2 * len(blocks(n_qubits)),
    paper="Grant et al., npj Quantum Inf. 4, 65 (2018), arXiv:1804.03680; "
    "MERA: Vidal, arXiv:quant-ph/0610099",
    description="Two-qubit blocks over log₂ n levels that end on qubit 0: shallow, for reading it.",
)
