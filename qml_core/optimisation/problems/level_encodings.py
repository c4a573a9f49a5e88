"""Categorical variables on qubits: one-hot groups, or binary words with penalties."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.potts import PottsModel
from qml_core.optimisation.problems.registers import Bits, Codes, Registers

Kind = Literal["one_hot", "binary"]

_MARGIN = 1.05
"""Penalty of an unused word in units of the spread of the energies; above 1 keeps it on top."""

_ENUMERATED = 2**16
"""States up to which the spread is computed, not bounded: a small penalty bends angles less."""


@dataclass(frozen=True)
class EncodedModel:
    """A PottsModel on qubits: every feasible bit string has the energy of its levels.

    one_hot: the energy of infeasible bit strings means nothing; XY mixers never reach them.
    binary: they lie above every feasible one, by at least `penalty` minus the model's spread.
    """

    ising: Ising
    registers: Registers
    kind: Kind
    levels: tuple[int, ...]
    penalty: float = 0.0

    @property
    def n_qubits(self) -> int:
        return self.ising.n_qubits

    def codes_of(self, bits: NDArray[Any]) -> tuple[Codes, NDArray[np.bool_]]:
        """Level numbers (m, v) of bits (m, n) and which rows (m,) are feasible.

        Infeasible rows hold some level, to be left alone.
        """
        if self.kind == "one_hot":
            return self.registers.codes_of(bits)
        words = self.registers.codes_of(bits)[0]
        columns = [
            words[:, start:end] @ (1 << np.arange(end - start)[::-1])
            for start, end in _words(self.levels)
        ]
        codes: Codes = np.stack(columns, axis=1)
        used = codes < np.array(self.levels)
        feasible: NDArray[np.bool_] = np.all(used, axis=1)
        return np.where(used, codes, 0), feasible

    def bits_of(self, codes: Codes) -> Bits:
        """Bits (m, n) of level numbers (m, v)."""
        if self.kind == "one_hot":
            return self.registers.bits_of(codes)
        columns = [
            column[:, None] >> np.arange(end - start)[::-1] & 1
            for column, (start, end) in zip(codes.T, _words(self.levels), strict=True)
        ]
        return np.concatenate(columns, axis=1).astype(np.uint8)


def encode(model: PottsModel, kind: Kind) -> EncodedModel:
    """The Ising polynomial of a model.

    one_hot: one qubit per variable of two levels, k qubits per variable of k ≥ 3, degree 2.
    binary: ⌈log2 k⌉ qubits per variable, its level as a binary number, first wire most
    significant; an unused word has the energy of the level without its first bit, plus a penalty.

    Raises:
        SpecError: a variable of one level, or more qubits than an Ising polynomial may have.
    """
    one_hot = Registers.of_levels(model.levels)
    if kind == "one_hot":
        bases = [_one_hot_basis(group) for group in one_hot.groups]
        return EncodedModel(_ising(model, bases), one_hot, kind, model.levels)
    penalty = _penalty(model) if any(k & (k - 1) for k in model.levels) else 0.0
    bases = [
        _binary_basis(range(start, end), k, penalty)
        for (start, end), k in zip(_words(model.levels), model.levels, strict=True)
    ]
    ising = _ising(model, bases)
    return EncodedModel(ising, Registers.free(ising.n_qubits), kind, model.levels, penalty)


@dataclass(frozen=True)
class _Basis:
    """Indicators of the levels of a variable: Σ_t weights[t, level] Π Z of wires[t]."""

    wires: tuple[tuple[int, ...], ...]
    weights: NDArray[np.float64]  # (t, k)
    unused: NDArray[np.float64]  # (t,) what the variable adds by itself


def _one_hot_basis(group: Sequence[int]) -> _Basis:
    if len(group) == 1:
        return _binary_basis(group, 2, 0.0)
    weights = np.vstack([np.full(len(group), 0.5), -0.5 * np.eye(len(group))])
    return _Basis(((), *((wire,) for wire in group)), weights, np.zeros(len(weights)))


def _binary_basis(wires: Sequence[int], levels: int, penalty: float) -> _Basis:
    """Walsh functions of the word."""
    size = 2 ** len(wires)
    words = np.arange(size)
    chosen = words[:, None] >> np.arange(len(wires))[::-1] & 1  # masks, and words
    walsh = (1.0 - 2.0 * (chosen @ chosen.T % 2)) / size
    used = words < levels
    level = np.where(used, words, words - size // 2)
    weights = np.zeros((size, levels))
    np.add.at(weights.T, level, walsh.T)
    products = tuple(tuple(np.array(wires)[mask == 1].tolist()) for mask in chosen)
    return _Basis(products, weights, walsh @ (penalty * ~used))


def _ising(model: PottsModel, bases: Sequence[_Basis]) -> Ising:
    terms: dict[tuple[int, ...], float] = {(): float(model.constant)}
    for field, basis in zip(model.fields, bases, strict=True):
        coefficients = basis.weights @ field + basis.unused
        for wires, coefficient in zip(basis.wires, coefficients.tolist(), strict=True):
            terms[wires] = terms.get(wires, 0.0) + coefficient
    for (i, j), table in model.couplings.items():
        products = (bases[i].weights @ table @ bases[j].weights.T).tolist()
        for left, row in zip(bases[i].wires, products, strict=True):
            for right, coefficient in zip(bases[j].wires, row, strict=True):
                terms[left + right] = terms.get(left + right, 0.0) + coefficient
    return Ising(1 + max(wire for basis in bases for some in basis.wires for wire in some), terms)


def _words(levels: Sequence[int]) -> list[tuple[int, int]]:
    """First wire of each variable's binary word, and the one after its last."""
    ends = list(accumulate(((k - 1).bit_length() for k in levels), initial=0))
    return list(pairwise(ends))


def _penalty(model: PottsModel) -> float:
    """More than the difference of any two energies of the model."""
    if np.prod([float(k) for k in model.levels]) <= _ENUMERATED:
        states = np.indices(model.levels).reshape(len(model.levels), -1).T
        spread = float(np.ptp(model.energies(states)))
    else:
        tables = (*model.fields, *model.couplings.values())
        spread = float(sum(np.ptp(table) for table in tables))
    if not np.isfinite(_MARGIN * spread):
        raise SpecError(
            "penalty above a spread of energies that overflows asked", "scale the energies down"
        )
    return _MARGIN * spread or 1.0
