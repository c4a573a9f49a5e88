"""What every searcher keeps, whatever its name."""

import logging

import numpy as np
import optuna
import pytest
import torch

from qml_core.errors import SpecError
from qml_core.optimisation.searchers import Searcher, initial_design, open_searcher
from qml_core.optimisation.space import Codes, Space
from qml_core.specs.search import SearchSpec
from qml_core.specs.space import DimensionSpec

NAMES = [
    "random",
    "grid",
    "exhaustive",
    "tpe",
    "gp",
    "anneal",
    "qaoa",
]
SPACES = {
    "mixed": (
        DimensionSpec(name="kind", values=("a", "b", True)),
        DimensionSpec(name="alone", values=("only",)),
        DimensionSpec(name="reps", kind="integer", low=1, high=4),
        DimensionSpec(name="C", kind="real", low=0.1, high=10, points=2, scale="log"),
    ),
    "two": (
        DimensionSpec(name="alone", kind="integer", low=3, high=3),
        DimensionSpec(name="pair", values=(False, True)),
    ),
    "binary": tuple(DimensionSpec(name=f"b{j}", values=(0, 1)) for j in range(5)),
}
HUGE = tuple(DimensionSpec(name=f"x{j}", kind="integer", low=0, high=9) for j in range(12))
each_name = pytest.mark.parametrize("name", NAMES)
each_space = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)


def search_of(space: tuple[DimensionSpec, ...]) -> SearchSpec:
    return SearchSpec.model_validate(
        {
            "space": space,
            "searcher": "random",
            "trials": 20,
            "initial": 4,
            "surrogate": {"sweeps": 10},
            "qaoa": {"layers": 1, "evaluations": 2},
        }
    )


def opened(name: str, space: tuple[DimensionSpec, ...], seed: int = 0) -> Searcher:
    return open_searcher(name, Space.of(space), search_of(space), seed)


def loss(codes: Codes) -> np.ndarray:
    return codes @ np.arange(1.0, codes.shape[1] + 1) + np.sin(codes.sum(axis=1))


def rows(codes: Codes) -> list[tuple[int, ...]]:
    return [tuple(row) for row in codes.tolist()]


def after_a_design(name: str, space: tuple[DimensionSpec, ...], seed: int = 0) -> Searcher:
    searcher = opened(name, space, seed)
    design = initial_design(Space.of(space), 4, seed)
    searcher.tell(design, loss(design))
    return searcher


@each_name
@each_space
def test_a_space_is_exhausted_without_repetition(name: str, space) -> None:
    searcher, seen = after_a_design(name, space), rows(initial_design(Space.of(space), 4, 0))
    size = Space.of(space).size
    while len(asked := searcher.ask(7)):
        assert asked.dtype == np.int64
        assert len(asked) == min(7, size - len(seen))
        searcher.tell(asked, loss(asked))
        seen += rows(asked)
    assert sorted(seen) == rows(Space.of(space).all_codes())
    assert searcher.ask(1).shape == (0, len(space))


@each_name
def test_nothing_is_asked_of_a_searcher_asked_for_nothing(name: str) -> None:
    assert after_a_design(name, SPACES["binary"]).ask(0).shape == (0, 5)


@each_name
def test_a_searcher_that_was_told_nothing_asks(name: str) -> None:
    assert len(set(rows(opened(name, SPACES["mixed"]).ask(5)))) == 5


@each_name
@each_space
def test_a_searcher_rebuilt_from_its_history_asks_the_same(name: str, space) -> None:
    searcher, rebuilt = after_a_design(name, space), opened(name, space)
    told = [initial_design(Space.of(space), 4, 0)]
    for _ in range(2):
        told.append(searcher.ask(3))
        searcher.tell(told[-1], loss(told[-1]))
    codes = np.concatenate(told)
    rebuilt.tell(codes, loss(codes))
    np.testing.assert_array_equal(rebuilt.ask(4), searcher.ask(4))


@each_name
def test_asked_twice_it_repeats_itself(name: str) -> None:
    searcher = after_a_design(name, SPACES["mixed"])
    np.testing.assert_array_equal(searcher.ask(3), searcher.ask(3))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "exhaustive"])
def test_another_seed_asks_for_others(name: str) -> None:
    searchers = [opened(name, SPACES["binary"], seed) for seed in (0, 1)]
    design = initial_design(Space.of(SPACES["binary"]), 4, 0)
    for searcher in searchers:
        searcher.tell(design, loss(design))
    first, second = (rows(searcher.ask(6)) for searcher in searchers)
    assert first != second


