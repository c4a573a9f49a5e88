"""What `qml artifacts` says of trainings, variational models and diagnoses."""

from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
from fitted_circuits import make_circuit
from training_states import KEY, make_network, make_state

from qml_core.storage.checkpoints import get_checkpoint, keep_checkpoint, put_checkpoint
from qml_core.storage.datasets import put_arrays
from qml_core.storage.documents import encode_document
from qml_core.storage.gc import collect_garbage
from qml_core.storage.histories import put_history
from qml_core.storage.inventory import describe, list_artifacts, resolve, verify
from qml_core.storage.models import put_model
from qml_core.storage.runs import put_run

NEXT_YEAR = datetime.now(timezone.utc) + timedelta(days=365)
WEEK = timedelta(days=7)


@pytest.fixture
def trained(store):
    """A store with two trainings, one of them finished and named by a run, and a diagnosis."""
    network = make_network()
    refs = [put_checkpoint(store, KEY, make_state(epoch, 0), network) for epoch in (1, 2)]
    put_checkpoint(store, "cd" * 32, make_state(1, 2), network)
    keep_checkpoint(store, refs[1])
    model = put_model(store, make_circuit(), {})
    history = put_history(store, make_state().history)
    named = {"models": [model], "checkpoint": refs[1], "history": history}
    document = {"models": [model.model_dump(mode="json")]}
    document |= {k: v.model_dump(mode="json") for k, v in named.items() if k != "models"}
    put_run(store, "run", document)
    sweep = put_arrays(store, "diagnoses", {"variance": np.ones(3)}, {})
    path = f"diagnoses/by-key/{'ef' * 32}.json"
    store.put(path, encode_document({"sweep": sweep.model_dump(mode="json")}))
    return store, refs, [model, history, sweep]


def test_nothing_a_training_or_diagnosis_needs_is_garbage(trained) -> None:
    store = trained[0]
    before = store.list()
    assert collect_garbage(store, NEXT_YEAR, WEEK, dry_run=False).removed == []
    assert store.list() == before
    assert verify(store).damaged == []
    assert verify(store, "run").checked == 1 + 2 + 2 + 1, "run, checkpoint, model, history"


def test_tensors_without_a_document_and_pruned_ones_are_garbage(trained) -> None:
    store, refs, _ = trained
    orphan = refs[1].path.replace("e000002", "e000003").replace("json", f"{'0' * 64}.safetensors")
    store.put(orphan, b"half a checkpoint")
    store.delete(refs[0].path)
    report = collect_garbage(store, NEXT_YEAR, WEEK, dry_run=False)
    assert [path.partition(".")[0] for path in report.removed] == [
        refs[0].path.partition(".")[0],
        orphan.partition(".")[0],
    ]
    assert get_checkpoint(refs[1]).epoch == 2


def test_a_training_is_listed_once_by_its_last_checkpoint(trained) -> None:
    store, refs, _ = trained
    kinds = sorted(artifact.kind for artifact in list_artifacts(store))
    assert kinds == [
        *("diagnosis", "diagnosis", "history", "model", "model", "run", "training", "training")
    ]
    found = resolve(store, KEY[:12])
    assert (found.kind, found.name, found.path) == ("training", KEY, refs[1].path)
    assert describe(store, found)["epoch"] == 2
    assert resolve(store, "ef" * 32).kind == "diagnosis"


def test_damage_of_what_a_run_of_circuits_names_is_found(trained, flip_bit) -> None:
    store, refs, named = trained
    flip_bit(store, refs[1].path, 1313)
    kept = refs[1].path.replace("checkpoints", "kept")
    for name in ("run", kept, KEY[:8]):
        assert [d.path for d in verify(store, name).damaged] == [refs[1].path]
    for ref in named:
        flip_bit(store, ref.path, 13)
    damaged = {d.path for d in verify(store).damaged}
    assert damaged == {refs[1].path, *(ref.path for ref in named)}
