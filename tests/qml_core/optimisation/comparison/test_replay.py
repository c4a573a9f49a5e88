"""Searches on a table."""

import itertools

import numpy as np
import pytest

from qml_core.errors import SpecError
from qml_core.optimisation.comparison.landscape import Landscape
from qml_core.optimisation.comparison.replay import replay
from qml_core.optimisation.space import Space
from qml_core.specs.search import SearchSpec
from qml_core.specs.space import DimensionSpec

SPACE = (
    DimensionSpec(name="a", kind="integer", low=0, high=5),
    DimensionSpec(name="b", kind="real", low=0, high=1, points=4),
)
SEARCH = SearchSpec(space=SPACE, searcher="random", batch=4)


@pytest.fixture
def landscape() -> Landscape:
    losses = np.random.default_rng(0).normal(size=24)
    losses[[3, 10, 11]] = np.nan
    return Landscape(Space.of(SPACE), losses, "table")


@pytest.mark.parametrize("name", ["random", "grid", "exhaustive", "tpe"])
def test_each_trial_is_new_and_read_from_the_table(name: str, landscape: Landscape) -> None:
    found = replay(landscape, name, SEARCH, seed=1, trials=14)
    assert found.codes.shape == (14, 2)
    assert len({tuple(row) for row in found.codes.tolist()}) == 14
    np.testing.assert_array_equal(found.losses, landscape.loss(found.codes))
    assert (np.diff(found.best_so_far) <= 0).all()
    assert found.best_so_far[-1] == np.nanmin(found.losses)
    assert (found.landscape, found.searcher, found.seed) == ("table", name, 1)
    assert (found.evaluations, found.readouts, found.seconds) == (0, 0, 0.0)


def test_every_searcher_of_a_seed_begins_with_the_same_design(landscape: Landscape) -> None:
    names = ("random", "grid", "exhaustive", "tpe")
    designs = {name: replay(landscape, name, SEARCH, 5, 20) for name in names}
    rule = SEARCH.model_copy(update={"searcher": "tpe", "trials": 20}).design
    assert {found.design for found in designs.values()} == {rule} == {4}
    for found in designs.values():
        np.testing.assert_array_equal(found.codes[:4], designs["random"].codes[:4])
    other = replay(landscape, "random", SEARCH, 6, 20)
    assert not np.array_equal(other.codes[:4], designs["random"].codes[:4])


def test_the_design_is_that_of_a_search_whatever_the_searcher(landscape: Landscape) -> None:
    wide = SEARCH.model_copy(update={"batch": 1})
    assert replay(landscape, "random", wide, 0, 20).design == len(SPACE)
    assert replay(landscape, "random", wide, 0, 1).design == 1
    asked = SEARCH.model_copy(update={"initial": 9})
    assert replay(landscape, "grid", asked, 0, 20).design == 9


def test_the_circuits_of_qaoa_are_counted_and_annealing_has_none(landscape: Landscape) -> None:
    search = SEARCH.model_copy(update={"surrogate": SEARCH.surrogate.model_copy(
        update={"sweeps": 10, "draws": 2})})  # fmt: skip
    found = replay(landscape, "qaoa", search, 0, 12)
    assert found.readouts == 2 * 2
    assert 2 * 2 <= found.evaluations <= 2 * search.qaoa.evaluations
    control = replay(landscape, "anneal", search, 0, 12)
    assert (control.evaluations, control.readouts) == (0, 0)


def test_the_same_seed_is_the_same_search(landscape: Landscape) -> None:
    first, second = (replay(landscape, "tpe", SEARCH, 2, 16) for _ in range(2))
    np.testing.assert_array_equal(first.codes, second.codes)


def test_a_budget_above_the_space_ends_with_the_space(landscape: Landscape) -> None:
    found = replay(landscape, "random", SEARCH, 0, 1000)
    assert len(found.losses) == 24
    assert found.best_so_far[-1] == landscape.optimum


def test_a_longer_search_begins_like_the_shorter_one_of_the_same_design(landscape) -> None:
    search = SearchSpec(space=SPACE, searcher="random", batch=4, initial=4)
    short, long = (replay(landscape, "tpe", search, 3, trials) for trials in (12, 20))
    np.testing.assert_array_equal(long.codes[:12], short.codes)


def test_the_clock_is_read_before_and_after(landscape: Landscape) -> None:
    ticks = itertools.count(10.0, 2.5)
    assert replay(landscape, "random", SEARCH, 0, 8, clock=lambda: next(ticks)).seconds == 2.5


def test_a_replay_of_no_trial_is_refused(landscape: Landscape) -> None:
    with pytest.raises(SpecError, match="0 trials"):
        replay(landscape, "random", SEARCH, 0, 0)
