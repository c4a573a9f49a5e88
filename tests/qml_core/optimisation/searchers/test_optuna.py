"""Optuna's samplers find what random search does not, and never propose a configuration twice."""

import numpy as np
import pytest
from scipy.stats import ttest_rel

from qml_core.optimisation.comparison.curves import area
from qml_core.optimisation.comparison.landscape import Landscape
from qml_core.optimisation.comparison.replay import replay
from qml_core.optimisation.searchers._optuna import near
from qml_core.optimisation.space import Space
from qml_core.specs.search import SearchSpec
from qml_core.specs.space import DimensionSpec

ADDITIVE = (
    DimensionSpec(name="depth", kind="integer", low=0, high=7),
    DimensionSpec(name="C", kind="real", low=0.01, high=100, points=9, scale="log"),
    DimensionSpec(name="entangler", values=("ring", "all", "none", "star")),
    DimensionSpec(name="map", values=("z", "zz", "iqp")),
)


def additive() -> Landscape:
    """A bowl in the numbers, any values of the words."""
    terms = (
        (np.arange(8) - 5.0) ** 2 / 16,
        (np.arange(9) - 2.0) ** 2 / 16,
        np.array([0.7, 0.0, 1.4, 0.9]),
        np.array([0.5, 1.1, 0.0]),
    )
    return Landscape.tabulated(
        Space.of(ADDITIVE),
        lambda codes: sum(term[codes[:, j]] for j, term in enumerate(terms)),
        "additive",
    )


def areas(name: str, seeds: range, trials: int, batch: int) -> np.ndarray:
    search = SearchSpec(space=ADDITIVE, searcher="random", batch=batch, initial=8)
    landscape = additive()
    found = [replay(landscape, name, search, seed, trials) for seed in seeds]
    best = np.stack([one.best_so_far for one in found])
    return area(best, landscape.optimum, landscape.worst)


@pytest.mark.parametrize(
    ("name", "seeds", "trials", "level"),
    [
        ("tpe", 16, 40, 0.05),
        ("gp", 3, 20, 0.5),
        pytest.param("gp", 12, 40, 0.01, marks=pytest.mark.slow),
    ],
)
def test_it_beats_random_search_on_an_additive_landscape(
    name: str, seeds: int, trials: int, level: float
) -> None:
    found = areas(name, range(seeds), trials, batch=4)
    random = areas("random", range(seeds), trials, batch=4)
    assert found.mean() < random.mean()
    assert ttest_rel(found, random, alternative="less").pvalue < level


def test_the_nearest_free_configuration_differs_in_one_dimension() -> None:
    space, rng = Space.of(ADDITIVE), np.random.default_rng(0)
    code = np.array([5, 2, 1, 2])
    moved = [near(space, code, {int(space.flat(code[None])[0])}, rng) for _ in range(50)]
    assert {int((one != code).sum()) for one in moved} == {1}
    assert len({tuple(one) for one in moved}) > 10


def test_the_last_free_configuration_is_found_however_far() -> None:
    space, rng = Space.of(ADDITIVE), np.random.default_rng(0)
    free = np.array([7, 8, 3, 0])
    taken = set(range(space.size)) - {int(space.flat(free[None])[0])}
    np.testing.assert_array_equal(near(space, np.zeros(4, np.int64), taken, rng), free)
