"""Factorisation machine: pairwise coefficients of low rank (FMQA, Kitai et al. 2020).

Rendle, ICDM 2010; Kitai et al., arXiv:1907.06867.
"""

import numpy as np
import torch

from qml_core.optimisation.problems.potts import PottsModel
from qml_core.optimisation.surrogates.features import Floats, PairwiseFeatures

STEPS, RATE = 300, 0.05
RIDGE = 1e-3
"""Of the squared parameters, beside the mean squared error of losses of unit variance."""


def draw_factorisation_machines(
    features: PairwiseFeatures,
    codes: np.ndarray,
    losses: Floats,
    rng: np.random.Generator,
    draws: int,
    rank: int,
) -> tuple[PottsModel, ...]:
    """Machines fitted to the losses (n,) of configurations (n, v), which vary.

    A machine has no posterior. Each draw is a fit of its own, with weights of the rows from the
    Bayesian bootstrap (Rubin 1981) and factors that start elsewhere, which stands for one.
    """
    mean, scale = losses.mean(), losses.std()
    linear = torch.from_numpy(features.linear(codes))
    target = torch.from_numpy((losses - mean) / scale)
    weights = torch.from_numpy(rng.dirichlet(np.ones(len(losses)), draws))
    start = torch.from_numpy(0.1 * rng.standard_normal((draws, linear.shape[1], rank)))
    constant, slopes, factors = _fitted(_by_variable(features, linear), target, weights, start)
    return tuple(
        features.model_of(mean + scale * c, scale * w, scale * (V @ V.T))
        for c, w, V in zip(constant.numpy(), slopes.numpy(), factors.numpy(), strict=True)
    )


def _by_variable(features: PairwiseFeatures, linear: torch.Tensor) -> torch.Tensor:
    """(n, v, c): the columns of each variable, zero elsewhere."""
    owned = torch.from_numpy(features.owners)[None] == torch.arange(len(features.sizes))[:, None]
    return linear[:, None, :] * owned


def _fitted(
    columns: torch.Tensor, target: torch.Tensor, weights: torch.Tensor, start: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Constants (d,), slopes (d, c) and factors (d, c, r) of all draws at once, by Adam."""
    d, c, _ = start.shape
    constant = torch.zeros(d, dtype=torch.float64, requires_grad=True)
    slopes = torch.zeros((d, c), dtype=torch.float64, requires_grad=True)
    factors = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([constant, slopes, factors], lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        optimiser.zero_grad()
        errors = (_predicted(columns, constant, slopes, factors) - target) ** 2
        ridge = RIDGE * ((slopes**2).sum() + (factors**2).sum())
        ((weights * errors).sum() + ridge).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return constant.detach(), slopes.detach(), factors.detach()


def _predicted(
    columns: torch.Tensor, constant: torch.Tensor, slopes: torch.Tensor, factors: torch.Tensor
) -> torch.Tensor:
    """(d, n); Σ_{i<j} ⟨e_i, e_j⟩ = ½(|Σ_i e_i|² − Σ_i |e_i|²), e_i the factors of variable i."""
    n, v, c = columns.shape
    d, _, rank = factors.shape
    embedded = (columns.reshape(n * v, c) @ factors).reshape(d, n, v, rank)
    pairs = (embedded.sum(2) ** 2).sum(-1) - (embedded**2).sum((2, 3))
    return constant[:, None] + slopes @ columns.sum(1).T + pairs / 2
