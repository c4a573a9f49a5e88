"""Which qubits interact: the groups behind `entanglement`."""

from itertools import combinations


def groups(n_qubits: int, size: int, entanglement: str) -> tuple[tuple[int, ...], ...]:
    """Groups of `size` positions out of `n_qubits`, in the order their gates are applied.

    all: every combination in lexicographic order; linear: neighbours (i, …, i+size-1); ring: those
    that wrap around first, (n-1, 0) for pairs, then the neighbours. As Qiskit's full, linear and
    circular: a ring of `size` qubits has one group, so two qubits make one pair and not two. Fewer
    qubits than `size` make none, and single qubits do not interact: (0,), (1,), …. none: groups of
    one qubit only.
    """
    if entanglement == "none" and size > 1:
        return ()
    if entanglement == "all":
        return tuple(combinations(range(n_qubits), size))
    wraps = entanglement == "ring" and n_qubits > size
    first = 1 - size if wraps else 0
    return tuple(
        tuple((start + offset) % n_qubits for offset in range(size))
        for start in range(first, n_qubits - size + 1)
    )
