"""The cost whose gradients are looked at: C = (1 − ⟨O⟩)/2 in [0, 1] of a readout's first outcome.

In this normalisation the global cost is 1 − P(0…0) and the local cost 1 − (1/n) Σ_j P(0_j), as in
Cerezo et al. 2021 (arXiv:2001.00550).
"""

from dataclasses import dataclass

import torch
from pennylane.pauli import PauliSentence, PauliWord

from qml_core.circuits.readout import open_readout
from qml_core.simulation.observables import PauliSum, diagonal_expectation, pauli_sum
from qml_core.specs import MeasurementSpec


@dataclass(frozen=True, eq=False)
class Cost:
    """C = (1 − ⟨O⟩)/2.

    Attributes:
        words: Pauli words that make O by sums and products: a gate that none of them feels has no
            influence on O.
        diagonal: (2^n_qubits,) of O in the computational basis; None where it is not diagonal.
        sentence: O as a sum of Pauli words; None where it is diagonal.
    """

    n_qubits: int
    words: tuple[PauliWord, ...]
    diagonal: torch.Tensor | None
    sentence: PauliSentence | None
    terms: PauliSum | None

    def expectation(self, states: torch.Tensor) -> torch.Tensor:
        """⟨O⟩ of states (m, 2^n_qubits): (m,), in [-1, 1] for all but Pauli sums."""
        if self.diagonal is not None:
            return diagonal_expectation(states, self.diagonal)
        assert self.terms is not None
        return self.terms.expectation(states)

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        """The cost of states (m, 2^n_qubits): (m,)."""
        return (1 - self.expectation(states)) / 2


def open_cost(measurement: MeasurementSpec, n_qubits: int) -> Cost:
    """The cost of the first outcome.

    Raises:
        SpecError: the measurement does not fit so many qubits.
    """
    readout = open_readout(measurement, n_qubits, 1)
    diagonal = None if readout.diagonals is None else torch.from_numpy(readout.diagonals[0])
    if measurement.kind == "global":  # its words are the products of these
        words = tuple(PauliWord({q: "Z"}) for q in range(n_qubits))
        return Cost(n_qubits, words, diagonal, None, None)
    sentence = readout.sentences[0]
    words = tuple(word for word in sentence if len(word))
    if diagonal is not None:
        return Cost(n_qubits, words, diagonal, None, None)
    terms = pauli_sum(sentence.operation(), n_qubits, torch.device("cpu"))
    return Cost(n_qubits, words, None, sentence, terms)
