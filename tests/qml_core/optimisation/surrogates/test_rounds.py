from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.errors import SpecError
from qml_core.optimisation.space import Space
from qml_core.optimisation.surrogates.rounds import (
    FILLING,
    SEARCHER,
    Found,
    choose,
    draws_of,
    read_out,
    shares_of,
)
from qml_core.specs.qaoa import QAOASpec
from qml_core.specs.search import SearchSpec

SIZES = (2, 4, 1, 3)


def search_of(sizes: tuple[int, ...], **fields: object) -> SearchSpec:
    space = {f"x{i}": list(range(k)) for i, k in enumerate(sizes)}
    return SearchSpec.model_validate({"space": space, **fields})


def space_of(sizes: tuple[int, ...]) -> Space:
    return Space.of(search_of(sizes).space)


def trials(sizes: tuple[int, ...], count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return space_of(sizes).random(count, rng), rng.normal(size=count)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def found_of(space: Space, flat: list[int], energies: list[float]) -> Found:
    codes = space.unflat(np.array(flat, np.int64))
    return Found(codes, np.array(energies, np.float64), np.ones(len(flat), np.int64))


@pytest.mark.parametrize(("limit", "kind"), [(8, "one_hot"), (5, "binary"), (4, "blocks")])
def test_what_is_encoded_has_the_energies_of_the_draw(limit: int, kind: str) -> None:
    codes, losses = trials(SIZES, 12)
    search = search_of(SIZES, surrogate={"sweeps": 20})
    for draw in draws_of(SIZES, codes, losses, search, rng(), limit):
        assert (draw.kind, draw.encoded.n_qubits <= limit) == (kind, True)
        bits = np.array(list(product((0, 1), repeat=draw.encoded.n_qubits)), np.uint8)
        found = read_out(draw, bits, np.full(len(bits), 2))
        np.testing.assert_allclose(found.energies, draw.model.energies(found.codes))
        feasible = draw.encoded.codes_of(bits)[1]
        np.testing.assert_allclose(draw.encoded.ising.energies(bits[feasible]), found.energies)
        free = int(np.prod([SIZES[i] for i in draw.free]))
        assert len(np.unique(found.codes, axis=0)) == free == found.counts.sum() / 2
        assert found.infeasible == 2 * (len(bits) - free)


def test_blocks_leave_the_other_variables_at_the_best_trial() -> None:
    codes, losses = trials(SIZES, 12)
    losses[3] = np.nan
    best = codes[np.nanargmin(losses)]
    search = search_of(SIZES, batch=12, trials=24, qaoa={"evaluations": 100})
    draws = draws_of(SIZES, codes, losses, search, rng(), 4)
    assert len({draw.free for draw in draws}) > 1
    for draw in draws:
        fixed = [i for i in range(4) if i not in draw.free]
        whole = draw.whole(np.zeros((1, len(draw.free)), np.int64))
        assert fixed
        np.testing.assert_array_equal(whole[0, fixed], best[fixed])


def test_the_encoding_and_failed_trials_are_noted() -> None:
    codes, losses = trials(SIZES, 12)
    losses[[1, 4]] = np.nan
    (draw, *_) = draws_of(SIZES, codes, losses, search_of(SIZES), rng(), 20)
    assert draw.notes == (
        "one-hot on 8 qubits",
        "2 of 12 trials failed and are left out of the surrogate",
    )


@pytest.mark.parametrize("losses", [(), (np.nan,), (1.0,), (2.0, 2.0)])
@pytest.mark.parametrize("limit", [20, 4])
def test_a_history_that_tells_nothing_can_be_drawn_from(losses: tuple, limit: int) -> None:
    codes = np.zeros((len(losses), 4), np.int64)
    for draw in draws_of(SIZES, codes, np.array(losses), search_of(SIZES), rng(), limit):
        bits = np.zeros((1, draw.encoded.n_qubits), np.uint8)
        assert np.isfinite(draw.encoded.ising.energies(bits)).all()


def test_there_are_as_many_draws_as_trials_but_no_more_than_evaluations() -> None:
    codes, losses = trials(SIZES, 12)

    def number(**fields: object) -> int:
        return len(draws_of(SIZES, codes, losses, search_of(SIZES, **fields), rng(), 20))

    assert number(batch=7) == 7
    assert number(batch=7, surrogate={"draws": 3}) == 3
    assert number(batch=7, qaoa={"evaluations": 2}) == 2


def test_evaluations_of_a_round_are_shared_and_begin_at_a_ramp() -> None:
    codes, losses = trials(SIZES, 12)
    draws = draws_of(SIZES, codes, losses, search_of(SIZES, batch=3), rng(), 20)
    shares = shares_of(QAOASpec(evaluations=11, starts=5), draws)
    assert [share.optimiser for share in shares] == ["auto"] * 3
    assert [share.evaluations for share in shares] == [4, 4, 3]
    assert [share.starts for share in shares] == [4, 4, 3]
    assert {share.angles for share in shares} == {"ramp"}
    kept = QAOASpec(evaluations=11, angles="random")
    assert {share.angles for share in shares_of(kept, draws)} == {"random"}
    assert {share.optimiser for share in shares_of(QAOASpec(evaluations=3), draws)} == {"none"}


def test_a_block_without_groups_is_mixed_by_x() -> None:
    codes, losses = trials(SIZES, 12)
    xy = {"mixer": "xy_complete", "evaluations": 50}
    search = search_of(SIZES, batch=30, trials=60, surrogate={"encoding": "blocks"}, qaoa=xy)
    draws = draws_of(SIZES, codes, losses, search.model_copy(update={"batch": 30}), rng(), 4)
    for draw, share in zip(draws, shares_of(search.qaoa, draws), strict=True):
        assert (share.mixer == "x") is all(SIZES[i] == 2 for i in draw.free)


def test_an_x_mixer_takes_the_binary_encoding() -> None:
    codes, losses = trials(SIZES, 12)
    search = search_of(SIZES, qaoa={"mixer": "x"})
    assert {draw.kind for draw in draws_of(SIZES, codes, losses, search, rng(), 20)} == {"binary"}
    one_hot = search_of(SIZES, qaoa={"mixer": "x"}, surrogate={"encoding": "one_hot"})
    with pytest.raises(SpecError, match="encoding=one_hot asked with mixer=x"):
        draws_of(SIZES, codes, losses, one_hot, rng(), 20)


def test_the_best_new_configuration_of_each_draw_is_taken_in_turn() -> None:
    space = space_of(SIZES)
    found = [found_of(space, [5, 6, 7], [3.0, 1.0, 2.0]), found_of(space, [6, 8], [0.0, 9.0])]
    chosen = choose(space, found, space.unflat(np.array([7])), 3, rng())
    assert space.flat(chosen.codes).tolist() == [6, 8, 5]
    assert chosen.source == (SEARCHER,) * 3
    assert (chosen.samples, chosen.infeasible, chosen.notes) == (5, 0, ())


def test_what_is_missing_is_filled_at_random_and_said_so() -> None:
    space = space_of(SIZES)
    found = [Found(np.zeros((0, 4), np.int64), np.zeros(0), np.zeros(0, np.int64), 7)]
    found.append(found_of(space, [2], [0.0]))
    chosen = choose(space, found, np.zeros((0, 4), np.int64), 4, rng())
    assert chosen.source == (SEARCHER, FILLING, FILLING, FILLING)
    assert chosen.notes == ("3 of 4 configurations are drawn at random: too few samples were new",)
    assert (chosen.samples, chosen.infeasible) == (8, 7)


def test_equal_energies_are_taken_in_random_order() -> None:
    space, told = space_of(SIZES), np.zeros((0, 4), np.int64)
    found = [found_of(space, list(range(24)), [1.0] * 24)]
    first = {int(space.flat(choose(space, found, told, 1, rng(s)).codes)[0]) for s in range(40)}
    assert len(first) > 10


@settings(max_examples=60, deadline=None)
@given(
    told=st.lists(st.integers(0, 23), max_size=24),
    samples=st.lists(st.lists(st.integers(0, 23), max_size=10, unique=True), max_size=4),
    count=st.integers(1, 30),
    seed=st.integers(0, 9),
)
def test_a_batch_neither_repeats_nor_invents(
    told: list[int], samples: list[list[int]], count: int, seed: int
) -> None:
    space = space_of(SIZES)
    found = [found_of(space, flat, [float(k % 3) for k in flat]) for flat in samples]
    codes = space.unflat(np.array(told, np.int64)) if told else np.zeros((0, 4), np.int64)
    chosen = choose(space, found, codes, count, rng(seed))
    numbers = space.flat(chosen.codes).tolist()
    assert len(set(numbers)) == len(numbers) == min(count, 24 - len(set(told)))
    assert not set(numbers) & set(told)
    searched = {n for n, source in zip(numbers, chosen.source, strict=True) if source == SEARCHER}
    sampled = {n for flat in samples for n in flat} - set(told)
    assert searched <= sampled
    assert len(searched) == min(count, len(sampled))
