"""Damaged checkpoints of a training, and those of another circuit."""

import json

import pytest
from straight_trainings import epochs_in, model_of, outcome_of, result

from qml_core.errors import SpecError
from qml_core.storage.sealed import seal


def newest(folder, suffix="json"):
    return max(folder.glob(f"trainings/*/checkpoints/*.{suffix}"))


def flip(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 4
    file.write_bytes(data)


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
def test_a_damaged_checkpoint_falls_back_to_the_one_before(stores, short_segments, parts, suffix):
    folder = stores("damaged")
    whole = result(outcome_of(model_of()))
    flip(newest(folder, suffix))
    parts.clear()
    repaired = outcome_of(model_of())
    assert repaired.training.reused == 3
    assert epochs_in(parts) == [4]
    assert result(repaired) == whole
    parts.clear()
    again = outcome_of(model_of())
    assert (again.training.reused, epochs_in(parts)) == (4, [])
    assert result(again) == whole


def test_checkpoints_of_another_circuit_are_never_gone_on_from(stores, short_segments):
    folder = stores("others")
    other = outcome_of(model_of(circuit={"layers": 2})).training
    own = outcome_of(model_of())
    assert own.training.reused == 0
    first = result(own)
    theirs = folder / f"trainings/{other.plan_key}/checkpoints"
    mine = folder / f"trainings/{own.training.plan_key}/checkpoints"
    for file in mine.iterdir():
        file.unlink()
    for file in theirs.iterdir():
        (mine / file.name).write_bytes(file.read_bytes())
    again = outcome_of(model_of())
    assert again.training.reused == 0
    assert result(again) == first


def test_a_checkpoint_of_another_circuit_under_the_key_of_this_one_is_refused(
    stores, short_segments
):
    folder = stores("forged")
    other = outcome_of(model_of(circuit={"layers": 2})).training
    own = outcome_of(model_of(epochs=3)).training
    file = folder / other.checkpoint.path
    document = json.loads(file.read_text())
    del document["digest"]
    document["key"] = own.plan_key
    place = document["tensors"]["path"].replace(other.plan_key, own.plan_key)
    target = folder / place
    target.write_bytes((folder / document["tensors"]["path"]).read_bytes())
    document["tensors"]["path"] = place
    (folder / f"trainings/{own.plan_key}/checkpoints" / file.name).write_bytes(seal(document))
    with pytest.raises(SpecError, match=r"is of another network: vqc, .* × 2 .*asked for .* × 1 "):
        outcome_of(model_of(epochs=5))
