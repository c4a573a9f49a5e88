"""Whether an object of a store is what was stored, by its kind."""

import re
from collections.abc import Callable

from pydantic import ValidationError

from qml_core.errors import CorruptArtifact
from qml_core.references import CandidateKernel, DatasetRef, Grant
from qml_core.storage.benchmarks import check_benchmark
from qml_core.storage.blocks import block_of, parse_receipt, read_block
from qml_core.storage.content import Found, read_verified
from qml_core.storage.documents import decode_document
from qml_core.storage.folds import check_fold
from qml_core.storage.manifest import decode_manifest
from qml_core.storage.places import (
    BENCHMARK,
    CHECKPOINT,
    CONTENT,
    DATASET,
    DIAGNOSIS,
    FOLD,
    GRANT,
    JOB,
    KEPT,
    MATRIX,
    NAMED,
    PROPOSAL,
    RECEIPT,
    SCREEN,
    TENSORS,
    TRAINING,
    TRIAL,
    TUNING,
)
from qml_core.storage.proposals import check_proposal
from qml_core.storage.sealed import unseal
from qml_core.storage.store import ArtifactStore
from qml_core.storage.trace import paths_in
from qml_core.storage.trials import check_trial


def check_object(store: ArtifactStore, path: str) -> list[str]:
    """Check one object; returns the paths of what it needs.

    Raises:
        ArtifactNotFound: it is not there.
        CorruptArtifact: it is not as it was stored.
    """
    for pattern, check in _CHECKS.items():
        if match := pattern.fullmatch(path):
            return check(store, path, match)
    store.get(path)
    return []


def _check_matrix(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    manifest = decode_manifest(store.get(path), path)
    if manifest.key != match[1]:
        raise CorruptArtifact(f"{path} is the manifest of matrix {manifest.key[:12]}")
    for entry in manifest.blocks:
        read_block(store, manifest.receipt(entry))
    return []


def _check_receipt(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    block = block_of(path)
    if block is not None:
        read_block(store, parse_receipt(store.get(path), path, match[1], block))
    return []


def _check_content(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    data = read_verified(store, path, match[2])
    return paths_in(decode_document(data, path), store.url) if path.endswith(".json") else []


def _check_document(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    return paths_in(decode_document(store.get(path), path), store.url)


def _check_grant(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    grant = _read_model(store, path, Grant)
    moved = grant.backend_used != grant.backend_asked  # to another plan of the same matrix
    if grant.plan_key != match[1] and not moved:
        raise CorruptArtifact(f"{path} is the grant of plan {grant.plan_key[:12]}")
    return []


def _check_dataset(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    data = _read_model(store, path, DatasetRef)
    return [data.path, data.preprocessing.path]


def _check_training(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    _read_model(store, path, CandidateKernel)
    return []


def _check_checkpoint(store: ArtifactStore, path: str, match: re.Match[str]) -> list[str]:
    document = unseal(store.get(path), path)
    if document["key"] != match[1]:
        raise CorruptArtifact(f"{path} is a checkpoint of training {document['key'][:12]}")
    return paths_in(document, store.url)


def _read_model(store: ArtifactStore, path: str, kind: type[Found]) -> Found:
    try:
        return kind.model_validate_json(store.get(path))
    except (ValidationError, UnicodeDecodeError) as error:
        raise CorruptArtifact(f"{path} is no {kind.__name__}") from error


_CHECKS: dict[re.Pattern[str], Callable[[ArtifactStore, str, re.Match[str]], list[str]]] = {
    TRIAL: lambda store, path, match: check_trial(store, path),
    FOLD: lambda store, path, match: check_fold(store, path),
    BENCHMARK: lambda store, path, match: check_benchmark(store, path, match[1]),
    PROPOSAL: lambda store, path, match: check_proposal(store, path),
    MATRIX: _check_matrix,
    RECEIPT: _check_receipt,
    CONTENT: _check_content,
    NAMED: _check_document,
    KEPT: _check_document,
    JOB: _check_document,
    GRANT: _check_grant,
    DATASET: _check_dataset,
    TRAINING: _check_training,
    CHECKPOINT: _check_checkpoint,
    TENSORS: _check_content,
    DIAGNOSIS: _check_document,
    SCREEN: _check_document,
    TUNING: _check_document,
}
