"""Searches on a table as tasks: made once, found again, made anew where the table is damaged."""

from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import pytest

from qml_core.events import StepDone, listening
from qml_core.references import LandscapeRef
from qml_core.settings import Settings
from qml_core.specs import ComparisonSpec, ObjectiveSpec, SearchSpec, SurrogateSpec
from qml_core.storage.content import QUARANTINE
from qml_core.storage.datasets import get_arrays, put_arrays
from qml_core.storage.store import open_store
from tasks import replays
from tasks.landscapes import FOLDER, landscape_of
from tasks.replays import replay_of, replay_search

COMPARISON = ComparisonSpec(
    seeds=2, trials=10, batch=3, surrogate=SurrogateSpec(sweeps=10, draws=1), tuning_graphs=0
)


@pytest.fixture
def landscape(ledger):
    """landscape(name, values): 24 configurations, one of which fails."""

    def put(name="table", values=None):
        given = np.random.default_rng(0).normal(size=24) if values is None else values
        given = np.array(given)
        given[5] = np.nan
        search = SearchSpec(
            space={"a": [0, 1, 2, 3], "b": [True, False], "c": ["u", "v", "w"]},
            objective=ObjectiveSpec(function="somewhere:f"),
        )
        store = open_store(Settings.from_environment().storage_url)
        return LandscapeRef(
            **put_arrays(store, FOLDER, {"value": given}, {}).model_dump(),
            name=name,
            value_name="f",
            maximised=False,
            search=COMPARISON.replayed(search),
        )

    return put


@pytest.fixture
def made(monkeypatch):
    """Searches that were really made: (searcher, seed)."""
    seen, replay = [], replays.replay

    def counted(opened, searcher, search, seed, *more):
        seen.append((searcher, seed))
        return replay(opened, searcher, search, seed, *more)

    monkeypatch.setattr(replays, "replay", counted)
    return seen


def test_a_search_is_made_once_and_found_again_with_its_own_time(landscape, made):
    ref, heard = landscape(), []
    with listening(heard.append):
        first, again = (replay_search.fn(ref, "qaoa", 1, COMPARISON) for _ in range(2))
    assert made == [("qaoa", 1)]
    assert again == first.model_copy(update={"reused": True})
    assert [event.reused for event in heard if isinstance(event, StepDone)] == [False, True]
    assert first.readouts == 3  # one draw in each of the rounds of 3, 3, 1 after 3 random trials
    assert 0 < first.evaluations <= 3 * COMPARISON.qaoa.evaluations
    assert first.seconds > 0


def test_what_is_read_back_is_the_search_on_the_table(landscape):
    ref = landscape()
    opened = landscape_of(ref)
    found = [
        replay_of(replay_search.fn(ref, name, 0, COMPARISON), opened.worst)
        for name in ("random", "grid", "anneal")
    ]
    for one in found:
        np.testing.assert_array_equal(one.losses, opened.loss(one.codes))
        assert len(one.losses) == COMPARISON.trials
        assert one.design == 3
        np.testing.assert_array_equal(one.codes[:3], found[0].codes[:3])
        assert one.best_so_far[-1] == np.nanmin(one.losses)


def test_another_seed_searcher_table_or_term_is_another_search(landscape, made):
    ref = landscape()
    replay_search.fn(ref, "random", 0, COMPARISON)
    replay_search.fn(ref, "random", 1, COMPARISON)
    replay_search.fn(ref, "grid", 0, COMPARISON)
    replay_search.fn(landscape(values=np.arange(24.0)), "random", 0, COMPARISON)
    longer = COMPARISON.model_copy(update={"trials": 11})
    replay_search.fn(ref, "random", 0, longer)
    more_seeds = COMPARISON.model_copy(update={"seeds": 9, "confidence": 0.9})
    replay_search.fn(ref, "random", 0, more_seeds)
    assert len(made) == 5


def test_the_same_table_under_another_name_keeps_its_own_name(landscape, made):
    replay_search.fn(landscape("xgboost"), "random", 0, COMPARISON)
    found = replay_search.fn(landscape("own: breast_cancer"), "random", 0, COMPARISON)
    assert found.landscape == "own: breast_cancer"
    assert len(made) == 1


def test_a_damaged_table_is_set_aside_and_the_search_made_again(landscape, made):
    ref = landscape()
    first = replay_search.fn(ref, "random", 0, COMPARISON)
    folder = Path(urlparse(first.store).path)
    (folder / first.path).write_bytes(b"damaged")
    again = replay_search.fn(ref, "random", 0, COMPARISON)
    assert len(made) == 2
    assert again.sha256 == first.sha256
    assert get_arrays(again)["loss"].shape == (10,)
    assert list((folder / QUARANTINE).rglob("*"))