@each_name
@each_space
@pytest.mark.parametrize("said", [np.nan, np.inf, -np.inf])
def test_trials_that_all_failed_are_survived_and_not_asked_again(name: str, space, said) -> None:
    searcher = opened(name, space)
    seen: list[tuple[int, ...]] = []
    for _ in range(3):
        asked = searcher.ask(3)
        searcher.tell(asked, np.full(len(asked), said))
        seen += rows(asked)
    assert len(set(seen)) == len(seen) == min(9, Space.of(space).size)


@each_name
def test_infinite_losses_are_failed_trials_like_nan(name: str) -> None:
    asked = []
    for said in (np.nan, np.inf, -np.inf):
        searcher = opened(name, SPACES["mixed"])
        design = initial_design(Space.of(SPACES["mixed"]), 8, 3)
        searcher.tell(design, np.where(np.arange(8) % 3 == 1, said, loss(design)))
        asked.append(searcher.ask(4))
    np.testing.assert_array_equal(asked[0], asked[1])
    np.testing.assert_array_equal(asked[0], asked[2])


@each_name
@pytest.mark.parametrize(
    "losses",
    [
        [0.0] * 6,
        [1.0] + [np.nan] * 5,
        [1e308, -1e308, 1.0, 2.0, 3.0, 4.0],
        [1e-300, 2e-300, 0.0, 0.0, 0.0, 0.0],
    ],
)
def test_losses_that_say_little_are_survived(name: str, losses: list[float]) -> None:
    searcher = opened(name, SPACES["mixed"])
    design = initial_design(Space.of(SPACES["mixed"]), 6, 1)
    searcher.tell(design, losses)
    assert len(set(rows(design)) | set(rows(searcher.ask(5)))) == 11


@pytest.mark.parametrize("name", [name for name in NAMES if name != "exhaustive"])
def test_a_space_of_a_million_million_points_is_searched(name: str) -> None:
    searcher = after_a_design(name, HUGE)
    assert len(set(rows(searcher.ask(4)))) == 4


def test_exhaustive_search_refuses_what_it_cannot_enumerate() -> None:
    with pytest.raises(SpecError, match=r"1,000,000,000,000 configurations.*1,000,000"):
        open_searcher("exhaustive", Space.of(HUGE), search_of(HUGE), 0)


@each_name
def test_no_generator_or_logger_of_the_process_is_touched(name: str, caplog) -> None:
    np.random.seed(5)  # noqa: NPY002
    torch.manual_seed(5)
    optuna.logging.set_verbosity(optuna.logging.INFO)
    optuna.logging.enable_propagation()
    before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    with caplog.at_level(logging.INFO):
        first = after_a_design(name, SPACES["mixed"]).ask(3)
    optuna.logging.disable_propagation()
    np.testing.assert_array_equal(np.random.get_state()[1], before[0])  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])
    assert optuna.logging.get_verbosity() == optuna.logging.INFO
    assert not caplog.records
    np.random.seed(6)  # noqa: NPY002
    torch.manual_seed(6)
    np.testing.assert_array_equal(after_a_design(name, SPACES["mixed"]).ask(3), first)


@each_name
@pytest.mark.parametrize(
    ("codes", "losses"),
    [
        ([[3, 0, 0, 0]], [0.0]),
        ([[0, -1, 0, 0]], [0.0]),
        ([[0, 0, 0]], [0.0]),
        ([[0, 0, 0, 0]], [0.0, 1.0]),
    ],
)
def test_what_is_no_configuration_is_not_told(name: str, codes, losses) -> None:
    searcher = opened(name, SPACES["mixed"])
    with pytest.raises(SpecError):
        searcher.tell(np.array(codes), np.array(losses))
    assert len(searcher.ask(2)) == 2


def test_an_unknown_searcher_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SpecError, match="bayes") as refused:
        opened("bayes", SPACES["two"])
    assert "qaoa" in str(refused.value.__dict__)


def test_the_initial_design_is_of_the_seed_alone() -> None:
    space = Space.of(SPACES["mixed"])
    np.testing.assert_array_equal(initial_design(space, 9, 2), initial_design(space, 9, 2))
    assert rows(initial_design(space, 9, 2)) != rows(initial_design(space, 9, 3))
    assert sorted(rows(initial_design(space, 99, 2))) == rows(space.all_codes())
