"""The sub-grid of a budget."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qml_core.optimisation.searchers._searcher import History
from qml_core.optimisation.searchers.grid import grid, levels_within
from qml_core.optimisation.space import Space
from qml_core.specs.space import DimensionSpec


def space_of(*sizes: int) -> Space:
    return Space.of(
        [DimensionSpec(name=f"x{j}", kind="integer", low=1, high=k) for j, k in enumerate(sizes)]
    )


@pytest.mark.parametrize(
    ("sizes", "budget", "levels"),
    [
        ((8, 8), 10, (3, 3)),
        ((8, 8), 12, (4, 3)),
        ((8, 2, 8), 39, (4, 2, 4)),
        ((2,) * 8, 20, (2, 2, 2, 2, 1, 1, 1, 1)),
        ((3, 1, 4), 100, (3, 1, 4)),
        ((9, 9), 1, (1, 1)),
    ],
)
def test_levels_grow_evenly_within_the_budget(sizes, budget: int, levels) -> None:
    assert levels_within(sizes, budget) == levels


@given(st.lists(st.integers(1, 12), min_size=1, max_size=6), st.integers(1, 500))
def test_no_dimension_could_have_one_level_more(sizes: list[int], budget: int) -> None:
    levels = levels_within(sizes, budget)
    assert math.prod(levels) <= budget
    for size, count in zip(sizes, levels, strict=True):
        assert count == size or math.prod(levels) // count * (count + 1) > budget


def test_the_grid_reaches_both_ends_and_comes_first() -> None:
    space = space_of(9, 5, 7)
    asked = grid(space, 18, seed=3)(History.empty(space), 18)
    assert sorted(map(tuple, asked.tolist())) == [
        (a, b, c) for a in (0, 4, 8) for b in (0, 2, 4) for c in (0, 6)
    ]


def test_of_a_dimension_with_one_level_the_middle_is_taken() -> None:
    space = space_of(9, 9)
    assert grid(space, 1, seed=0)(History.empty(space), 1).tolist() == [[4, 4]]


def test_seeds_order_the_same_grid_differently() -> None:
    space = space_of(9, 9)
    first, second = (grid(space, 25, seed)(History.empty(space), 25).tolist() for seed in (0, 1))
    assert sorted(first) == sorted(second)
    assert first != second


def test_after_the_grid_the_rest_of_the_space_follows() -> None:
    space = space_of(9, 9)
    propose = grid(space, 4, seed=0)
    told = propose(History.empty(space), 4)
    asked = propose(History.empty(space).then(space, told, np.zeros(4)), 77)
    assert len(set(space.flat(np.concatenate([told, asked])).tolist())) == 81


def test_one_batch_may_take_the_grid_and_the_rest() -> None:
    space = space_of(9, 9)
    asked = grid(space, 40, seed=0)(History.empty(space), 81)
    assert sorted(space.flat(asked).tolist()) == list(range(81))
