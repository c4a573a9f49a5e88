"""A model on an outer fold: one Parquet file with a row per held-out sample, its record beside."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from qml_core.errors import ArtifactNotFound, CorruptArtifact
from qml_core.keys import canonical_json, digest
from qml_core.references import ArtifactRef
from qml_core.specs import Spec
from qml_core.specs.space import Value
from qml_core.storage.content import quarantine
from qml_core.storage.documents import SCHEMA_VERSION
from qml_core.storage.parquet import decode_table, encode_table, metadata_of, open_table
from qml_core.storage.store import ArtifactStore

_VERSION, _RECORD, _DIGEST = "qml.schema_version", "qml.fold", "qml.digest"
Array = NDArray[np.float64]


class FoldRecord(Spec):
    """What a model gave on a fold, whichever benchmark asked for it."""

    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    data: str = Field(description="SHA-256 of the fold's data")
    model: dict[str, Any] = Field(description="What was tuned, as its key says it")
    status: str = Field(pattern="^(done|failed)$")
    error: str = ""
    metrics: dict[str, float] = Field(default_factory=dict)
    inner_score: float | None = None
    configuration: dict[str, Value] = Field(default_factory=dict)
    configurations: int = 0
    n_train: int
    n_test: int
    seed: int
    backend: str = ""
    circuits: int = 0
    shots: int = 0
    qpu_seconds: float = 0.0
    usd: float = 0.0
    seconds: float = 0.0
    calibrations: tuple[str, ...] = Field((), description="Under which it was measured")
    versions: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What was said of the held-out rows: (m,) each, empty where the fit failed.

    Args:
        rows: numbers of the rows in the data set.
        probabilities: (m, C), where there are any.
        scores: (m,) of the second of two classes.
    """

    rows: NDArray[np.int64]
    y_true: Array
    y_pred: Array
    probabilities: Array | None = None
    scores: Array | None = None

    @classmethod
    def nothing(cls) -> "HeldOut":
        return cls(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))


def fold_path(key: str) -> str:
    """Where the record of a key lies; the first two digits keep folders small."""
    return f"folds/{key[:2]}/{key}.parquet"


def put_fold(
    store: ArtifactStore, record: FoldRecord, held_out: HeldOut
) -> tuple[FoldRecord, ArtifactRef]:
    """Store a record unless there is one of its key; what is there then."""
    path, data = fold_path(record.key), _encode(record, held_out)
    if store.put_if_absent(path, data):
        return record, ArtifactRef(store=store.url, path=path, sha256=digest(data))
    there = find_fold(store, record.key)  # of another run that evaluated it at the same time
    return there if there is not None else put_fold(store, record, held_out)


def find_fold(store: ArtifactStore, key: str) -> tuple[FoldRecord, ArtifactRef] | None:
    """The record of a key; none where there is none, or a damaged one, which is set aside."""
    path = fold_path(key)
    try:
        data = store.get(path)
    except ArtifactNotFound:
        return None
    try:
        record, _ = read_fold(data, path)
    except CorruptArtifact:
        quarantine(store, path)
        return None
    return record, ArtifactRef(store=store.url, path=path, sha256=digest(data))


def get_held_out(store: ArtifactStore, ref: ArtifactRef) -> HeldOut:
    """The predictions of a record; raises ArtifactNotFound or CorruptArtifact."""
    return read_fold(store.get(ref.path), ref.path)[1]


def read_fold(data: bytes, path: str) -> tuple[FoldRecord, HeldOut]:
    """Record and predictions; raises CorruptArtifact unless it is as stored, at its place."""
    file = open_table(data, path)
    metadata, columns = metadata_of(file), decode_table(file, path)
    if metadata.get(_VERSION) != str(SCHEMA_VERSION):
        raise CorruptArtifact(
            f"{path} has schema version {metadata.get(_VERSION)}, expected {SCHEMA_VERSION}"
        )
    try:
        record = FoldRecord.model_validate_json(metadata.get(_RECORD, ""))
        held_out = HeldOut(
            columns["row"],
            columns["y_true"],
            columns["y_pred"],
            columns.get("probabilities"),
            columns.get("score"),
        )
    except (ValidationError, KeyError) as error:
        raise CorruptArtifact(f"{path} is no record of a fold") from error
    if metadata.get(_DIGEST) != _digest(record, held_out) or fold_path(record.key) != path:
        raise CorruptArtifact(f"{path} is not the record that was stored")
    return record, held_out


def check_fold(store: ArtifactStore, path: str) -> list[str]:
    """Read a record; what it needs: nothing. Raises ArtifactNotFound or CorruptArtifact."""
    read_fold(store.get(path), path)
    return []


def _columns(held_out: HeldOut) -> dict[str, NDArray[Any]]:
    columns: dict[str, NDArray[Any]] = {
        "row": held_out.rows.astype(np.int64),
        "y_true": held_out.y_true.astype(np.float64),
        "y_pred": held_out.y_pred.astype(np.float64),
    }
    if held_out.probabilities is not None:
        columns["probabilities"] = held_out.probabilities.astype(np.float64)
    if held_out.scores is not None:
        columns["score"] = held_out.scores.astype(np.float64)
    return columns


def _encode(record: FoldRecord, held_out: HeldOut) -> bytes:
    metadata = {
        _VERSION: str(SCHEMA_VERSION),
        _RECORD: record.model_dump_json(),
        _DIGEST: _digest(record, held_out),
    }
    return encode_table(_columns(held_out), metadata)


def _digest(record: FoldRecord, held_out: HeldOut) -> str:
    own = [digest(np.ascontiguousarray(v).tobytes()) for v in _columns(held_out).values()]
    return digest(canonical_json({"record": record.model_dump(mode="json"), "columns": own}))
