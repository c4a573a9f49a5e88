"""Trials of searches: one record each, a Parquet file of one row, and the table of a search."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from qml_core.errors import ArtifactNotFound, CorruptArtifact, DataError
from qml_core.keys import canonical_json, digest
from qml_core.references import ArtifactRef, Trial
from qml_core.specs import Spec
from qml_core.specs.space import Value
from qml_core.storage.content import quarantine
from qml_core.storage.datasets import put_arrays
from qml_core.storage.documents import SCHEMA_VERSION
from qml_core.storage.parquet import (
    Columns,
    decode_table,
    encode_table,
    metadata_of,
    open_table,
)
from qml_core.storage.store import ArtifactStore

_PARAMETER = "param."
_VERSION, _DIGEST = "qml.schema_version", "qml.digest"
_MADE_BY = "version."


class TrialRecord(Spec):
    """What evaluating a configuration gave, whichever search asked for it."""

    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    objective: str = Field(description="Name of the model or the function")
    metric: str = ""
    data: str = Field("", description="SHA-256 of the data set; empty: none")
    configuration: dict[str, Value]
    status: str = Field(pattern="^(done|failed)$")
    value: float | None = None
    scores: tuple[float, ...] = ()
    error: str = ""
    seed: int
    backend: str = ""
    circuits: int = 0
    shots: int = 0
    usd: float = 0.0
    seconds: float = 0.0
    versions: dict[str, str] = Field(default_factory=dict)


def record_path(key: str) -> str:
    """Where the record of a key lies; the first two digits keep folders small."""
    return f"trials/{key[:2]}/{key}.parquet"


def put_trial(store: ArtifactStore, record: TrialRecord) -> tuple[TrialRecord, ArtifactRef]:
    """Store a record unless there is one of its key; what is there now.

    Raises:
        DataError: a value of the configuration that Parquet does not hold.
    """
    path, data = record_path(record.key), _encode(record)
    if store.put_if_absent(path, data):
        return record, ArtifactRef(store=store.url, path=path, sha256=digest(data))
    there = find_trial(store, record.key)  # of another search that ran at the same time
    return there if there is not None else put_trial(store, record)


def find_trial(store: ArtifactStore, key: str) -> tuple[TrialRecord, ArtifactRef] | None:
    """The record of a key; none where there is none, or a damaged one, which is set aside."""
    path = record_path(key)
    try:
        data = store.get(path)
    except ArtifactNotFound:
        return None
    try:
        record = read_record(data, path)
    except CorruptArtifact:
        quarantine(store, path)
        return None
    return record, ArtifactRef(store=store.url, path=path, sha256=digest(data))


def read_record(data: bytes, path: str) -> TrialRecord:
    """The record in these bytes; raises CorruptArtifact unless it is as stored, at its place."""
    file = open_table(data, path)
    metadata, columns = metadata_of(file), decode_table(file, path)
    if metadata.get(_VERSION) != str(SCHEMA_VERSION):
        raise CorruptArtifact(
            f"{path} has schema version {metadata.get(_VERSION)}, expected {SCHEMA_VERSION}"
        )
    if any(len(values) != 1 for values in columns.values()):
        raise CorruptArtifact(f"{path} is no record of one trial")
    try:
        record = _record({name: values[0].tolist() for name, values in columns.items()})
    except (ValidationError, KeyError, AttributeError) as error:
        raise CorruptArtifact(f"{path} is no record of a trial") from error
    if metadata.get(_DIGEST) != _digest(record) or record_path(record.key) != path:
        raise CorruptArtifact(f"{path} is not the record that was stored")
    return record


def check_trial(store: ArtifactStore, path: str) -> list[str]:
    """Read a record; what it needs: nothing. Raises ArtifactNotFound or CorruptArtifact."""
    read_record(store.get(path), path)
    return []


def trials_table(store: ArtifactStore, trials: Sequence[Trial]) -> ArtifactRef:
    """Every trial of a search as a row of one Parquet file.

    Hyper-parameters are columns param.<name> of their own type, text where a search mixes types;
    a failed trial has NaN as its value and scores.
    """
    plain = {
        name: _column([getattr(trial, name) for trial in trials])
        for name in ("number", "round", "rung", "source", "status", "backend", "error", "key")
    }
    counted = ("circuits", "shots", "usd", "seconds")
    most = max((len(trial.scores) for trial in trials), default=0)
    scores = [[*t.scores, *[np.nan] * (most - len(t.scores))] for t in trials]
    names = dict.fromkeys(name for trial in trials for name in trial.configuration)
    columns: dict[str, NDArray[Any]] = {
        **plain,
        "value": np.array([np.nan if t.value is None else t.value for t in trials], np.float64),
        **{f"{_PARAMETER}{n}": _column([t.configuration[n] for t in trials]) for n in names},
        **{name: _column([getattr(trial, name) for trial in trials]) for name in counted},
        "reused": np.array([trial.reused for trial in trials], np.bool_),
    }
    if most:
        columns["scores"] = np.array(scores, np.float64)
    return put_arrays(store, "searches", columns, {})


def _encode(record: TrialRecord) -> bytes:
    try:
        return encode_table(
            _columns(record), {_VERSION: str(SCHEMA_VERSION), _DIGEST: _digest(record)}
        )
    except (ValueError, OverflowError) as error:
        raise DataError(f"the trial of {record.configuration} cannot be stored: {error}") from error


def _columns(record: TrialRecord) -> Columns:
    document = record.model_dump(exclude={"configuration", "scores", "versions", "value"})
    flat: dict[str, Value] = {
        **document,
        "value": float("nan") if record.value is None else record.value,
        **{_PARAMETER + name: value for name, value in record.configuration.items()},
        **{_MADE_BY + name: value for name, value in record.versions.items()},
    }
    columns = {name: _column([value]) for name, value in flat.items()}
    if record.scores:
        columns["scores"] = np.array([record.scores], np.float64)
    return columns


def _record(row: dict[str, Any]) -> TrialRecord:
    def of(prefix: str) -> dict[str, Any]:
        return {n.removeprefix(prefix): v for n, v in row.items() if n.startswith(prefix)}

    plain = {n: v for n, v in row.items() if not n.startswith((_PARAMETER, _MADE_BY))}
    if np.isnan(plain["value"]):
        plain["value"] = None
    return TrialRecord(**plain, configuration=of(_PARAMETER), versions=of(_MADE_BY))


def _digest(record: TrialRecord) -> str:
    return digest(canonical_json(record.model_dump(mode="json")))


def _column(values: Sequence[Value]) -> NDArray[Any]:
    """Of their own type; whole and other numbers together as floats, other mixtures as text."""
    kinds = {type(value) for value in values}
    if kinds <= {bool}:
        return np.array(values, np.bool_)
    if kinds <= {int}:
        return np.array(values, np.int64)
    if kinds <= {int, float}:
        return np.array(values, np.float64)
    return np.array([str(value) for value in values], np.str_)


def parameters_of(columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The hyper-parameters of a table, by name."""
    return {
        name.removeprefix(_PARAMETER): values
        for name, values in columns.items()
        if name.startswith(_PARAMETER)
    }
