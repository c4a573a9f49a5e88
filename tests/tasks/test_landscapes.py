"""Spaces evaluated as a whole: every value in its place, failed ones kept, signs of losses."""

import numpy as np
import pytest

from qml_core.errors import DataError
from qml_core.optimisation.comparison.planted import planted
from qml_core.references import SearchPlan, Trial
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, ComparisonSpec, ObjectiveSpec, RunSpec, SearchSpec
from qml_core.specs.comparison import built_in
from tasks.landscapes import landscape_of, plant, put_landscape

SPACE = {"a": [0, 1, 2], "b": {"kind": "real", "low": 1, "high": 4, "points": 4}}
FLAT = [0.5, 3.0, np.nan, 1.0, 7.0, 2.0, 4.0, 9.0, -1.0, 6.0, 8.0, 5.0]


@pytest.fixture
def put(ledger):
    """put(values, direction): the landscape of trials in a shuffled order; NaN: failed."""

    def tabulate(values=FLAT, direction=None):
        objective = ObjectiveSpec(function="somewhere:f", direction=direction)
        search = SearchSpec(space=SPACE, objective=objective, searcher="random")
        plan = SearchPlan(
            key="0" * 64,
            store=Settings.from_environment().storage_url,
            search=search,
            backend=BackendSpec(),
            seed=0,
        )
        order = np.random.default_rng(0).permutation(12)
        trials = tuple(trial(number, at, values[at]) for number, at in enumerate(order, start=1))
        return put_landscape.fn("table", plan, trials, ComparisonSpec().replayed(search))

    return tabulate


def trial(number, at, value):
    codes = tuple(int(code) for code in np.unravel_index(at, (3, 4)))
    failed = bool(np.isnan(value))
    return Trial(
        store="file:///s",
        path="trials/00/00.parquet",
        sha256="0" * 64,
        number=number,
        round=0,
        codes=codes,
        configuration={"a": codes[0], "b": codes[1] + 1.0},
        source="searcher",
        key="0" * 64,
        status="failed" if failed else "done",
        value=None if failed else value,
        error="no" if failed else "",
        seconds=0.5,
        reused=number > 8,
    )


def test_values_lie_in_the_order_of_the_codes_whatever_that_of_the_trials(put):
    ref = put()
    assert (ref.seconds, ref.reused, ref.value_name) == (8 * 0.5, 4, "somewhere:f")
    landscape = landscape_of(ref)
    np.testing.assert_array_equal(landscape.losses, FLAT)
    assert landscape.loss(np.array([[2, 0], [1, 3], [0, 2]])).tolist()[:2] == [-1.0, 9.0]
    assert (landscape.feasible, landscape.optimum, landscape.worst) == (11, -1.0, 9.0)


def test_what_is_maximised_has_its_largest_value_as_the_least_loss(put):
    landscape = landscape_of(put(direction="maximise"))
    assert (landscape.optimum, landscape.worst) == (-9.0, 1.0)
    assert landscape.loss(np.array([[1, 3]])).tolist() == [-9.0]


def test_a_space_in_which_everything_fails_is_refused(put):
    with pytest.raises(DataError, match="all 12 losses"):
        landscape_of(put([np.nan] * 12))


def test_the_planted_landscape_is_that_of_the_seed_and_the_same_table_again(ledger):
    search = ComparisonSpec().replayed(built_in("planted")[1])
    first, again, other = (plant.fn(search, RunSpec(seed=seed)) for seed in (3, 3, 4))
    assert first.sha256 == again.sha256 != other.sha256
    found = landscape_of(first)
    np.testing.assert_array_equal(found.losses, planted((4, 4, 3, 3, 2, 2, 2, 2), 3).losses)
    assert found.space.size == search.size == 2304
