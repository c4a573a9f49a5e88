"""A damaged checkpoint costs one checkpoint: it is set aside, the one before is used."""

import random

import pytest
from training_states import KEY, bits_of, make_network, make_state

from qml_core.errors import ArtifactNotFound, CorruptArtifact
from qml_core.references import CheckpointRef
from qml_core.storage import checkpoints
from qml_core.storage.checkpoints import get_checkpoint, latest_checkpoint, put_checkpoint
from qml_core.storage.documents import decode_document, encode_document
from qml_core.storage.inventory import verify
from qml_core.storage.sealed import seal, unseal

FOLDER = f"trainings/{KEY}/checkpoints"


@pytest.fixture
def two(local_store) -> tuple[CheckpointRef, CheckpointRef]:
    return (
        put_checkpoint(local_store, KEY, make_state(1, 0), make_network()),
        put_checkpoint(local_store, KEY, make_state(2, 3), make_network()),
    )


def tensors_of(store, ref: CheckpointRef) -> str:
    begin = ref.path.removesuffix("json")
    return next(
        e.path for e in store.list(FOLDER) if e.path.startswith(begin) and e.path != ref.path
    )


def found_epoch(store) -> int | None:
    found = latest_checkpoint(store, KEY, network=make_network())
    return found and found[1].epoch


def test_any_changed_byte_of_a_document_is_found(local_store, two) -> None:
    data = local_store.get(two[1].path)
    draw = random.Random(5)
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1 << draw.randrange(8)
        with pytest.raises(CorruptArtifact):
            unseal(bytes(changed), "here")
        with pytest.raises(CorruptArtifact):
            unseal(data[:position], "here")


@pytest.mark.parametrize("of", ["document", "tensors"])
@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "delete"])
def test_the_one_before_is_used_and_the_damaged_one_set_aside(
    local_store, two, flip_bit, of: str, damage: str
) -> None:
    path = two[1].path if of == "document" else tensors_of(local_store, two[1])
    data = local_store.get(path)
    if damage == "flip":
        flip_bit(local_store, path, random.Random(damage).randrange(8 * len(data)))
    elif damage == "delete":
        local_store.delete(path)
    else:
        local_store.put(path, data[:-1] if damage == "cut" else b"")
    assert found_epoch(local_store) == 1
    left = {e.path.rpartition("/")[2].split(".")[0] for e in local_store.list(FOLDER)}
    asked = of == "document" and damage == "delete"
    assert left == ({"e000001-s00000", "e000002-s00003"} if asked else {"e000001-s00000"})
    if damage != "delete":
        aside = [e.path for e in local_store.list("quarantine") if e.path.endswith(path)]
        assert len(aside) == 1
    again = put_checkpoint(local_store, KEY, make_state(2, 3), make_network())
    assert again == two[1]
    assert found_epoch(local_store) == 2


def test_any_changed_byte_of_the_tensors_is_found(local_store, two, flip_bit) -> None:
    path = tensors_of(local_store, two[1])
    data = local_store.get(path)
    draw = random.Random(6)
    for position in range(0, len(data), 31):
        flip_bit(local_store, path, 8 * position + draw.randrange(8))
        with pytest.raises(CorruptArtifact, match=r"\.safetensors holds"):
            get_checkpoint(two[1])
        local_store.put(path, data)
    assert bits_of(get_checkpoint(two[1]).order) == bits_of(make_state(2, 3).order)


def test_without_a_sound_one_the_training_starts_anew(local_store, two, flip_bit) -> None:
    for ref in two:
        flip_bit(local_store, ref.path, 99)
    assert found_epoch(local_store) is None


def test_damage_at_the_place_of_a_checkpoint_is_replaced_when_it_is_stored(
    local_store, two, flip_bit
) -> None:
    flip_bit(local_store, two[1].path, 1234)
    assert put_checkpoint(local_store, KEY, make_state(2, 3), make_network()) == two[1]
    flip_bit(local_store, tensors_of(local_store, two[1]), 1234)
    assert put_checkpoint(local_store, KEY, make_state(2, 3), make_network()) == two[1]
    assert found_epoch(local_store) == 2


def test_a_reference_to_damage_says_so(local_store, two) -> None:
    local_store.put(two[1].path, local_store.get(two[0].path))
    with pytest.raises(CorruptArtifact, match=two[1].sha256[:12]):
        get_checkpoint(two[1])
    local_store.delete(two[1].path)
    with pytest.raises(ArtifactNotFound):
        get_checkpoint(two[1])


def test_a_document_at_another_place_is_no_checkpoint(local_store, two) -> None:
    local_store.put(f"{FOLDER}/e000009-s00000.json", local_store.get(two[1].path))
    assert found_epoch(local_store) == 2
    other = "cd" * 32
    local_store.put(two[0].path.replace(KEY, other), local_store.get(two[0].path))
    assert latest_checkpoint(local_store, other) is None


def test_a_sealed_document_that_lacks_a_part_is_damage(local_store, two) -> None:
    tensors = local_store.get(tensors_of(local_store, two[0]))
    for part in ("sums", "network", "best"):
        document = decode_document(local_store.get(two[0].path), "")
        del document["digest"], document[part]
        place = f"{FOLDER}/e000003-s00000.json"
        changed = {**document, "epoch": 3}
        changed["tensors"]["path"] = changed["tensors"]["path"].replace("e000001", "e000003")
        local_store.put(changed["tensors"]["path"], tensors)
        local_store.put(place, seal(changed))
        assert found_epoch(local_store) == 2, part
        assert not local_store.exists(place)


def test_a_transfer_that_breaks_once_costs_nothing(local_store, two, monkeypatch) -> None:
    get = type(local_store).get
    broken = iter([True, False, True, False])

    def sometimes(self, path):
        data = get(self, path)
        return data[:-1] if next(broken) else data

    monkeypatch.setattr(type(local_store), "get", sometimes)
    assert found_epoch(local_store) == 2


def test_a_checkpoint_that_is_pruned_while_it_is_read_is_passed_over(
    local_store, two, monkeypatch
) -> None:
    read = checkpoints._read

    def pruned(store, path):
        found = read(store, path)
        if path == two[1].path:
            store.delete(path)
            store.delete(found[1]["tensors"]["path"])
        return found

    monkeypatch.setattr(checkpoints, "_read", pruned)
    assert found_epoch(local_store) == 1


def test_verify_names_damaged_checkpoints_and_tensors(local_store, two, flip_bit) -> None:
    assert verify(local_store).damaged == []
    flip_bit(local_store, two[0].path, 999)
    flip_bit(local_store, tensors_of(local_store, two[1]), 999)
    damaged = {damage.path for damage in verify(local_store).damaged}
    assert damaged == {two[0].path, tensors_of(local_store, two[1])}
    local_store.delete(tensors_of(local_store, two[1]))
    report = verify(local_store, KEY[:8])
    assert [damage.path.split(".")[0] for damage in report.damaged] == [f"{FOLDER}/e000002-s00003"]


def test_verify_finds_a_checkpoint_below_the_key_of_another_training(local_store, two) -> None:
    moved = two[0].path.replace(KEY, "cd" * 32)
    local_store.put(moved, local_store.get(two[0].path))
    assert [d.path for d in verify(local_store).damaged] == [moved]
    local_store.put(moved, encode_document({"key": "cd" * 32}))
    assert [d.path for d in verify(local_store).damaged] == [moved]
