"""Ising polynomials from and to PennyLane operators."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from qml_core.errors import SpecError
from qml_core.optimisation.problems.qubo import Terms

_MOST_WIRES = 4096
"""Wires numbered beyond are names, not positions."""


def terms_of(hamiltonian: Any, wires: Sequence[Hashable] | None) -> tuple[int, Terms]:
    """Number of qubits and the terms; raises as Ising.from_hamiltonian does."""
    sentence = getattr(hamiltonian, "pauli_rep", None)
    if sentence is None:
        raise SpecError(
            f"{type(hamiltonian).__name__} given, needed: a PennyLane sum of products of Z",
            "build it from qml.Z and qml.Identity with +, * and @",
        )
    order = _order(hamiltonian, wires)
    qubit = {wire: index for index, wire in enumerate(order)}
    found: Terms = {}
    for word, coefficient in sentence.items():
        if not set(word.values()) <= {"Z"}:
            raise SpecError(
                f"Hamiltonian with {word} given, an Ising polynomial has Z and identities alone",
                "rotate it to the Z basis, or drop the term",
            )
        found[tuple(sorted(qubit[wire] for wire in word))] = _real(coefficient, word)
    return len(order), found


def operator(n_qubits: int, terms: Mapping[tuple[int, ...], float]) -> Any:
    """Σ c Π Z, with an identity on all wires, so that wires without a term are kept."""
    import pennylane as qml

    operators = [qml.Identity(wires=range(n_qubits))]
    coefficients = [terms.get((), 0.0)]
    for wires, coefficient in terms.items():
        if wires:
            factors = [qml.Z(wire) for wire in wires]
            operators.append(qml.prod(*factors) if len(factors) > 1 else factors[0])
            coefficients.append(coefficient)
    return qml.dot(coefficients, operators)


def _order(hamiltonian: Any, wires: Sequence[Hashable] | None) -> list[Hashable]:
    found = list(hamiltonian.wires)
    if wires is not None:
        missing = [wire for wire in found if wire not in wires]
        if missing or len(set(wires)) < len(wires):
            raise SpecError(
                f"wires {list(wires)} given for a Hamiltonian on {found}, each is needed once",
                "name every wire once",
            )
        return list(wires)
    if found and all(isinstance(wire, int) and 0 <= wire < _MOST_WIRES for wire in found):
        return list(range(max(found) + 1))
    return found


def _real(coefficient: Any, word: Any) -> float:
    number = complex(coefficient)
    if number.imag:
        raise SpecError(
            f"coefficient {number} of {word} given, energies are real", "give a real number"
        )
    return number.real
