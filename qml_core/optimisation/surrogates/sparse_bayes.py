"""Bayesian linear regression under a horseshoe prior: what BOCS draws its models from.

Baptista, Poloczek, arXiv:1806.08838; Gibbs sampler of Makalic, Schmidt, arXiv:1508.03884, eq. 8-13;
draw of the coefficients, where there are fewer rows than columns, of Bhattacharya, Chakraborty,
Mallick, arXiv:1506.04778, algorithm 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular

from qml_core.optimisation.problems.potts import PottsModel
from qml_core.optimisation.surrogates.features import Floats, PairwiseFeatures

LEAST_NOISE = 1e-8
"""Variance of the noise at least, in units of the losses' variance: exact losses would end in 0."""

_SCALES = 1e-10, 1e8
"""Range of the prior variances; the half-Cauchy's tails leave any, and overflow with it."""


@dataclass(frozen=True)
class Posterior:
    """A state of the chain: y = intercept + X coefficients + noise of that variance."""

    intercept: float
    coefficients: Floats
    noise: float


def draw_sparse_bayes(
    features: PairwiseFeatures,
    codes: np.ndarray,
    losses: Floats,
    rng: np.random.Generator,
    draws: int,
    sweeps: int,
) -> tuple[PottsModel, ...]:
    """Draws from the posterior of the losses (n,) of configurations (n, v), which vary.

    One chain of `sweeps`, at least twice the draws: its first half is discarded, the draws are
    spread evenly over the second.
    """
    mean, scale = losses.mean(), losses.std()
    sweeps = max(sweeps, 2 * draws)
    kept = set((sweeps - 1 - (np.arange(draws) * (sweeps - sweeps // 2)) // draws).tolist())
    chain = gibbs(features.matrix(codes), (losses - mean) / scale, rng, sweeps)
    return tuple(
        features.model(mean + scale * state.intercept, scale * state.coefficients)
        for sweep, state in enumerate(chain)
        if sweep in kept
    )


def gibbs(X: Floats, y: Floats, rng: np.random.Generator, sweeps: int) -> Iterator[Posterior]:
    """States of a chain on X (n, p) and y (n,) of about unit variance; the intercept has a flat
    prior, a coefficient the variance noise · τ² · λ² with τ, λ half-Cauchy."""
    n, p = X.shape
    centre = X.mean(0)
    centred, target = X - centre, y - y.mean()
    local, local_aid, shared, shared_aid, noise = np.ones(p), np.ones(p), 1.0, 1.0, 1.0
    for _ in range(sweeps):
        prior = np.clip(shared * local, *_SCALES)
        beta = gaussian_draw(centred, target, prior, noise, rng)
        error = target - centred @ beta
        rate = (error @ error + (beta**2 / prior).sum()) / 2
        noise = max(LEAST_NOISE, rate / rng.standard_gamma((n - 1 + p) / 2))
        squares = beta**2 / (2 * noise)
        local = _inverse_gamma(1.0, 1 / local_aid + squares / shared, rng)
        shared = _inverse_gamma((p + 1) / 2, 1 / shared_aid + (squares / local).sum(), rng).item()
        local_aid = _inverse_gamma(1.0, 1 + 1 / local, rng)
        shared_aid = _inverse_gamma(1.0, np.asarray(1 + 1 / shared), rng).item()
        intercept = y.mean() - centre @ beta + np.sqrt(noise / n) * rng.standard_normal()
        yield Posterior(float(intercept), beta, noise)


def gaussian_draw(
    X: Floats, y: Floats, prior: Floats, noise: float, rng: np.random.Generator
) -> Floats:
    """(p,) from N(A⁻¹Xᵀy, noise·A⁻¹), A = XᵀX + diag(1/prior): O(n²p) for n < p, else O(np²)."""
    n, p = X.shape
    deviation = np.sqrt(noise)
    if n < p:
        u = deviation * np.sqrt(prior) * rng.standard_normal(p)
        v = X @ u + deviation * rng.standard_normal(n)
        weighted = X * prior
        factor = cholesky(weighted @ X.T + np.eye(n), lower=True)
        return np.asarray(u + weighted.T @ cho_solve((factor, True), y - v))
    # columns scaled by √prior: the smallest eigenvalue is 1 however small a prior variance is
    scaled = X * np.sqrt(prior)
    factor = cholesky(scaled.T @ scaled + np.eye(p), lower=True)
    mean = cho_solve((factor, True), scaled.T @ y)
    shift = solve_triangular(factor, rng.standard_normal(p), lower=True, trans=1)
    return np.asarray(np.sqrt(prior) * (mean + deviation * shift))


def _inverse_gamma(shape: float, rate: Floats, rng: np.random.Generator) -> Floats:
    """Of the rates' shape, within what can be multiplied and divided safely."""
    drawn = np.maximum(rng.standard_gamma(shape, np.shape(rate)), 1e-12)
    return np.clip(rate / drawn, *_SCALES)
