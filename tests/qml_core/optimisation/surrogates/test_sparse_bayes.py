import numpy as np
import pytest

from qml_core.optimisation.comparison.planted import planted
from qml_core.optimisation.surrogates.features import PairwiseFeatures
from qml_core.optimisation.surrogates.sparse_bayes import (
    draw_sparse_bayes,
    gaussian_draw,
    gibbs,
)


def regression(n: int, p: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, p)), rng.normal(size=n), rng.uniform(0.2, 3, size=p)


@pytest.mark.parametrize(("n", "p"), [(4, 7), (9, 5), (1, 3)])
def test_coefficients_have_the_mean_and_covariance_of_the_posterior(n: int, p: int) -> None:
    X, y, prior = regression(n, p)
    rng, noise, draws = np.random.default_rng(1), 0.49, 8_000
    found = np.array([gaussian_draw(X, y, prior, noise, rng) for _ in range(draws)])
    inverse = np.linalg.inv(X.T @ X + np.diag(1 / prior))
    covariance = noise * inverse
    errors = (found.mean(0) - inverse @ X.T @ y) / np.sqrt(np.diag(covariance) / draws)
    assert np.abs(errors).max() < 4
    scale = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    np.testing.assert_allclose(np.cov(found.T) / scale, covariance / scale, atol=0.06)


def test_without_noise_both_draws_are_the_dense_ridge_solution() -> None:
    for n, p in [(6, 20), (20, 6)]:
        X, y, prior = regression(n, p)
        found = gaussian_draw(X, y, prior, 1e-24, np.random.default_rng(0))
        ridge = np.linalg.solve(X.T @ X + np.diag(1 / prior), X.T @ y)
        np.testing.assert_allclose(found, ridge, atol=1e-10)


def test_a_planted_sparse_pairwise_model_is_recovered() -> None:
    landscape = planted((2,) * 8, 3, coupled=5, noise=0.05)
    features = PairwiseFeatures((2,) * 8)
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, (150, 8))
    losses = landscape.model.energies(codes) + 0.05 * rng.standard_normal(150)
    models = draw_sparse_bayes(features, codes, losses, rng, 50, 400)
    found = np.array([features.coefficients(model)[1] for model in models])
    constant, truth = features.coefficients(landscape.model)
    # five hundredths over √150 is the standard error of least squares of orthogonal columns
    np.testing.assert_allclose(found.mean(0), truth, atol=5 * 0.05 / np.sqrt(150))
    assert np.mean([features.coefficients(m)[0] for m in models]) == pytest.approx(
        constant, abs=0.02
    )
    assert (truth == 0).sum() == 23
    absent, present = np.abs(found[:, truth == 0]), np.abs(truth[truth != 0])
    assert absent.mean() < 0.02 * present.mean()


def test_fewer_trials_than_terms_still_tell_the_strong_couplings() -> None:
    landscape = planted((2,) * 12, 1, coupled=4, fields=0.0, noise=0.0)
    features = PairwiseFeatures((2,) * 12)
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, (50, 12))
    assert features.count == 78
    models = draw_sparse_bayes(features, codes, landscape.model.energies(codes), rng, 20, 600)
    found = np.mean([features.coefficients(model)[1] for model in models], 0)
    truth = features.coefficients(landscape.model)[1]
    strongest = np.argsort(-np.abs(found))[:4]
    assert set(strongest) == set(np.flatnonzero(np.abs(truth) > 1e-9))


def test_the_noise_is_found() -> None:
    X, _, _ = regression(300, 5)
    rng = np.random.default_rng(2)
    y = X @ np.array([1.0, 0, 0, -1, 0]) + 2.0 + 0.5 * rng.standard_normal(300)
    states = list(gibbs(X, y, rng, 400))[200:]
    assert np.mean([s.noise for s in states]) == pytest.approx(0.25, rel=0.15)
    assert np.mean([s.intercept for s in states]) == pytest.approx(2.0, abs=0.1)
    assert np.std([s.intercept for s in states]) == pytest.approx(0.5 / np.sqrt(300), rel=0.3)


def test_one_coefficient_has_the_posterior_of_the_horseshoe_by_quadrature() -> None:
    rng = np.random.default_rng(4)
    x, n = 0.05 * rng.normal(size=8), 8
    y = 20 * x + rng.normal(size=8)
    xc, yc = x - x.mean(), y - y.mean()
    u = np.exp(np.linspace(-18, 18, 40_001))  # τλ: its density is 4 ln u / π² (u² − 1)
    density = np.where(np.abs(u - 1) < 1e-9, 2, 4 * np.log(u) / (u**2 - 1 + 1e-300)) / np.pi**2
    precision = xc @ xc + 1 / u**2
    slope = (xc @ yc) / precision
    rest = yc @ yc - (xc @ yc) * slope
    weights = u * density * (u**2 * precision) ** -0.5 * rest ** (-(n - 1) / 2)
    weights /= weights.sum()
    noise = rest / (n - 3)
    states = list(gibbs(x[:, None], y, rng, 8_000))[500:]
    expected = (weights @ slope, weights @ noise, weights @ (noise / precision + slope**2))
    slopes = np.array([state.coefficients[0] for state in states])
    found = (slopes.mean(), np.mean([state.noise for state in states]), (slopes**2).mean())
    np.testing.assert_allclose(found, expected, rtol=0.12)


def test_losses_of_any_unit_and_origin_give_the_same_model_in_it() -> None:
    rng = np.random.default_rng(0)
    codes, features = rng.integers(0, 2, (20, 5)), PairwiseFeatures((2,) * 5)
    losses = rng.normal(size=20)
    (one,) = draw_sparse_bayes(features, codes, losses, np.random.default_rng(7), 1, 50)
    (other,) = draw_sparse_bayes(features, codes, 1e3 * losses - 5, np.random.default_rng(7), 1, 50)
    np.testing.assert_allclose(other.energies(codes), 1e3 * one.energies(codes) - 5, rtol=1e-6)
