"""Checkpoints of trainings: a state survives any kill, and damage costs one checkpoint.

The tensors are written first, under their digest, then the document that names them: a crash
between the two leaves the checkpoint before in force. Whoever stores a state first wins, so that
identical runs do not disturb each other: their states differ in their seconds only.
"""

import re
from collections.abc import Collection

from qml_core.errors import ArtifactConflict, ArtifactNotFound, CorruptArtifact, SpecError
from qml_core.keys import digest
from qml_core.references import CheckpointRef
from qml_core.storage.checkpoint_document import (
    Document,
    NetworkShape,
    encode_checkpoint,
    network_of,
    state_of,
    state_tensors,
)
from qml_core.storage.content import get_verified, quarantine, read_verified
from qml_core.storage.documents import encode_document
from qml_core.storage.sealed import unseal
from qml_core.storage.store import ArtifactStore, open_store
from qml_core.storage.tensors import decode_tensors
from qml_core.training.state import TrainingState

NEWEST = 3
"""Checkpoints of a training that are kept in any case."""

_NAME = re.compile(r"e(\d+)-s(\d+)\.json")
_ATTEMPTS = 3


def put_checkpoint(
    store: ArtifactStore, training_key: str, state: TrainingState, network: NetworkShape
) -> CheckpointRef:
    """Store a state; where the training has a sound one of this step already, that one stands.

    Raises:
        SpecError: the standing one is of another network.
        DataError: something in the state is not what JSON holds.
        ArtifactConflict: others kept replacing it.
    """
    path = f"{_folder(training_key)}/e{state.epoch:06d}-s{state.step:05d}.json"
    tensors = state_tensors(state)
    place = f"{path.removesuffix('.json')}.{digest(tensors)}.safetensors"
    data = encode_checkpoint(training_key, state, network, place, digest(tensors))
    for _ in range(_ATTEMPTS):
        store.put(place, tensors)
        if store.put_if_absent(path, data):
            return _ref(store, path, data, unseal(data, path))
        standing = _find(store, training_key, path, network)
        if standing is not None:
            return standing[0]
    raise ArtifactConflict(
        f"{path} was replaced {_ATTEMPTS} times while it was stored",
        "check that one program version writes to this store, then run the command again",
    )


def latest_checkpoint(
    store: ArtifactStore,
    training_key: str,
    *,
    until: int | None = None,
    network: NetworkShape | None = None,
) -> tuple[CheckpointRef, TrainingState] | None:
    """The newest sound state of a training; what is damaged on the way there is set aside.

    Args:
        until: epochs done at most: a state within the epoch after them is one too far.
        network: what the state must be of; none: it is not checked.

    Raises:
        SpecError: it is of another network.
    """
    for position, path in reversed(_positions(store, training_key)):
        if until is not None and position > (until, 0):
            continue
        found = _find(store, training_key, path, network)
        if found is not None:
            return found
    return None


def get_checkpoint(ref: CheckpointRef, network: NetworkShape | None = None) -> TrainingState:
    """The state a reference names.

    Raises:
        ArtifactNotFound, CorruptArtifact: it is gone, or damaged.
        SpecError: it is of another network.
    """
    store = open_store(ref.store)
    document = unseal(get_verified(ref, store), ref.path)
    return _load(store, ref.path, document, network)


def keep_checkpoint(store: ArtifactStore, ref: CheckpointRef) -> None:
    """Never prune it: a finished run names it, and longer runs go on from the same training."""
    document = {"path": ref.path, "sha256": ref.sha256}
    store.put(_kept(ref.path), encode_document(document))


