"""Checkpoints: a state comes back bit by bit, the newest sound one is found, few are kept."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from training_states import (
    KEY,
    MODEL,
    bits_of,
    make_network,
    make_state,
    sorted_mappings,
)

from qml_core.errors import ArtifactNotFound, DataError, SpecError
from qml_core.specs import CircuitSpec
from qml_core.storage.checkpoint_document import (
    network_shape,
)
from qml_core.storage.checkpoints import (
    get_checkpoint,
    keep_checkpoint,
    latest_checkpoint,
    prune_checkpoints,
    put_checkpoint,
)

FOLDER = f"trainings/{KEY}/checkpoints"


def put(store, epoch: int, step: int = 0, **changed):
    return put_checkpoint(store, KEY, make_state(epoch, step, **changed), make_network())


def names(store) -> list[str]:
    return [e.path.removeprefix(f"{FOLDER}/") for e in store.list(FOLDER) if "json" in e.path]


def test_a_state_comes_back_bit_by_bit(store) -> None:
    state = make_state()
    ref = put_checkpoint(store, KEY, state, make_network())
    assert (ref.key, ref.epoch, ref.step, ref.finished) == (KEY, 2, 3, False)
    assert ref.path == f"{FOLDER}/e000002-s00003.json"
    found = latest_checkpoint(store, KEY, network=make_network())
    assert found is not None
    assert found[0] == ref
    for again in (found[1], get_checkpoint(ref, make_network())):
        assert bits_of(sorted_mappings(again)) == bits_of(sorted_mappings(state))
        assert list(again.optimiser.tensors) == list(state.optimiser.tensors)


def test_the_generator_goes_on_where_it_stood(local_store) -> None:
    rng = np.random.default_rng(3)
    rng.standard_normal(5)
    state = replace(make_state(), generator=rng.bit_generator.state)
    ref = put_checkpoint(local_store, KEY, state, make_network())
    again = np.random.default_rng()
    again.bit_generator.state = get_checkpoint(ref).generator
    assert again.random(9).tobytes() == rng.random(9).tobytes()


def test_a_document_is_strict_json(local_store) -> None:
    ref = put(local_store, 2, 3)

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    document = json.loads(local_store.get(ref.path), parse_constant=refuse)
    assert document["history"]["validation_loss"] == [None, None]


def test_what_json_cannot_hold_is_refused_before_anything_is_named(local_store) -> None:
    for bad in (torch.zeros(2), np.arange(3), {1, 2}):
        with pytest.raises(DataError, match="no JSON"):
            put_checkpoint(local_store, KEY, replace(make_state(), sums={"x": bad}), make_network())
    assert names(local_store) == []


def test_the_newest_state_within_the_epochs_asked_for_is_found(local_store) -> None:
    for epoch, step in ((0, 2), (9, 0), (10, 0), (10, 4), (100, 0)):
        put(local_store, epoch, step)

    def position(until: int | None) -> tuple[int, int] | None:
        found = latest_checkpoint(local_store, KEY, until=until)
        return found and (found[1].epoch, found[1].step)

    assert position(None) == (100, 0)
    assert position(99) == (10, 4)
    assert position(10) == (10, 0), "steps of the eleventh epoch are one too far"
    assert position(9) == (9, 0)
    assert position(1) == (0, 2)
    assert position(0) is None
    assert latest_checkpoint(local_store, "cd" * 32) is None


def test_early_stopping_is_remembered_by_state_and_reference(local_store) -> None:
    state = replace(make_state(17, 0), finished="no better validation loss in 5 epochs")
    ref = put_checkpoint(local_store, KEY, state, make_network())
    assert ref.finished
    found = latest_checkpoint(local_store, KEY, until=30)
    assert found is not None
    assert found[1].finished == state.finished


def test_a_checkpoint_of_another_circuit_is_refused_by_name(local_store) -> None:
    ref = put(local_store, 1)
    other = MODEL.model_copy(update={"circuit": CircuitSpec(ansatz="tree", layers=3)})
    network = network_shape(other, {"theta": torch.zeros(9)})
    wanted = r"vqc, angle, real_amplitudes × 2 layers.*theta.*asked for vqc, angle, tree × 3"
    with pytest.raises(SpecError, match=wanted):
        get_checkpoint(ref, network)
    with pytest.raises(SpecError, match=wanted):
        latest_checkpoint(local_store, KEY, network=network)
    with pytest.raises(SpecError, match=wanted):
        put_checkpoint(local_store, KEY, make_state(1, 0, seed=1), network)
    assert names(local_store) == ["e000001-s00000.json"], "it is sound, so it stays"


@pytest.mark.parametrize(
    "change",
    [
        {"model": "vqr"},
        {"hidden": (8,)},
        {"mirrored": True},
        {"parameters": {"theta": (7,), "bias": ()}},
        {"parameters": {"theta": (6,)}},
        {"circuit": CircuitSpec(ansatz="real_amplitudes", layers=3)},
    ],
)
def test_every_part_of_a_network_counts(local_store, change) -> None:
    ref = put(local_store, 1)
    assert get_checkpoint(ref, make_network()).epoch == 1
    with pytest.raises(SpecError):
        get_checkpoint(ref, make_network(**change))


def test_identical_runs_share_the_checkpoint_that_was_first(store) -> None:
    first = put(store, 4, seconds=0.1)
    second = put(store, 4, seconds=0.2)
    assert second == first
    assert get_checkpoint(second).history[0].seconds == 0.1


def test_runs_with_other_bits_do_not_damage_each_others_checkpoints(local_store) -> None:
    first = put(local_store, 4, seed=1)
    assert put(local_store, 4, seed=2) == first
    found = get_checkpoint(first).parameters["theta"]
    assert torch.equal(found, make_state(4, 0, seed=1).parameters["theta"])


def test_a_crash_between_tensors_and_document_leaves_the_one_before(
    local_store, monkeypatch
) -> None:
    before = put(local_store, 4)

    def crash(self, path, data):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(local_store), "put_if_absent", crash)
        with pytest.raises(KeyboardInterrupt):
            put(local_store, 5)
    assert len(local_store.list(FOLDER)) == 3, "the tensors of epoch 5 are there"
    found = latest_checkpoint(local_store, KEY)
    assert found is not None
    assert found[0] == before
    assert put(local_store, 5).epoch == 5


def test_pruning_keeps_the_newest_three_the_named_and_the_kept(store) -> None:
    refs = {epoch: put(store, epoch) for epoch in range(1, 9)}
    put(store, 3, 2)
    keep_checkpoint(store, refs[2])
    removed = prune_checkpoints(store, KEY, keep=[4, 3])
    left = ["e000002", "e000003", "e000004", "e000006", "e000007", "e000008"]
    assert names(store) == [f"{name}-s00000.json" for name in left]
    assert removed == [
        f"{FOLDER}/{name}.json" for name in ("e000001-s00000", "e000003-s00002", "e000005-s00000")
    ]
    assert len(store.list(FOLDER)) == 2 * len(left), "the tensors of the removed ones went too"
    assert get_checkpoint(refs[2]).epoch == 2
    with pytest.raises(ArtifactNotFound):
        get_checkpoint(refs[5])
    assert prune_checkpoints(store, KEY, keep=[4, 3]) == []


def test_a_shorter_run_of_the_same_training_keeps_its_own_checkpoints(local_store) -> None:
    for epoch in (40, 50, 60):
        put(local_store, epoch)
    for epoch in range(2, 31, 4):
        ref = put(local_store, epoch)
        prune_checkpoints(local_store, KEY, keep=[10, 20, 30], newest=ref)
    assert [int(name[1:7]) for name in names(local_store)] == [10, 22, 26, 30, 40, 50, 60]
    assert get_checkpoint(ref).epoch == 30
