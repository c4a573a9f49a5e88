from itertools import product

import numpy as np
import pytest

from qml_core.optimisation.problems.potts import PottsModel
from qml_core.optimisation.surrogates import annealing
from qml_core.optimisation.surrogates.annealing import anneal


def random_model(sizes: tuple[int, ...], seed: int, scale: float = 1.0) -> PottsModel:
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for j in range(len(sizes)) for i in range(j)]
    return PottsModel(
        scale,
        tuple(scale * rng.normal(size=k) for k in sizes),
        {(i, j): scale * rng.normal(size=(sizes[i], sizes[j])) for i, j in pairs},
    )


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e9])
@pytest.mark.parametrize("sizes", [(2,) * 10, (3, 4, 2, 5, 1, 3), (7,), (2, 2)])
def test_the_least_energy_there_is_is_found(sizes: tuple[int, ...], scale: float) -> None:
    for seed in range(5):
        model = random_model(sizes, seed, scale)
        every = np.array(list(product(*map(range, sizes))))
        found = anneal(model, 1024, np.random.default_rng(seed))
        assert found.energies[0] == pytest.approx(model.energies(every).min(), rel=1e-12)
        np.testing.assert_array_equal(found.energies, model.energies(found.codes))


def test_results_are_distinct_sorted_counted_and_repeatable() -> None:
    model = random_model((3,) * 8, 0)
    found, again = (anneal(model, 160, np.random.default_rng(4)) for _ in range(2))
    assert len(np.unique(found.codes, axis=0)) == len(found.codes) > 1
    assert (np.diff(found.energies) >= 0).all()
    assert found.counts.sum() == 160
    np.testing.assert_array_equal(found.codes, again.codes)


def test_the_chains_end_in_local_minima_and_are_read_on_the_way() -> None:
    model = random_model((3, 2, 4, 3), 2)
    found = anneal(model, 800, np.random.default_rng(0), sweeps=300)
    minima = 0
    for code, energy, count in zip(found.codes, found.energies, found.counts, strict=True):
        around = [np.tile(code, (size, 1)) for size in model.levels]
        for i, moved in enumerate(around):
            moved[:, i] = np.arange(model.levels[i])
        if energy <= model.energies(np.concatenate(around)).min() + 1e-12:
            minima += count
    assert minima > 0.95 * 800  # sixteen last sweeps of 300 are all cold
    warm = anneal(model, 800, np.random.default_rng(0), sweeps=30)
    assert len(warm.codes) > 2 * len(found.codes)


def test_a_constant_model_is_read_at_random() -> None:
    model = PottsModel(1.0, (np.zeros(2), np.zeros(3)), {})
    found = anneal(model, 600, np.random.default_rng(0))
    assert len(found.codes) == 6
    assert found.counts.min() > 60


def test_the_conditional_distribution_is_that_of_the_temperature(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(annealing, "COLDEST", 1.0)
    monkeypatch.setattr(annealing, "GREEDY", 1.0)
    model = random_model((3, 2), 5)
    every = np.array(list(product(range(3), range(2))))
    pair = np.ptp(model.couplings[0, 1], axis=0).max(), np.ptp(model.couplings[0, 1], axis=1).max()
    hottest = max(np.ptp(model.fields[0]) + pair[0], np.ptp(model.fields[1]) + pair[1])
    weights = np.exp(-model.energies(every) / hottest)
    found = anneal(model, 160_000, np.random.default_rng(0))
    order = np.argsort(np.ravel_multi_index(found.codes.T, (3, 2)))
    shares = found.counts[order] / found.counts.sum()
    np.testing.assert_allclose(shares, weights / weights.sum(), atol=0.005)
