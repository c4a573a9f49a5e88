"""Evolution under the X mixer on free qubits, on the half space for an even polynomial."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.qaoa.correlations import correlations
from qml_core.optimisation.qaoa.samples import Samples, draw_states
from qml_core.simulation.ising_diagonal import IsingDiagonal, cost_diagonal, require_memory
from qml_core.simulation.qaoa import expectation, probabilities
from qml_core.simulation.qaoa_layers import Observable, Workspace, workspace, workspace_bytes

Angles = NDArray[np.float64]

_BATCH = 2**10


@dataclass(frozen=True)
class TransverseEvolution:
    """See `evolution.Evolution`; half space: basis states are those whose first bit is 0."""

    diagonal: IsingDiagonal
    work: Workspace

    @classmethod
    def of(cls, ising: Ising, memory_bytes: int | None = None) -> "TransverseEvolution":
        """Its diagonal and working memory made.

        Raises:
            CircuitRefused: more than memory_bytes are needed; nothing was allocated then.
        """
        half = ising.even and ising.n_qubits > 1
        size = 1 << (ising.n_qubits - half)
        # energies and their levels, the probabilities, an observable
        needed = workspace_bytes(size, _BATCH) + (8 + 4 + 8 + 8) * size
        require_memory(needed, memory_bytes, ising.n_qubits)
        diagonal = cost_diagonal(ising.terms, ising.n_qubits, half_space=half)
        return cls(diagonal, workspace(diagonal, _BATCH))

    @property
    def energies(self) -> torch.Tensor:
        return self.diagonal.values

    @property
    def n_qubits(self) -> int:
        return self.diagonal.n_qubits

    def values(self, angles: Angles, observable: Observable | None = None) -> NDArray[np.float64]:
        gammas, betas = torch.from_numpy(checked(angles, 3)).unbind(1)
        found = expectation(self.diagonal, gammas, betas, observable=observable, work=self.work)
        values: NDArray[np.float64] = found.numpy()
        return values

    def value_and_gradient(
        self, angles: Angles, observable: Observable | None = None
    ) -> tuple[float, NDArray[np.float64]]:
        pair = torch.from_numpy(checked(angles, 2)).requires_grad_()
        value = expectation(self.diagonal, *pair, observable=observable, work=self.work)
        (gradient,) = torch.autograd.grad(value, pair)
        return value.item(), gradient.numpy()

    def probabilities(self, angles: Angles) -> torch.Tensor:
        gammas, betas = torch.from_numpy(checked(angles, 2))
        return probabilities(self.diagonal, gammas, betas, folded=True, work=self.work)

    def sample(self, angles: Angles, shots: int, rng: np.random.Generator) -> Samples:
        states, counts = draw_states(self.probabilities(angles), shots, rng)
        bits = (states[:, None] >> np.arange(self.n_qubits - 1, -1, -1) & 1).astype(np.uint8)
        if not self.diagonal.half_space:
            return Samples(bits, counts)
        complements = rng.binomial(counts, 0.5)
        both = np.concatenate([bits, 1 - bits]), np.concatenate([counts - complements, complements])
        return Samples(*both).merged()

    def correlations(self, angles: Angles) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        half = self.diagonal.half_space
        signs = [torch.tensor([[1.0], [-1.0]], dtype=torch.float64)] * self.n_qubits
        if half:
            signs[0] = signs[0][:1]
        z, zz = correlations(self.probabilities(angles), signs)
        return (0 * z if half else z).numpy(), zz.numpy()


def checked(angles: Angles, dimensions: int) -> Angles:
    """Angles (…, 2, p) as contiguous float64.

    Raises:
        SpecError: another shape, or an angle that is no finite number.
    """
    found = np.array(angles, dtype=np.float64)
    wanted = "(b, 2, p)" if dimensions == 3 else "(2, p)"
    if found.ndim != dimensions or found.shape[-2] != 2 or not found.shape[-1]:
        raise SpecError(
            f"angles of shape {found.shape} given, needed: {wanted}, p ≥ 1",
            "give one gamma and one beta per layer",
        )
    if not np.isfinite(found).all():
        raise SpecError("angles that are no finite numbers given", "give radians")
    return found
