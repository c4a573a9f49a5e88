import numpy as np
import pytest

from qml_core.errors import CircuitRefused
from qml_core.optimisation.comparison.planted import Planted, planted
from qml_core.optimisation.searchers._searcher import History
from qml_core.optimisation.searchers.surrogate import (
    Solver,
    SurrogateSearcher,
    draws_after,
    propose_round,
)
from qml_core.optimisation.space import Space
from qml_core.specs.search import SearchSpec

SOLVERS: tuple[Solver, ...] = ("qaoa", "anneal")


def search_of(sizes: tuple[int, ...], **fields: object) -> SearchSpec:
    space = {f"x{i}": list(range(k)) for i, k in enumerate(sizes)}
    qaoa = {"samples": 128, "evaluations": 6}
    found = {"space": space, "batch": 3, "surrogate": {"sweeps": 60}, "qaoa": qaoa, **fields}
    return SearchSpec.model_validate(found)


def history_of(landscape: Planted, space: Space, count: int, seed: int = 0) -> History:
    codes = space.random(count, np.random.default_rng(seed))
    return History(codes, landscape.losses[space.flat(codes)])


def best_found(landscape: Planted, solver: Solver | None, seed: int, trials: int) -> float:
    """Of a search with a random design of 16 trials; no solver: random altogether."""
    search = search_of(landscape.sizes)
    space = Space.of(search.space)
    if solver is None:
        return float(history_of(landscape, space, trials, seed).losses.min())
    searcher = SurrogateSearcher(space, search, seed, solver)
    design = history_of(landscape, space, 16, seed)
    searcher.tell(design.codes, design.losses)
    best = [design.losses.min()]
    for _ in range((trials - 16) // 3):
        codes = searcher.ask(3)
        losses = landscape.losses[space.flat(codes)]
        searcher.tell(codes, losses)
        best.append(losses.min())
    return float(min(best))


@pytest.mark.parametrize("encoding", ["one_hot", "binary", "blocks"])
@pytest.mark.parametrize("kind", ["sparse_bayes", "factorisation_machine"])
def test_both_solvers_see_the_same_draws(kind: str, encoding: str) -> None:
    sizes = (2, 3, 2, 3)
    surrogate = {"kind": kind, "encoding": encoding, "sweeps": 20}
    search = search_of(sizes, surrogate=surrogate)
    space, landscape = Space.of(search.space), planted(sizes, 0)
    history = history_of(landscape, space, 10)
    rounds = [propose_round(space, search, 5, solver, history, 3) for solver in SOLVERS]
    for one, other in zip(rounds[0].draws, rounds[1].draws, strict=True):
        every = space.all_codes()
        np.testing.assert_array_equal(one.model.energies(every), other.model.energies(every))
        assert one.free == other.free
        np.testing.assert_array_equal(one.incumbent, other.incumbent)
        assert one.encoded.ising == other.encoded.ising
    assert len(rounds[0].results) == 3
    assert rounds[1].results == ()


@pytest.mark.parametrize(("solver", "most"), [("qaoa", 6), ("anneal", 0)])
def test_a_round_keeps_to_its_evaluations_and_says_how_many_it_took(
    solver: Solver, most: int
) -> None:
    sizes = (2, 3, 2)
    search = search_of(sizes)
    space, landscape = Space.of(search.space), planted(sizes, 0)
    history = history_of(landscape, space, 6)
    searcher = SurrogateSearcher(space, search, 0, solver)
    searcher.tell(history.codes, history.losses)
    assert searcher.spent.evaluations == 0
    searcher.ask(3)
    assert (searcher.spent.evaluations > 0) is (most > 0)
    assert searcher.spent.evaluations <= most


def test_a_simulation_keeps_to_its_memory() -> None:
    search = search_of((2,) * 12)
    searcher = SurrogateSearcher(Space.of(search.space), search, 0, "qaoa", memory_bytes=2**12)
    with pytest.raises(CircuitRefused, match="bytes"):
        searcher.ask(1)


def test_rounds_and_seeds_have_draws_of_their_own() -> None:
    sizes = (2, 3, 2)
    search = search_of(sizes)
    space, landscape = Space.of(search.space), planted(sizes, 0)
    histories = [history_of(landscape, space, n) for n in (6, 7)]
    models = [draws_after(space, search, s, h)[0].model for s in (0, 1) for h in histories]
    every = space.all_codes()
    assert len({model.energies(every).tobytes() for model in models}) == 4


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_configuration_is_asked_once_until_none_is_left(solver: Solver) -> None:
    sizes = (2, 3, 2)
    search = search_of(sizes)
    space = Space.of(search.space)
    searcher = SurrogateSearcher(space, search, 0, solver)
    seen: list[int] = []
    while len(codes := searcher.ask(5)):
        seen += space.flat(codes).tolist()
        losses = np.where(codes[:, 0] == 1, np.nan, codes.sum(1))
        searcher.tell(codes, losses)
    assert sorted(seen) == list(range(12))


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("encoding", ["one_hot", "binary", "blocks"])
def test_what_is_proposed_is_the_best_that_a_draw_says_is_new(
    solver: Solver, encoding: str
) -> None:
    sizes = (2, 2, 3)
    qaoa, surrogate = {"samples": 4096, "evaluations": 30}, {"encoding": encoding}
    search = search_of(sizes, qaoa=qaoa, surrogate=surrogate)
    space, landscape = Space.of(search.space), planted(sizes, 1)
    history = history_of(landscape, space, 4)
    found = propose_round(space, search, 0, solver, history, 1)
    every = space.all_codes()
    new = ~np.isin(space.flat(every), space.flat(history.codes))
    energies = found.draws[0].model.energies(every)
    assert found.candidates.source == ("searcher",)
    proposed = found.draws[0].model.energies(found.candidates.codes)[0]
    assert proposed == pytest.approx(energies[new].min())


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_search_by_the_surrogate_beats_random_on_planted_structure(solver: Solver) -> None:
    gained = []
    for seed in range(4):
        landscape = planted((2,) * 10, seed, fields=0.2)
        found = best_found(landscape, solver, seed, 40)
        gained.append(best_found(landscape, None, seed, 40) - found)
        assert found < np.quantile(landscape.losses, 0.02)
    assert np.mean(gained) > 0
