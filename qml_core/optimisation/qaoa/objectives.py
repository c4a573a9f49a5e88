"""What the angles are tuned for: functions of the energies that a QAOA state may give.

Exact values go through a diagonal whose expectation, at the probabilities it was made for, has the
value of the objective and its gradient. Samples go through the same formula with their shares.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.errors import DataError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.qaoa.scales import energy_spread
from qml_core.simulation.qaoa_layers import Observable
from qml_core.specs import QAOASpec

_LARGEST_EXPONENT = 700.0


class Objective(Protocol):
    """Is minimised over the angles."""

    def observable(self, energies: torch.Tensor) -> Observable | None:
        """For a space with these energies (N,); None: the energies themselves."""

    def of_samples(self, energies: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
        """Of samples with energies (m,), each found counts (m,) times."""


@dataclass(frozen=True)
class Expectation:
    """⟨C⟩."""

    def observable(self, energies: torch.Tensor) -> Observable | None:
        return None

    def of_samples(self, energies: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
        return float(energies @ _shares(counts))


@dataclass(frozen=True)
class CVaR:
    """Mean energy of the share alpha with the least energies (Barkoutsos et al. 2020, eq. 7).

    As q + ⟨min(C − q, 0)⟩/α with q the α-quantile (Rockafellar, Uryasev 2000), which splits a tie
    at the quantile exactly.
    """

    alpha: float

    def observable(self, energies: torch.Tensor) -> Observable | None:
        if self.alpha == 1:
            return None
        order = torch.argsort(energies)

        def diagonal(probabilities: torch.Tensor) -> torch.Tensor:
            q = energies[order[self._quantile(probabilities[order])]]
            return q + torch.clamp(energies - q, max=0) / self.alpha

        return diagonal

    def of_samples(self, energies: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
        shares = torch.from_numpy(_shares(counts))
        values = torch.from_numpy(np.asarray(energies, dtype=np.float64))
        order = torch.argsort(values)
        q = values[order[self._quantile(shares[order])]]
        return float(q + (torch.clamp(values - q, max=0) @ shares) / self.alpha)

    def _quantile(self, ascending: torch.Tensor) -> int:
        """First position at which the probabilities so far reach alpha."""
        reached = torch.cumsum(ascending.double(), 0)
        wanted = torch.tensor(self.alpha, dtype=torch.float64, device=reached.device)
        return min(int(torch.searchsorted(reached, wanted)), len(reached) - 1)


@dataclass(frozen=True)
class Gibbs:
    """−log⟨exp(−η C)⟩ (Li et al. 2020, eq. 3); no unit.

    Args:
        eta: one over an energy.
    """

    eta: float

    def observable(self, energies: torch.Tensor) -> Observable | None:
        exponents = -self.eta * energies

        def diagonal(probabilities: torch.Tensor) -> torch.Tensor:
            log_mean = torch.logsumexp(exponents + torch.log(probabilities), 0)
            weights = torch.exp(torch.clamp(exponents - log_mean, max=_LARGEST_EXPONENT))
            return 1 - log_mean - weights

        return diagonal

    def of_samples(self, energies: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
        exponents = -self.eta * np.asarray(energies, dtype=np.float64)
        return float(-np.logaddexp.reduce(exponents + np.log(_shares(counts))))


def open_objective(spec: QAOASpec, ising: Ising) -> Objective:
    """The objective of a specification.

    Gibbs: eta is divided by the spread that the energies have over all bit strings, which follows
    from the coefficients, so that exact values and shots mean the same.
    """
    if spec.objective == "cvar":
        return CVaR(spec.alpha)
    if spec.objective == "gibbs":
        return Gibbs(spec.eta / energy_spread(ising))
    return Expectation()


def _shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    total = int(counts.sum())
    if total == 0 or (counts <= 0).any():
        raise DataError(
            f"objective of samples asked, found {len(counts)} rows with {total} shots in all",
            "give at least one shot to each row; where none is feasible, take more shots",
        )
    return np.asarray(counts, dtype=np.float64) / total
