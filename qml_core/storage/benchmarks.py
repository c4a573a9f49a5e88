"""All folds of a benchmark as one Parquet file of a data set that is partitioned by run."""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from qml_core.errors import CorruptArtifact
from qml_core.keys import digest
from qml_core.references import ArtifactRef, FoldScore
from qml_core.specs.benchmark import METRICS_OF
from qml_core.storage.content import get_verified
from qml_core.storage.documents import SCHEMA_VERSION
from qml_core.storage.folds import get_held_out
from qml_core.storage.parquet import encode_options, metadata_of, open_table
from qml_core.storage.store import ArtifactStore

_VERSION, _RUN = "qml.schema_version", "qml.run"
FOLDER = "benchmarks"
"""`benchmarks/run=<id>/folds.parquet`: readers of hive partitions see a column `run`."""

_PLAIN: dict[str, pa.DataType] = {
    "data": pa.string(),
    "model": pa.string(),
    "kind": pa.string(),
    "repeat": pa.int32(),
    "fold": pa.int32(),
    "share": pa.float64(),
    "n_train": pa.int64(),
    "n_test": pa.int64(),
    "status": pa.string(),
    "error": pa.string(),
}
_COST: dict[str, pa.DataType] = {
    "configurations": pa.int32(),
    "backend": pa.string(),
    "circuits": pa.int64(),
    "shots": pa.int64(),
    "qpu_seconds": pa.float64(),
    "usd": pa.float64(),
    "seconds": pa.float64(),
    "reused": pa.bool_(),
    "key": pa.string(),
    "path": pa.string(),
}


def benchmark_path(run_id: str) -> str:
    """Where the folds of a run lie."""
    return f"{FOLDER}/run={run_id}/folds.parquet"


def put_benchmark(store: ArtifactStore, run_id: str, scores: Sequence[FoldScore]) -> ArtifactRef:
    """One row per fold of every model: its metrics (null: none), cost, and every prediction."""
    metrics = [name for names in METRICS_OF.values() for name in names]
    columns: dict[str, pa.Array] = {
        name: pa.array([getattr(score, name) for score in scores], kind)
        for name, kind in _PLAIN.items()
    }
    columns |= {
        name: pa.array([score.metrics.get(name) for score in scores], pa.float64())
        for name in metrics
    }
    columns["inner_score"] = pa.array([score.inner_score for score in scores], pa.float64())
    columns["configuration"] = pa.array(
        [json.dumps(score.configuration, sort_keys=True) for score in scores], pa.string()
    )
    columns |= {
        name: pa.array([getattr(score, name) for score in scores], kind)
        for name, kind in _COST.items()
    }
    columns |= _predictions(store, scores)
    metadata = {_VERSION: str(SCHEMA_VERSION), _RUN: run_id}
    table = pa.table(columns).replace_schema_metadata(metadata)
    sink = pa.BufferOutputStream()
    options = encode_options([])
    pq.write_table(table, sink, **options)
    data: bytes = sink.getvalue().to_pybytes()
    path = benchmark_path(run_id)
    store.put(path, data)
    return ArtifactRef(store=store.url, path=path, sha256=digest(data))


def _predictions(store: ArtifactStore, scores: Sequence[FoldScore]) -> dict[str, Any]:
    """Of each fold, lists of the held-out rows, their truth and what was said of them."""
    held = [get_held_out(store, score) for score in scores]
    floats = pa.list_(pa.float64())
    return {
        "rows": pa.array([one.rows.tolist() for one in held], pa.list_(pa.int64())),
        "y_true": pa.array([one.y_true.tolist() for one in held], floats),
        "y_pred": pa.array([one.y_pred.tolist() for one in held], floats),
        "score": pa.array(
            [None if one.scores is None else one.scores.tolist() for one in held], floats
        ),
        "probabilities": pa.array(
            [None if one.probabilities is None else one.probabilities.tolist() for one in held],
            pa.list_(floats),
        ),
    }


def get_benchmark(ref: ArtifactRef) -> pa.Table:
    """The folds of a run as they were stored; raises ArtifactNotFound or CorruptArtifact."""
    return _read(get_verified(ref), ref.path)


def check_benchmark(store: ArtifactStore, path: str, run_id: str) -> list[str]:
    """Read the folds of a run; what they need: their records. Raises CorruptArtifact."""
    table = _read(store.get(path), path)
    found = (table.schema.metadata or {}).get(_RUN.encode(), b"").decode(errors="replace")
    if found != run_id:
        raise CorruptArtifact(f"{path} holds the folds of run {found or 'unknown'}")
    return sorted(set(table.column("path").to_pylist()))


def _read(data: bytes, path: str) -> pa.Table:
    file = open_table(data, path)
    version = metadata_of(file).get(_VERSION)
    if version != str(SCHEMA_VERSION):
        raise CorruptArtifact(f"{path} has schema version {version}, expected {SCHEMA_VERSION}")
    try:
        table = file.read(use_threads=False)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise CorruptArtifact(f"{path} holds damaged Parquet pages") from error
    return table
