"""Level numbers, flat numbers and values of a search space."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.errors import SpecError
from qml_core.optimisation.space import Space
from qml_core.specs.space import DimensionSpec

MIXED = Space.of(
    (
        DimensionSpec(name="any", values=(True, 1, "1", 0.5)),
        DimensionSpec(name="C", kind="real", low=0.1, high=10, points=3, scale="log"),
        DimensionSpec(name="reps", kind="integer", low=2, high=3),
    )
)
HUGE = Space.of([DimensionSpec(name=f"x{j}", kind="integer", low=0, high=9999) for j in range(20)])
sizes = st.lists(st.integers(1, 5), min_size=1, max_size=5)


def space_of(levels: list[int]) -> Space:
    return Space.of(
        [DimensionSpec(name=f"x{j}", values=tuple(range(k))) for j, k in enumerate(levels)]
    )


def test_the_levels_are_those_of_the_dimensions_in_order() -> None:
    assert MIXED.names == ("any", "C", "reps")
    assert MIXED.kinds == ("categorical", "real", "integer")
    assert MIXED.levels == ((True, 1, "1", 0.5), (0.1, 1.0, 10.0), (2, 3))
    assert (MIXED.sizes, MIXED.size) == ((4, 3, 2), 24)


def test_a_configuration_has_the_values_of_its_level_numbers() -> None:
    assert MIXED.configuration(MIXED.all_codes()[5]) == {"any": True, "C": 10.0, "reps": 3}


@pytest.mark.parametrize("code", [[4, 0, 0], [0, -1, 0], [0, 0]])
def test_a_code_outside_the_space_is_refused(code: list[int]) -> None:
    with pytest.raises(SpecError):
        MIXED.configuration(code)


@given(sizes)
def test_flat_numbers_count_in_c_order(levels: list[int]) -> None:
    space = space_of(levels)
    codes = space.all_codes()
    np.testing.assert_array_equal(codes, list(np.ndindex(*levels)))
    np.testing.assert_array_equal(space.flat(codes), np.arange(space.size))
    np.testing.assert_array_equal(space.unflat(np.arange(space.size)), codes)


def test_flat_numbers_beyond_64_bits_are_exact() -> None:
    codes = np.full((2, 20), 9999)
    codes[1] = np.arange(20)
    assert HUGE.flat(codes)[0] == HUGE.size - 1 == 10**80 - 1
    np.testing.assert_array_equal(HUGE.unflat(HUGE.flat(codes)), codes)
    assert HUGE.random(3, np.random.default_rng(0), codes).shape == (3, 20)


@settings(deadline=None)
@given(sizes, st.integers(0, 40), st.integers(0, 40), st.integers(0, 2**32))
def test_random_codes_are_distinct_and_none_of_the_excluded(
    levels: list[int], count: int, excluded: int, seed: int
) -> None:
    space, rng = space_of(levels), np.random.default_rng(seed)
    before = space.random(excluded, rng)
    drawn = space.random(count, rng, before)
    flat = space.flat(drawn).tolist()
    assert len(flat) == len(set(flat)) == min(count, space.size - len(before))
    assert not set(flat) & set(space.flat(before).tolist())
    np.testing.assert_array_equal(space.checked(drawn), drawn)


@pytest.mark.parametrize("levels", [[2, 3], [6, 5, 4]])
def test_random_codes_are_uniform(levels: list[int]) -> None:
    space, rng = space_of(levels), np.random.default_rng(1)
    found = [space.flat(space.random(2, rng, space.all_codes()[:1])) for _ in range(6000)]
    counts = np.bincount(np.concatenate(found), minlength=space.size)[1:]
    expected = 12000 / (space.size - 1)
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected)).all()
