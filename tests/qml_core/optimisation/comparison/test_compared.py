"""Searchers compared on one space."""

import dataclasses

import numpy as np
import pytest

from qml_core.errors import SpecError
from qml_core.optimisation.comparison.compared import compare
from qml_core.optimisation.comparison.landscape import Landscape
from qml_core.optimisation.comparison.replay import Replay, replay
from qml_core.optimisation.space import Space
from qml_core.specs.search import SearchSpec
from qml_core.specs.space import DimensionSpec

SPACE = tuple(DimensionSpec(name=f"b{j}", values=(0, 1)) for j in range(6))
SEARCH = SearchSpec(space=SPACE, searcher="random", batch=4, initial=4)
SEEDS = range(12)


def table(name: str = "table") -> Landscape:
    return Landscape(Space.of(SPACE), np.random.default_rng(0).normal(size=64), name)


def renamed(replays: list[Replay], name: str) -> list[Replay]:
    return [dataclasses.replace(one, searcher=name) for one in replays]


def found_by(name: str, landscape: Landscape, seeds=SEEDS, trials: int = 16) -> list[Replay]:
    return [replay(landscape, name, SEARCH, seed, trials) for seed in seeds]


def with_the_optimum_at(trial: int, replays: list[Replay], landscape: Landscape) -> list[Replay]:
    """As if the searcher had found it there."""
    after = np.arange(16) >= trial
    return [
        dataclasses.replace(one, best_so_far=np.where(after, landscape.optimum, one.best_so_far))
        for one in replays
    ]


def test_identical_searchers_differ_in_no_contrast() -> None:
    landscape = table()
    random = found_by("random", landscape)
    replays = random + renamed(random, "qaoa") + renamed(random, "anneal")
    found = compare(landscape, replays, np.random.default_rng(0))
    assert [one.p for one in found.contrasts] == [1.0, 1.0]
    assert found.friedman is not None
    assert found.friedman.p == 1.0
    assert found.verdict.startswith("QAOA did not beat random at this budget")
    assert {of.rank for of in found.searchers.values()} == {2.0}


def test_a_searcher_that_finds_the_optimum_at_once_is_seen_to() -> None:
    landscape = table()
    random = found_by("random", landscape)
    early = with_the_optimum_at(4, random, landscape)
    replays = random + renamed(early, "qaoa") + renamed(early, "anneal")
    found = compare(landscape, replays, np.random.default_rng(0))
    assert "beat random" in found.verdict
    assert "but not simulated annealing" in found.verdict
    qaoa = found.searchers["qaoa"]
    assert (qaoa.hits, qaoa.rank) == (1.0, 1.5)
    assert qaoa.final.centre == pytest.approx(landscape.optimum)
    assert qaoa.area.low <= qaoa.area.centre <= qaoa.area.high


def test_the_numbers_of_the_space_are_printed_beside() -> None:
    landscape = table()
    found = compare(landscape, found_by("random", landscape), np.random.default_rng(0))
    assert (found.name, found.size, found.feasible) == ("table", 64, 64)
    assert (found.optimum, found.worst) == (landscape.losses.min(), landscape.losses.max())
    assert (found.trials, found.design, found.seeds) == (16, 4, tuple(SEEDS))
    assert found.friedman is None
    assert found.verdict.startswith("No verdict")
    random = found.searchers["random"]
    curves = np.stack([one.best_so_far for one in found_by("random", landscape)])
    np.testing.assert_allclose(random.mean.centre, curves.mean(axis=0))
    np.testing.assert_allclose(random.median.centre, np.median(curves, axis=0))
    assert random.areas.shape == (12,)


def test_spaces_are_never_pooled() -> None:
    replays = found_by("random", table()) + renamed(found_by("random", table("other")), "tpe")
    with pytest.raises(SpecError, match="'other'"):
        compare(table(), replays, np.random.default_rng(0))


@pytest.mark.parametrize(
    "other",
    [
        {"seeds": range(1, 13)},
        {"seeds": range(11)},
        {"trials": 17},
    ],
)
def test_searchers_of_other_seeds_or_budgets_are_not_compared(other) -> None:
    replays = found_by("random", table()) + renamed(found_by("random", table(), **other), "tpe")
    with pytest.raises(SpecError, match="tpe and random differ"):
        compare(table(), replays, np.random.default_rng(0))


def test_a_searcher_with_a_design_of_its_own_is_not_compared() -> None:
    random = found_by("random", table())
    moved = [dataclasses.replace(one, codes=one.codes[::-1]) for one in renamed(random, "tpe")]
    with pytest.raises(SpecError, match="initial designs"):
        compare(table(), random + moved, np.random.default_rng(0))


def test_nothing_to_compare_and_a_seed_twice_are_refused() -> None:
    with pytest.raises(SpecError, match="no replay"):
        compare(table(), [], np.random.default_rng(0))
    with pytest.raises(SpecError, match="twice"):
        compare(table(), found_by("random", table(), (1, 1)), np.random.default_rng(0))
