import numpy as np

from qml_core.optimisation.comparison.planted import planted
from qml_core.optimisation.surrogates.factorisation_machine import draw_factorisation_machines
from qml_core.optimisation.surrogates.features import PairwiseFeatures


def test_a_planted_model_predicts_configurations_it_has_not_seen() -> None:
    sizes = (2, 2, 3, 2, 3)
    landscape = planted(sizes, 0, coupled=3, noise=0.0)
    rng = np.random.default_rng(0)
    codes = np.indices(sizes, np.int64).reshape(5, -1).T[rng.permutation(72)]
    losses = landscape.model.energies(codes)
    models = draw_factorisation_machines(
        PairwiseFeatures(sizes), codes[:56], losses[:56], rng, 6, 4
    )
    predicted = np.mean([model.energies(codes[56:]) for model in models], 0)
    assert np.mean((predicted - losses[56:]) ** 2) < 0.2 * losses.var()


def test_draws_agree_where_there_are_trials_and_differ_where_there_are_none() -> None:
    sizes = (2,) * 10
    landscape = planted(sizes, 0, noise=0.0)
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 2, (40, 10))
    models = draw_factorisation_machines(
        PairwiseFeatures(sizes), codes, landscape.model.energies(codes), rng, 8, 3
    )
    elsewhere = rng.integers(0, 2, (200, 10))
    here = np.std([model.energies(codes) for model in models], axis=0).mean()
    there = np.std([model.energies(elsewhere) for model in models], axis=0).mean()
    assert 0 < here < 0.7 * there


def test_pairs_have_the_rank_asked_for() -> None:
    rng = np.random.default_rng(0)
    features, codes = PairwiseFeatures((2,) * 6), rng.integers(0, 2, (30, 6))
    (model,) = draw_factorisation_machines(features, codes, rng.normal(size=30), rng, 1, 1)
    J = {pair: table[1, 1] for pair, table in model.couplings.items()}
    assert abs(J[0, 1]) > 1e-6
    np.testing.assert_allclose(J[0, 1] * J[2, 3], J[0, 2] * J[1, 3], atol=1e-12)
