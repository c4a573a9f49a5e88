"""What is read of a circuit: expectation values of sums of Pauli words."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray
from pennylane.pauli import PauliSentence, PauliWord

from qml_core.errors import SpecError
from qml_core.specs.circuit import MeasurementSpec

MAX_WORDS_QUBITS = 10
"""Qubits up to which the 2^n Pauli words of P(0…0) are written out."""

MAX_DIAGONALS = 2**22
"""Numbers in the diagonals of all outcomes: 32 MiB."""

MAX_GLOBAL_QUBITS = 22

Sentences = tuple[PauliSentence, ...]


@dataclass(frozen=True, eq=False)
class Readout:
    """The observables of k outcomes.

    Attributes:
        sentences: (k,) sums of Pauli words on wires 0 … n_qubits−1; of kind global on more than 10
            qubits, looking at them raises SpecError: use the diagonals.
        names: (k,) short, for tables.
        diagonals: (k, 2^n_qubits) eigenvalues of the basis states, wire 0 the most significant bit;
            none where an outcome is not diagonal or they would need more than 32 MiB.
    """

    n_qubits: int
    sentences: Sentences
    names: tuple[str, ...]
    diagonals: NDArray[np.float64] | None


def open_readout(spec: MeasurementSpec, n_qubits: int, outputs: int) -> Readout:
    """The observables for `outputs` outcomes or more: all that the spec names.

    Kind z without qubits reads the first `outputs` qubits; parity, local and global are one outcome
    each.

    Raises:
        SpecError: more outputs than outcomes, a qubit that is not there, or a Pauli sum that cannot
            be read.
    """
    names, sentences = _KINDS[spec.kind](spec, n_qubits, outputs)
    if len(names) < outputs:
        raise SpecError(
            f"{outputs} classes or targets, but measurement.kind={spec.kind} has {len(names)} "
            f"outcome{'s' if len(names) != 1 else ''} on {n_qubits} qubits",
            _remedy(spec, n_qubits, outputs),
        )
    return Readout(n_qubits, sentences, names, _diagonals(spec, sentences, n_qubits))


def pauli_sum(text: str, n_qubits: int) -> PauliSentence:
    """The sum a string such as "0.5*XIII - IZZI" means, letter i on wire i; raises SpecError."""
    if not _SUM.fullmatch(text):
        raise SpecError(
            f"Pauli sum {text!r} cannot be read",
            "write it as words with factors, such as 0.5*XIII - IIZZ",
        )
    total: dict[PauliWord, float] = {}
    for sign, factor, letters in _TERM.findall(text):
        if len(letters) != n_qubits:
            raise SpecError(
                f"word {letters} of {text!r} has {len(letters)} letters, found {n_qubits} qubits",
                "write a letter for each qubit, I where it is not read",
            )
        word = _word(dict(enumerate(letters)))
        total[word] = total.get(word, 0.0) + float(f"{sign}{factor or 1}")
    if not all(map(math.isfinite, total.values())):
        raise SpecError(f"Pauli sum {text!r} has a factor that is not finite")
    if not any(factor for word, factor in total.items() if len(word)):
        raise SpecError(
            f"Pauli sum {text!r} is a constant, which no parameter changes", "leave it out"
        )
    return PauliSentence({word: factor for word, factor in total.items() if factor})


_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
_TERM = re.compile(rf"([-+]?) *(?:({_NUMBER}) *\* *)?([IXYZ]+)")
_SUM = re.compile(
    rf" *[-+]? *(?:{_NUMBER} *\* *)?[IXYZ]+(?: *[-+] *(?:{_NUMBER} *\* *)?[IXYZ]+)* *"
)


def _z(spec: MeasurementSpec, n_qubits: int, outputs: int) -> tuple[tuple[str, ...], Sentences]:
    read = _read(spec, n_qubits) if spec.qubits else range(min(outputs, n_qubits))
    return tuple(f"Z{q}" for q in read), tuple(PauliSentence({_z_word([q]): 1.0}) for q in read)


def _parity(
    spec: MeasurementSpec, n_qubits: int, outputs: int
) -> tuple[tuple[str, ...], Sentences]:
    return ("parity",), (PauliSentence({_z_word(_read(spec, n_qubits)): 1.0}),)


def _local(spec: MeasurementSpec, n_qubits: int, outputs: int) -> tuple[tuple[str, ...], Sentences]:
    read = _read(spec, n_qubits)
    return ("local",), (PauliSentence({_z_word([q]): 1 / len(read) for q in read}),)


def _global(
    spec: MeasurementSpec, n_qubits: int, outputs: int
) -> tuple[tuple[str, ...], Sentences]:
    if n_qubits > MAX_GLOBAL_QUBITS:
        raise SpecError(
            f"measurement.kind=global on {n_qubits} qubits, at most {MAX_GLOBAL_QUBITS}",
            "choose measurement.kind=local, whose gradients do not vanish with the qubits",
        )
    if n_qubits > MAX_WORDS_QUBITS:
        return ("global",), _Unwritten(n_qubits)
    total = {  # |0…0⟩⟨0…0| = Π (1 + Z)/2
        _z_word([q for q in range(n_qubits) if subset >> q & 1]): 2.0 / 2**n_qubits
        for subset in range(2**n_qubits)
    }
    total[PauliWord({})] -= 1.0
    return ("global",), (PauliSentence(total),)


def _pauli(spec: MeasurementSpec, n_qubits: int, outputs: int) -> tuple[tuple[str, ...], Sentences]:
    return spec.paulis, tuple(pauli_sum(text, n_qubits) for text in spec.paulis)


_KINDS: dict[str, Callable[..., tuple[tuple[str, ...], Sentences]]] = {
    "z": _z,
    "parity": _parity,
    "local": _local,
    "global": _global,
    "pauli": _pauli,
}


class _Unwritten(tuple[PauliSentence, ...]):
    """One sentence of too many words to write down."""

    def __new__(cls, n_qubits: int) -> "_Unwritten":
        return super().__new__(cls, (PauliSentence({}),))

    def __init__(self, n_qubits: int) -> None:
        self._n_qubits = n_qubits

    def __iter__(self) -> Iterator[PauliSentence]:
        raise SpecError(
            f"P(0…0) of {self._n_qubits} qubits is a sum of 2^{self._n_qubits} Pauli words, at "
            f"most 2^{MAX_WORDS_QUBITS} are written out",
            "choose measurement.kind=local, or an exact backend with gradient=autograd",
        )

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        return list(self)[index]


def _read(spec: MeasurementSpec, n_qubits: int) -> Sequence[int]:
    missing = [q for q in spec.qubits if q >= n_qubits]
    if missing:
        raise SpecError(
            f"measurement.qubits names qubits {missing}, found a circuit of {n_qubits}",
            f"name qubits 0 to {n_qubits - 1}",
        )
    return spec.qubits or range(n_qubits)


def _word(letters: dict[int, str]) -> PauliWord:
    return PauliWord({wire: letter for wire, letter in letters.items() if letter != "I"})


def _z_word(qubits: Sequence[int]) -> PauliWord:
    return PauliWord(dict.fromkeys(qubits, "Z"))


def _remedy(spec: MeasurementSpec, n_qubits: int, outputs: int) -> str:
    if spec.kind == "pauli":
        return f"give {outputs} sums in measurement.paulis"
    if spec.kind == "z" and spec.qubits:
        return f"name {outputs} qubits in measurement.qubits, or none"
    if outputs <= n_qubits:
        return "choose measurement.kind=z"
    return "use more features or qubits, or model hybrid, whose head has any number of outputs"


def _diagonals(
    spec: MeasurementSpec, sentences: Sentences, n_qubits: int
) -> NDArray[np.float64] | None:
    if len(sentences) << n_qubits > MAX_DIAGONALS:
        return None
    if spec.kind == "global":
        found = np.full((1, 2**n_qubits), -1.0)
        found[0, 0] = 1.0
        return found
    if any(letter != "Z" for s in sentences for word in s for letter in word.values()):
        return None
    return np.stack([_diagonal(sentence, n_qubits) for sentence in sentences])


def _diagonal(sentence: PauliSentence, n_qubits: int) -> NDArray[np.float64]:
    total, basis = np.zeros(2**n_qubits), np.arange(2**n_qubits)
    for word, factor in sentence.items():
        signs = np.full(2**n_qubits, float(factor))
        for wire in word:
            signs *= 1 - 2 * (basis >> n_qubits - 1 - wire & 1)
        total += signs
    return total
