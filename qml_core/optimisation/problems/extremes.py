"""The least and the greatest energy of a small problem, by looking at every feasible state."""

from dataclasses import dataclass

import numpy as np
import torch

from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Bits, Registers
from qml_core.simulation.ising_diagonal import cost_diagonal

_ROUNDING = 1e-12
"""Of an energy of the diagonal, in units of the sum of all coefficients."""

_TIES = 4096


@dataclass(frozen=True)
class Extremes:
    """Energies over the feasible states, digit by digit those of Ising.energies."""

    lowest: float
    highest: float
    bits: Bits  # (n,) of lowest


def extremes(
    ising: Ising, registers: Registers | None = None, limit: int = 2**24
) -> Extremes | None:
    """Exact over the states that registers allow (none: all); none above limit states."""
    registers = registers or Registers.free(ising.n_qubits)
    if registers.size > limit:
        return None
    if registers.one_hot:
        values = registers.diagonal(ising)
    else:
        registers = Registers.free(ising.n_qubits)  # the first bit is 0 on the half space
        values = cost_diagonal(ising.terms, ising.n_qubits).values
    slack = _ROUNDING * float(np.abs(ising.coefficients).sum())
    low = _states(values <= values.min() + slack, registers)
    high = _states(values >= values.max() - slack, registers)
    energies = ising.energies(low)
    best = int(energies.argmin())
    return Extremes(float(energies[best]), float(ising.energies(high).max()), low[best])


def _states(chosen: torch.Tensor, registers: Registers) -> Bits:
    """Bits (m, n) of the first chosen states: those that rounding cannot tell apart."""
    flat = torch.nonzero(chosen)[:_TIES, 0].numpy()
    return registers.bits_of(np.stack(np.unravel_index(flat, registers.levels), axis=1))
