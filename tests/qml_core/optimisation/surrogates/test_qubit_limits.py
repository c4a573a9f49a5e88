import numpy as np
import pytest

from qml_core.errors import SpecError
from qml_core.optimisation.surrogates.qubit_limits import encoding_of, qubit_limit, random_block
from qml_core.specs.search import SurrogateSpec

LEVELS = (2, 4, 1, 5, 3)  # one-hot 1 + 4 + 5 + 3 = 13, binary 1 + 2 + 3 + 2 = 8


@pytest.mark.parametrize(
    ("limit", "kind", "qubits"),
    [(13, "one_hot", 13), (12, "binary", 8), (8, "binary", 8), (7, "blocks", 7), (5, "blocks", 5)],
)
def test_the_first_encoding_that_fits_is_taken(limit: int, kind: str, qubits: int) -> None:
    found = encoding_of(LEVELS, SurrogateSpec(), limit)
    assert (found.kind, found.n_qubits) == (kind, qubits)
    assert str(qubits) in found.note


def test_a_variable_larger_than_the_limit_is_refused() -> None:
    with pytest.raises(SpecError, match="needs 5 qubits one-hot, the limit is 2"):
        encoding_of((5, 2), SurrogateSpec(), 2)


@pytest.mark.parametrize("kind", ["one_hot", "binary"])
def test_an_encoding_asked_for_is_not_replaced(kind: str) -> None:
    with pytest.raises(SpecError, match=f"encoding={kind} asked, which needs"):
        encoding_of(LEVELS, SurrogateSpec(encoding=kind), 6)
    assert encoding_of(LEVELS, SurrogateSpec(encoding=kind), 20).kind == kind
    assert encoding_of(LEVELS, SurrogateSpec(encoding="blocks"), 20).kind == "blocks"


@pytest.mark.parametrize(
    ("mixer", "limit", "kind"),
    [("x", 20, "binary"), ("xy_ring", 20, "one_hot"), ("xy_complete", 12, "blocks")],
)
def test_the_encoding_goes_with_the_mixer(mixer: str, limit: int, kind: str) -> None:
    assert encoding_of(LEVELS, SurrogateSpec(), limit, mixer).kind == kind


def test_mixers_of_groups_need_groups_and_the_others_take_none() -> None:
    assert encoding_of((2, 2), SurrogateSpec(), 2, "x").kind == "one_hot"
    with pytest.raises(SpecError, match="xy needs one-hot groups"):
        encoding_of((2, 2), SurrogateSpec(), 2, "xy_ring")
    with pytest.raises(SpecError, match="x does not keep them"):
        encoding_of((2, 3), SurrogateSpec(encoding="blocks"), 20, "x")
    with pytest.raises(SpecError, match="needs 8 qubits, the limit is 7"):
        encoding_of(LEVELS, SurrogateSpec(), 7, "x")


def test_variables_of_one_level_alone_are_refused() -> None:
    with pytest.raises(SpecError, match="one level each"):
        encoding_of((1, 1), SurrogateSpec(), 5)


def test_the_limit_is_the_smaller_of_what_is_asked_and_what_there_is() -> None:
    assert qubit_limit(SurrogateSpec(), None) == 20
    assert qubit_limit(SurrogateSpec(), 127) == 127
    assert qubit_limit(SurrogateSpec(max_qubits=24), None) == 24
    assert qubit_limit(SurrogateSpec(max_qubits=24), 7) == 7


def test_blocks_fit_are_full_and_reach_every_variable() -> None:
    blocks = {random_block(LEVELS, 7, np.random.default_rng(seed)) for seed in range(60)}
    used = {0: 1, 1: 4, 3: 5, 4: 3}
    for block in blocks:
        room = 7 - sum(used[i] for i in block)
        assert room >= 0
        assert all(used[i] > room for i in used if i not in block)
    assert set().union(*blocks) == set(used)
