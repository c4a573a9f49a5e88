"""Evolution in the space of the registers' levels: XY mixers on one-hot groups, warm starts."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.correlations import correlations
from qml_core.optimisation.qaoa.samples import Samples, draw_states
from qml_core.optimisation.qaoa.transverse_evolution import checked
from qml_core.simulation.ising_diagonal import require_memory
from qml_core.simulation.product_mixer import ProductMixer, workspace_bytes
from qml_core.simulation.qaoa_layers import Observable
from qml_core.simulation.register_mixers import (
    RegisterMixer,
    complete_pairs,
    exchanged,
    ring_pairs,
    transverse,
    warm_started,
)

Angles = NDArray[np.float64]

_PAIRS = {"xy_ring": ring_pairs, "xy_complete": complete_pairs}


@dataclass(frozen=True)
class FeasibleEvolution:
    """See `evolution.Evolution`; basis states are the registers' levels, the last one fastest."""

    registers: Registers
    engine: ProductMixer

    @classmethod
    def of(
        cls,
        ising: Ising,
        registers: Registers,
        mixer: str,
        start: str = "w",
        warm: NDArray[np.float64] | None = None,
        memory_bytes: int | None = None,
    ) -> "FeasibleEvolution":
        """Its energies computed; a warm start is one of free qubits.

        Raises:
            CircuitRefused: more than memory_bytes are needed; nothing was allocated then.
        """
        # energies, the probabilities, an observable
        needed = workspace_bytes(registers.size) + (8 + 8 + 8) * registers.size
        require_memory(needed, memory_bytes, registers.n_qubits)
        if warm is not None:
            wires = [group[0] for group in registers.groups]
            mixers = [warm_started(float(warm[wire])) for wire in wires]
        else:
            mixers = [_mixer(len(group), mixer, start) for group in registers.groups]
        return cls(registers, ProductMixer(registers.diagonal(ising), mixers))

    @property
    def energies(self) -> torch.Tensor:
        return self.engine.energies

    @property
    def n_qubits(self) -> int:
        return self.registers.n_qubits

    def values(self, angles: Angles, observable: Observable | None = None) -> NDArray[np.float64]:
        pairs = checked(angles, 3)
        found: NDArray[np.float64] = self.engine.values(
            pairs[:, 0], pairs[:, 1], observable
        ).numpy()
        return found

    def value_and_gradient(
        self, angles: Angles, observable: Observable | None = None
    ) -> tuple[float, NDArray[np.float64]]:
        gammas, betas = checked(angles, 2)[:, None]
        value, by_gamma, by_beta = self.engine.values_and_gradients(gammas, betas, observable)
        return value.item(), torch.cat([by_gamma, by_beta]).numpy()

    def probabilities(self, angles: Angles) -> torch.Tensor:
        gammas, betas = checked(angles, 2)[:, None]
        return self.engine.probabilities(gammas, betas)[0]

    def sample(self, angles: Angles, shots: int, rng: np.random.Generator) -> Samples:
        states, counts = draw_states(self.probabilities(angles), shots, rng)
        codes = np.stack(np.unravel_index(states, self.registers.levels), axis=1)
        return Samples(self.registers.bits_of(codes), counts)

    def correlations(self, angles: Angles) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        signs = [_signs(len(group)) for group in self.registers.groups]
        z, zz = (found.numpy() for found in correlations(self.probabilities(angles), signs))
        order = np.argsort([wire for group in self.registers.groups for wire in group])
        return z[order], zz[np.ix_(order, order)]


def _mixer(wires: int, mixer: str, start: str) -> RegisterMixer:
    if wires == 1:
        return transverse()
    first = np.eye(wires)[0] if start == "basis" else None
    return exchanged(wires, _PAIRS[mixer](wires), first)


def _signs(wires: int) -> torch.Tensor:
    """(k, wires): −1 where the wire is 1 on the level."""
    ones = torch.tensor([[0.0], [1.0]]) if wires == 1 else torch.eye(wires)
    return 1 - 2 * ones.double()
