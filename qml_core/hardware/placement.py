"""The part of a device that circuits run on: joined qubits, gates that are known on all of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qml_core.errors import DataError
from qml_core.hardware.gates import native_gates
from qml_core.references import Calibration


@dataclass(frozen=True)
class Basis:
    """Gates to compile to; the record knows each of them on all of the qubits and pairs."""

    gates: frozenset[str]
    """PennyLane's names; RZ among them: a change of frame, without noise where none is known."""
    qubits: frozenset[int]
    pairs: frozenset[tuple[int, int]]
    """Ordered pairs of qubits that a gate joins."""


def native_basis(calibration: Calibration) -> Basis:
    """The one-qubit gates known on most qubits, the two-qubit gates known on most pairs.

    Where an error is not known a gate would have none: qubits and pairs without them are left out.
    """
    places: dict[str, set[tuple[int, ...]]] = defaultdict(set)
    for name, wires in native_gates(calibration):
        places[name].add(wires)
    single, ones = _known_on_most(places, 1)
    double, twos = _known_on_most(places, 2)
    qubits = {w for (w,) in ones} if single else set(range(len(calibration.qubits)))
    pairs = {(a, b) for a, b in twos if a in qubits and b in qubits}
    return Basis(frozenset({"RZ", *single, *double}), frozenset(qubits), frozenset(pairs))


def _known_on_most(
    places: dict[str, set[tuple[int, ...]]], n_wires: int
) -> tuple[set[str], set[tuple[int, ...]]]:
    """Names of gates on so many wires, and the places that all of them are known on."""
    counts = Counter(
        {name: len(on) for name, on in places.items() if all(len(w) == n_wires for w in on)}
    )
    most = max(counts.values(), default=0)
    names = {name for name, count in counts.items() if count == most}
    return names, set.intersection(*(places[name] for name in names)) if names else set()


def connected_qubits(calibration: Calibration, n_qubits: int) -> tuple[int, ...]:
    """The first `n_qubits` qubits that gates join, breadth first, ascending.

    Raises:
        DataError: so many are not joined.
    """
    basis = native_basis(calibration)
    largest = 0
    for start in sorted(basis.qubits):
        found = tuple(_breadth_first(basis, start, n_qubits))
        largest = max(largest, len(found))
        if len(found) == n_qubits:
            return tuple(sorted(found))
    raise DataError(
        f"{n_qubits} joined qubits asked, the calibration record of {calibration.backend} has "
        f"{largest}",
        "use fewer qubits, or the record of a larger device",
    )


def _breadth_first(basis: Basis, start: int, n_qubits: int) -> Iterator[int]:
    queue, seen = [start], {start}
    for _ in range(n_qubits):
        if not queue:
            return
        qubit = queue.pop(0)
        yield qubit
        joined = {b if a == qubit else a for a, b in basis.pairs if qubit in (a, b)}
        queue += sorted(joined - seen)
        seen |= joined


def restrict(calibration: Calibration, qubits: Sequence[int]) -> Calibration:
    """The record of some qubits of a device: qubit k of it is `qubits[k]` of the device."""
    place = {qubit: k for k, qubit in enumerate(qubits)}
    gates = tuple(
        gate.model_copy(update={"wires": tuple(place[w] for w in gate.wires)})
        for gate in calibration.gates
        if place.keys() >= set(gate.wires)
    )
    coupling = calibration.coupling
    if coupling is not None:
        coupling = tuple((place[a], place[b]) for a, b in coupling if a in place and b in place)
    return calibration.model_copy(
        update={
            "qubits": tuple(calibration.qubits[q] for q in qubits),
            "gates": gates,
            "coupling": coupling,
        }
    )
