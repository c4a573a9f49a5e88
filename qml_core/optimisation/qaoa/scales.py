"""How large the coefficients of a problem are: units of the angles and of the energies."""

import math

import numpy as np

from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers

_CONFIGURATIONS = 256


def energy_spread(ising: Ising) -> float:
    """Standard deviation of the energy over all bit strings, √(Σ_{S≠∅} c_S²); 1 if constant."""
    return math.sqrt(sum(c * c for wires, c in ising.terms.items() if wires)) or 1.0


def phase_scale(ising: Ising, registers: Registers | None = None) -> float:
    """κ: the energy that hangs on one variable, root mean square; γκ is an angle of any problem.

    κ² is the mean over the variables v of E[Var_v C], the variance of the energy while v alone is
    drawn anew. Of free qubits it is Σ_S |S| c_S² / n; MaxCut of a D-regular graph has √D/2, and
    γκ is the angle of the Sherrington–Kirkpatrick model that D-regular graphs share
    (Basso et al. 2021, arXiv:2110.14206; weighted graphs: Sureshbabu et al. 2024,
    arXiv:2305.15201). Of one-hot groups it is estimated from configurations drawn with a fixed
    seed. 1 where the energy is constant.
    """
    if registers is None or not registers.one_hot:
        total = sum(len(wires) * c * c for wires, c in ising.terms.items())
        return math.sqrt(total / ising.n_qubits) or 1.0
    return _sampled(ising, registers) or 1.0


def _sampled(ising: Ising, registers: Registers) -> float:
    rng, levels = np.random.default_rng(0), registers.levels
    codes = np.stack([rng.integers(k, size=_CONFIGURATIONS) for k in levels], axis=1)
    variances = []
    for v, k in enumerate(levels):
        varied = np.repeat(codes, k, axis=0)
        varied[:, v] = np.tile(np.arange(k), len(codes))
        energies = ising.energies(registers.bits_of(varied)).reshape(len(codes), k)
        variances.append(energies.var(axis=1).mean())
    return math.sqrt(float(np.mean(variances)))
