"""A comparison as a flow: grids once, the same start for all, goes on where it was interrupted."""

import sys
from pathlib import Path

import numpy as np
import pytest

from flows.compare_searchers import compare_searchers
from qml_core.errors import SpecError
from qml_core.specs import (
    BackendSpec,
    ComparisonSpec,
    DatasetSpec,
    ObjectiveSpec,
    SearchSpec,
    SurrogateSpec,
)
from qml_core.storage.datasets import get_arrays
from tasks import replays

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

SEARCHERS = ("qaoa", "anneal", "random")
FUNCTION = """
from pathlib import Path

def f(asked):
    with Path(__file__).with_name("calls").open("a") as file:
        file.write(repr(sorted(asked.items())) + "\\n")
    if asked["c"] == "w" and asked["a"] == 2:
        raise ValueError("fails")
    return asked["a"] * (1 if asked["b"] else -1) + (asked["c"] == "u")
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A comparison on the planted landscape and on a function of 3 x 2 x 3 configurations."""
    name = f"compared_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(FUNCTION)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    search = SearchSpec(
        space={"a": [0, 1, 2], "b": [True, False], "c": ["u", "v", "w"]},
        objective=ObjectiveSpec(function=f"{name}:f", direction="maximise"),
    )
    yield ComparisonSpec(
        spaces=("planted",),
        search=search,
        searchers=SEARCHERS,
        seeds=2,
        trials=12,
        batch=4,
        surrogate=SurrogateSpec(sweeps=10, draws=1),
        priced_as=BackendSpec(name="braket.iqm.Garnet", shots=500),
        tuning_graphs=0,
    )
    sys.modules.pop(name, None)


@pytest.fixture
def made(monkeypatch):
    """Searches that were really made; `made.stop_after`: Ctrl-C comes with the next one."""
    seen, replay = Made(), replays.replay

    def counted(opened, searcher, search, seed, *more):
        if len(seen) == seen.stop_after:
            raise KeyboardInterrupt
        seen.append((opened.name, searcher, seed))
        return replay(opened, searcher, search, seed, *more)

    monkeypatch.setattr(replays, "replay", counted)
    return seen


class Made(list):
    stop_after = None


def calls():
    path = Path("calls")
    return path.read_text().splitlines() if path.exists() else []


def outcome(found):
    """All but wall times, which the run that made a search has measured."""
    untimed = {"costs": {"__all__": {"seconds"}}}
    return [space.model_dump(exclude=untimed) for space in found.spaces]


def test_an_interrupted_comparison_goes_on_and_a_finished_one_is_all_found_again(stores, own, made):
    folder = stores("interrupted")
    made.stop_after = 5
    with pytest.raises(KeyboardInterrupt):
        compare_searchers(own)
    assert len(calls()) == len(set(calls())) == 18
    made.stop_after = None
    found = compare_searchers(own)
    assert len(made) == len(set(made)) == 2 * 3 * 2
    again = compare_searchers(own)
    assert (len(made), len(calls())) == (12, 18)
    assert again.spaces == found.spaces
    assert again.replays.sha256 == found.replays.sha256
    check_contents(found)
    check_starts(found)
    page = (folder / found.report.path).read_text()
    for said in ("Contrasts declared beforehand", "braket.iqm.Garnet", "fail; a searcher can try"):
        assert said in page

    stores("whole")
    whole = compare_searchers(own)
    assert outcome(whole) == outcome(found)
    assert whole.replays.sha256 == found.replays.sha256


def check_contents(found):
    planted, own = found.spaces
    assert (planted.name, planted.size) == ("planted", 2304)
    assert own.name.startswith("own: compared_")
    assert (own.size, own.optimum) == (18 - 2, 3.0)
    for space in found.spaces:
        assert set(space.areas) == set(space.ranks) == set(space.costs) == set(SEARCHERS)
        assert set(space.corrected) == {"qaoa − anneal", "qaoa − random"}
        assert "2 seeds, it needs at least 10" in space.verdict
        assert space.friedman is not None
        assert space.costs["random"].circuits == space.costs["anneal"].usd == 0
        cost = space.costs["qaoa"]
        readouts = (cost.circuits - cost.evaluations) / 3  # 1024 samples, at most 500 a circuit
        assert readouts == (1 if space is planted else 2)
        assert cost.evaluations >= readouts
        assert cost.shots == 500 * cost.evaluations + 3 * 342 * readouts
        expected = 0.3 * (cost.evaluations + readouts) + 0.00145 * cost.shots
        assert cost.usd == pytest.approx(expected)


def check_starts(found):
    table = get_arrays(found.replays)
    for space in ("planted", found.spaces[1].name):
        for seed in (0, 1):
            here = (table["space"] == space) & (table["seed"] == seed)
            starts = [table["loss"][here & (table["searcher"] == s)] for s in SEARCHERS]
            design = 8 if space == "planted" else 4  # one per hyper-parameter, at least a batch
            assert {len(losses) for losses in starts} == {12}
            for losses in starts:
                np.testing.assert_array_equal(losses[:design], starts[0][:design])


def test_a_data_set_without_a_space_of_its_own_is_refused(stores):
    stores("refused")
    with pytest.raises(SpecError, match=r"moons asked without a space of one's own"):
        compare_searchers(ComparisonSpec(spaces=("planted",)), DatasetSpec(name="moons"))