def prune_checkpoints(
    store: ArtifactStore,
    training_key: str,
    keep: Collection[int] = (),
    newest: CheckpointRef | None = None,
) -> list[str]:
    """Remove all but the newest three, those at the end of the epochs in `keep`, and what is kept.

    Args:
        keep: ends of segments: an identical run that is slower goes on from them.
        newest: of this run; those after it are a longer run's, and not counted. None: of all.

    Returns:
        Paths of the removed documents; tensors without a document are garbage.
    """
    kept = {entry.path for entry in store.list(f"trainings/{training_key}/kept")}
    ends = {(epoch, 0) for epoch in keep}
    found = _positions(store, training_key)
    if newest is not None:
        found = [(at, path) for at, path in found if at <= (newest.epoch, newest.step)]
    old = found[:-NEWEST]
    removed = [path for at, path in old if at not in ends and _kept(path) not in kept]
    entries = store.list(_folder(training_key)) if removed else []
    for path in removed:
        store.delete(path)
        begin = path.removesuffix("json")
        for entry in entries:
            if entry.path.startswith(begin) and entry.path != path:
                store.delete(entry.path)
    return removed


def _positions(store: ArtifactStore, training_key: str) -> list[tuple[tuple[int, int], str]]:
    """(Epoch, step) and path of each checkpoint, the oldest first."""
    found = []
    for entry in store.list(_folder(training_key)):
        if match := _NAME.fullmatch(entry.path.rpartition("/")[2]):
            found.append(((int(match[1]), int(match[2])), entry.path))
    return sorted(found)


def _find(
    store: ArtifactStore, training_key: str, path: str, network: NetworkShape | None
) -> tuple[CheckpointRef, TrainingState] | None:
    """A sound checkpoint; None where it is gone, or was damaged and is set aside."""
    try:
        data, document = _read(store, path)
        _check_place(document, path, training_key)
        state = _load(store, path, document, network)
    except (ArtifactNotFound, CorruptArtifact):
        _set_aside(store, path)
        return None
    return _ref(store, path, data, document), state


def _read(store: ArtifactStore, path: str) -> tuple[bytes, Document]:
    """Read once more before it is given up: a transfer may break."""
    data = store.get(path)
    try:
        return data, unseal(data, path)
    except CorruptArtifact:
        data = store.get(path)
        return data, unseal(data, path)


def _load(
    store: ArtifactStore, path: str, document: Document, network: NetworkShape | None
) -> TrainingState:
    found = network_of(document, path)
    if network is not None and found != network:
        raise SpecError(
            f"checkpoint {path} is of another network: {found.text}; asked for {network.text}",
            "continue with the model it was stored for, or start a training of its own",
        )
    place, sha256 = document["tensors"]["path"], document["tensors"]["sha256"]
    tensors = decode_tensors(read_verified(store, place, sha256), place)
    return state_of(document, tensors, path)


def _check_place(document: Document, path: str, training_key: str) -> None:
    """It lies where it belongs, and so do its tensors."""
    name = f"e{document['epoch']:06d}-s{document['step']:05d}.json"
    begin = path.removesuffix("json")
    if document["key"] != training_key or path != f"{_folder(training_key)}/{name}":
        raise CorruptArtifact(f"{path} is a checkpoint of training {document['key'][:12]}, {name}")
    if not document["tensors"]["path"].startswith(begin):
        raise CorruptArtifact(f"{path} names tensors that do not lie beside it")


def _set_aside(store: ArtifactStore, path: str) -> None:
    """The document first: without it nobody asks for the tensors, which another one may name."""
    quarantine(store, path)
    begin = path.removesuffix("json")
    for entry in store.list(path.rpartition("/")[0]):
        if entry.path.startswith(begin):
            quarantine(store, entry.path)


def _ref(store: ArtifactStore, path: str, data: bytes, document: Document) -> CheckpointRef:
    return CheckpointRef(
        store=store.url,
        path=path,
        sha256=digest(data),
        key=document["key"],
        epoch=document["epoch"],
        step=document["step"],
        finished=bool(document["finished"]),
    )


def _folder(training_key: str) -> str:
    return f"trainings/{training_key}/checkpoints"


def _kept(path: str) -> str:
    return path.replace("/checkpoints/", "/kept/")
