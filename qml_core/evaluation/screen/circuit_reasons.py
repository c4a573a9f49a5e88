"""Whether a classical computer does what the circuit does, from its gates and its states."""

from collections.abc import Iterator, Sequence

from pennylane.operation import Operator

from qml_core.circuits.encodings import OpenEncoding
from qml_core.evaluation.screen.bond_dimension import DISCARDED, bond_dimension
from qml_core.evaluation.screen.classical_kernels import Array
from qml_core.evaluation.screen.encoded import Encoded
from qml_core.evaluation.screen.structure import all_clifford, gates
from qml_core.kernels.encoder import States
from qml_core.references.benchmark import Reason

EXACT_QUBITS = 26
"""Whose state vector of 2²⁶ complex128 takes 1 GiB."""
_CLIFFORD_ROWS = 16
_ENTANGLED_ROWS = 16
_FEW = 2
_QUICK_QUBITS = 12
"""Above which the entanglement of few rows only is looked at: it takes seconds a row."""


def structure_reasons(
    encoding: OpenEncoding, operations: Sequence[Operator], part: int
) -> tuple[Reason, ...]:
    """Entanglers, the size of the state, and the qubits: what holds for all rows.

    Args:
        operations: of any row.
        part: most qubits that gates join.
    """
    return (
        _entanglers(encoding, part),
        _state_size(encoding),
        Reason(
            check="exact simulation",
            value=part,
            limit=EXACT_QUBITS,
            against=False,
            said=f"the largest entangled part has {part} of {encoding.n_qubits} qubits, "
            f"{'within' if part <= EXACT_QUBITS else 'beyond'} the {EXACT_QUBITS} that a laptop "
            "simulates exactly; no reason by itself: few qubits may stand for many to come.",
        ),
    )


def state_reasons(
    encoding: OpenEncoding, X: Array, encoded: Encoded | None, part: int
) -> Iterator[Reason]:
    """Clifford gates and entanglement, of some rows X (n, d).

    Args:
        encoded: none where there are too many qubits.
        part: most qubits that gates join.
    """
    yield _clifford(encoding, X[:_CLIFFORD_ROWS])
    if encoded is not None and part > 1:
        yield _bond_dimension(encoded.states, part)


def _entanglers(encoding: OpenEncoding, part: int) -> Reason:
    product = part == 1
    return Reason(
        check="entanglers",
        value=part,
        limit=1,
        against=product,
        said="no gate of the encoding joins two qubits: the kernel is a function of one-qubit "
        f"kernels, which a classical computer evaluates in {encoding.n_qubits} steps."
        if product
        else f"gates of the encoding join up to {part} of {encoding.n_qubits} qubits.",
    )


def _state_size(encoding: OpenEncoding) -> Reason:
    n, d = encoding.n_qubits, encoding.n_features
    against = 2 ** (n - 1) < d
    return Reason(
        check="size of the state",
        value=2.0 ** min(n, 1000),
        limit=2 * d,
        against=against,
        said=f"a state of {n} qubits has {f'2^{n}' if n > 20 else f'{2**n:,}'} amplitudes for {d} "
        f"features{': writing it down costs no more than reading the row' if against else ''}.",
    )


def _clifford(encoding: OpenEncoding, X: Array) -> Reason:
    """A single row with another gate settles it."""
    against = all(all_clifford(gates(encoding, x)) for x in X)
    return Reason(
        check="Clifford gates",
        against=against,
        said=f"all gates of {len(X)} rows are Clifford gates, which are simulated in polynomial "
        "time (Gottesman 1998)."
        if against
        else "some gates are no Clifford gates.",
    )


def _bond_dimension(states: States, qubits: int) -> Reason:
    """Against where χ ≤ 2^(n/4), the square root of what n qubits can need."""
    few = _ENTANGLED_ROWS if qubits <= _QUICK_QUBITS else _FEW
    found, limit = bond_dimension(tuple(s[:few] for s in states)), 2.0 ** (qubits / 4)
    against = found <= limit
    means = ": a matrix product state of them costs next to nothing (Vidal 2003)"
    return Reason(
        check="bond dimension",
        value=found,
        limit=limit,
        against=against,
        said=f"the states have bond dimension {found} to within {DISCARDED:g}, {2 ** (qubits // 2)}"
        f" is the most for {qubits} qubits{means if against else ''}.",
    )
