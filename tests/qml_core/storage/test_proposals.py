"""Proposals of searches: what was stored, or nothing."""

import numpy as np
import pytest

from qml_core.errors import CorruptArtifact
from qml_core.optimisation.problems.potts import PottsModel
from qml_core.references import Proposal
from qml_core.storage.content import QUARANTINE, is_sound
from qml_core.storage.inventory import verify
from qml_core.storage.local import LocalStore
from qml_core.storage.proposals import (
    check_proposal,
    find_proposal,
    proposal_path,
    put_proposal,
)
from qml_core.storage.surrogates import put_surrogate

PATH = proposal_path("a" * 64, "b" * 64, 2)
PROPOSAL = Proposal(
    round=3, codes=((0, 1), (2, 0)), source=("searcher", "random filling"), seconds=0.1
)


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "store")


def test_a_proposal_comes_back_as_it_was_first_stored(store):
    assert find_proposal(store, PATH) is None
    assert put_proposal(store, PATH, PROPOSAL) == PROPOSAL
    later = PROPOSAL.model_copy(update={"seconds": 9.0})
    assert put_proposal(store, PATH, later) == PROPOSAL
    assert find_proposal(store, PATH) == PROPOSAL


def test_any_changed_byte_is_found_and_the_document_set_aside(store):
    put_proposal(store, PATH, PROPOSAL)
    data = store.get(PATH)
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        store.put(PATH, changed)
        with pytest.raises(CorruptArtifact):
            check_proposal(store, PATH)
    assert find_proposal(store, PATH) is None
    (aside,) = store.list(QUARANTINE)
    assert store.get(aside.path) == changed
    assert put_proposal(store, PATH, PROPOSAL) == PROPOSAL


def test_a_lost_surrogate_is_known_and_told_by_verification(store):
    model = PottsModel(0.5, (np.zeros(2), np.ones(3)), {(0, 1): np.ones((2, 3))})
    surrogate = put_surrogate(store, model)
    put_proposal(store, PATH, PROPOSAL.model_copy(update={"surrogate": surrogate}))
    assert is_sound(surrogate)
    assert verify(store).damaged == []
    store.delete(surrogate.path)
    assert not is_sound(surrogate)
    assert [damage.path for damage in verify(store).damaged] == [surrogate.path]
    store.put(surrogate.path, b"PAR1")
    assert not is_sound(surrogate)
