"""Variables of a problem as groups of qubits: free qubits, and one-hot groups."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising

Codes = NDArray[np.int64]
Bits = NDArray[np.uint8]


@dataclass(frozen=True)
class Registers:
    """Which wires hold which variable; together the groups hold each wire 0 … n − 1 once.

    Args:
        groups: one wire is a free qubit, two levels; k ≥ 2 wires are a one-hot group of k levels,
            level l has its l-th wire at 1 and the others at 0.

    Raises:
        SpecError: no group, an empty one, or a wire that is repeated or left out.
    """

    groups: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        wires = sorted(wire for group in self.groups for wire in group)
        if not wires or not all(self.groups) or wires != list(range(len(wires))):
            raise SpecError(
                f"registers {self.groups} asked, needed: groups that hold each of the wires "
                "0 … n − 1 once",
                "list every wire in one group; a free qubit is a group of one",
            )

    @classmethod
    def free(cls, n_qubits: int) -> "Registers":
        """Free qubits alone."""
        return cls(tuple((wire,) for wire in range(n_qubits)))

    @classmethod
    def of_levels(cls, levels: Sequence[int]) -> "Registers":
        """One qubit per variable of two levels, k qubits per variable of k ≥ 3, in their order.

        Raises:
            SpecError: a variable of fewer than two levels.
        """
        for variable, count in enumerate(levels):
            if count < 2:
                raise SpecError(
                    f"variable {variable} has {count} levels, a register needs 2 at least",
                    "leave out what has only one value",
                )
        sizes = [1 if count == 2 else count for count in levels]
        ends = accumulate(sizes)
        return cls(tuple(tuple(range(e - k, e)) for e, k in zip(ends, sizes, strict=True)))

    @cached_property
    def n_qubits(self) -> int:
        return sum(map(len, self.groups))

    @cached_property
    def levels(self) -> tuple[int, ...]:
        """Levels of each variable."""
        return tuple(max(2, len(group)) for group in self.groups)

    @cached_property
    def size(self) -> int:
        """Number of feasible states, the product of the levels."""
        return math.prod(self.levels)

    @cached_property
    def one_hot(self) -> bool:
        """Whether any variable takes more than one wire."""
        return any(len(group) > 1 for group in self.groups)

    def bits_of(self, codes: Codes) -> Bits:
        """Bits (m, n) of level numbers (m, v).

        Raises:
            SpecError: codes of another shape or out of range.
        """
        codes = np.asarray(codes)
        wanted = np.array(self.levels)
        if codes.ndim != 2 or codes.shape[1] != len(wanted):
            raise SpecError(
                f"codes of shape {codes.shape} given, needed: (m, {len(wanted)})",
                "give one level number per variable",
            )
        if ((codes < 0) | (codes >= wanted)).any():
            raise SpecError(
                f"codes between {codes.min()} and {codes.max()} given for variables of "
                f"{self.levels} levels",
                "count levels from 0",
            )
        bits = np.zeros((len(codes), self.n_qubits), dtype=np.uint8)
        for column, group in zip(codes.T, self.groups, strict=True):
            if len(group) == 1:
                bits[:, group[0]] = column
            else:
                bits[np.arange(len(codes)), np.array(group)[column]] = 1
        return bits

    def codes_of(self, bits: NDArray[Any]) -> tuple[Codes, NDArray[np.bool_]]:
        """Level numbers (m, v) of bits (m, n), and whether each row (m,) is feasible.

        A group with none or several of its wires at 1 makes the row infeasible; its code then is
        that of its first wire at 1, or 0.

        Raises:
            SpecError: bits of another shape.
        """
        bits = np.asarray(bits)
        if bits.ndim != 2 or bits.shape[1] != self.n_qubits:
            raise SpecError(
                f"bits of shape {bits.shape} given, needed: (m, {self.n_qubits})",
                "give one column per qubit",
            )
        codes = np.empty((len(bits), len(self.groups)), dtype=np.int64)
        feasible = np.ones(len(bits), dtype=np.bool_)
        for variable, group in enumerate(self.groups):
            some = bits[:, list(group)]
            codes[:, variable] = some[:, 0] if len(group) == 1 else some.argmax(axis=1)
            if len(group) > 1:
                feasible &= some.sum(axis=1) == 1
        return codes, feasible

    def diagonal(self, ising: Ising) -> torch.Tensor:
        """Energies (size,) float64 of all feasible states, codes in C order, last one fastest.

        Raises:
            SpecError: the polynomial has another number of qubits.
        """
        if ising.n_qubits != self.n_qubits:
            raise SpecError(
                f"energies of {ising.n_qubits} qubits on registers of {self.n_qubits} asked",
                "give registers that hold each qubit once",
            )
        tables = self._tables(ising)
        found = torch.full((1,), ising.constant, dtype=torch.float64)
        for last, count in enumerate(self.levels):
            found = found.repeat_interleave(count)
            for variables, table in tables.items():
                if variables[-1] == last:
                    self._add(found, variables, table)
        return found

    def _tables(self, ising: Ising) -> dict[tuple[int, ...], torch.Tensor]:
        """Sum of the terms on each set of variables, one axis per variable."""
        place = {
            wire: (v, k) for v, group in enumerate(self.groups) for k, wire in enumerate(group)
        }
        found: dict[tuple[int, ...], torch.Tensor] = {}
        for wires, coefficient in ising.terms.items():
            spins: dict[int, torch.Tensor] = {}
            for wire in wires:
                variable, position = place[wire]
                ones = spins.setdefault(variable, torch.ones(self.levels[variable]).double())
                ones[position if len(self.groups[variable]) > 1 else 1] *= -1
            variables = tuple(sorted(spins))
            if variables:
                table = torch.tensor(coefficient, dtype=torch.float64)
                for variable in variables:
                    table = table[..., None] * spins[variable]
                found[variables] = found[variables] + table if variables in found else table
        return found

    def _add(self, energies: torch.Tensor, variables: tuple[int, ...], table: torch.Tensor) -> None:
        """Broadcast the table over the variables it does not depend on, up to its last one."""
        shape, sizes, before = [], [], 0
        for variable in variables:
            shape += [math.prod(self.levels[before:variable]), self.levels[variable]]
            sizes += [1, self.levels[variable]]
            before = variable + 1
        energies.view(shape).add_(table.reshape(sizes))
