"""The folds of all benchmarks are one data set, which pandas, DuckDB and Polars read alike."""

import os
from datetime import datetime, timedelta, timezone

import duckdb
import pandas as pd
import polars as pl
import pytest
from stored_benchmarks import FIRST, SECOND, fold_scores, put_stored_benchmark

from qml_core.errors import CorruptArtifact
from qml_core.references import ArtifactRef
from qml_core.storage.benchmarks import benchmark_path, get_benchmark, put_benchmark
from qml_core.storage.gc import collect_garbage
from qml_core.storage.inventory import list_artifacts, verify

FAILED = (("qsvc iqp", 1, 2),)
RUNS = {FIRST: 18, SECOND: 18}


@pytest.fixture
def scores(local_store):
    """Of two runs; in the second a fold failed."""
    return {
        run: put_stored_benchmark(local_store, run, gain=gain, failed=failed)
        for run, gain, failed in ((FIRST, 0.0, ()), (SECOND, 0.05, FAILED))
    }


@pytest.fixture
def folder(scores, local_store, tmp_path):
    return tmp_path / "store" / "benchmarks"


def means(scores):
    """By run and model, of what did not fail."""
    found = {}
    for run, folds in scores.items():
        for model in {fold.model for fold in folds}:
            own = [f.metrics["accuracy"] for f in folds if f.model == model and f.metrics]
            found[run, model] = pytest.approx(sum(own) / len(own), abs=1e-12)
    return found


def test_pandas_reads_all_runs_as_one_table(folder, scores):
    table = pd.read_parquet(folder)
    assert table.groupby("run", observed=True).size().to_dict() == RUNS
    found = table.groupby(["run", "model"], observed=True)["accuracy"].mean().to_dict()
    assert found == means(scores)
    one = pd.read_parquet(folder, filters=[("run", "=", SECOND), ("status", "=", "failed")])
    assert one[["model", "repeat", "fold"]].to_numpy().tolist() == [["qsvc iqp", 1, 2]]
    assert one["accuracy"].isna().all()
    assert len(one["rows"].iloc[0]) == 0


def test_duckdb_reads_all_runs_as_one_table(folder, scores):
    source = f"read_parquet('{folder}/*/*.parquet', hive_partitioning = true)"
    with duckdb.connect() as connection:
        found = connection.sql(
            f"select run, model, avg(accuracy) from {source} group by run, model"
        ).fetchall()
        assert {(run, model): mean for run, model, mean in found} == means(scores)
        right = connection.sql(
            "select count(*) from (select unnest(y_true) as t, unnest(y_pred) as p "
            f"from {source} where run = '{FIRST}' and model = 'rbf_svm') where t = p"
        ).fetchall()
    said = get_benchmark(reference(scores, folder)).to_pandas()
    own = said[said["model"] == "rbf_svm"]
    (agree,) = right
    assert agree == (sum((t == p).sum() for t, p in zip(own.y_true, own.y_pred, strict=True)),)


def test_polars_reads_all_runs_as_one_table(folder, scores):
    lazy = pl.scan_parquet(f"{folder}/*/*.parquet", hive_partitioning=True)
    found = lazy.group_by("run", "model").agg(pl.col("accuracy").mean()).collect()
    assert {(run, model): mean for run, model, mean in found.rows()} == means(scores)
    failed = lazy.filter(pl.col("status") == "failed").collect()
    assert failed["accuracy"].null_count() == len(failed) == 1


@pytest.mark.s3
def test_the_three_read_a_bucket_as_well(s3_url, s3_server):
    from qml_core.storage.store import open_store

    store = open_store(s3_url)
    scores = {run: put_stored_benchmark(store, run, gain=0.05) for run in RUNS}
    folder, expected = f"{s3_url}/benchmarks", means(scores)
    options = {"endpoint_url": os.environ["QML_S3_ENDPOINT_URL"]}
    table = pd.read_parquet(folder, storage_options=options)
    assert table.groupby(["run", "model"], observed=True)["accuracy"].mean().to_dict() == expected

    keys = {"aws_access_key_id": s3_server.access_key, "aws_region": "us-east-1"}
    keys |= {"aws_secret_access_key": s3_server.secret_key, "aws_allow_http": "true"}
    keys |= {"aws_endpoint_url": s3_server.endpoint}
    lazy = pl.scan_parquet(f"{folder}/**/*.parquet", hive_partitioning=True, storage_options=keys)
    found = lazy.group_by("run", "model").agg(pl.col("accuracy").mean()).collect()
    assert {(run, model): mean for run, model, mean in found.rows()} == expected

    import s3fs

    with duckdb.connect() as connection:  # its own S3 client is an extension to be downloaded
        connection.register_filesystem(s3fs.S3FileSystem(**options))
        found = connection.sql(
            "select run, model, avg(accuracy) from "
            f"read_parquet('{folder}/*/*.parquet', hive_partitioning = true) group by run, model"
        ).fetchall()
    assert {(run, model): mean for run, model, mean in found} == expected


def reference(scores, folder) -> ArtifactRef:
    from qml_core.keys import digest

    (file,) = (folder / f"run={FIRST}").iterdir()
    store = scores[FIRST][0].store
    return ArtifactRef(store=store, path=benchmark_path(FIRST), sha256=digest(file.read_bytes()))


def test_every_row_says_where_its_record_is(local_store, scores, folder):
    table = get_benchmark(reference(scores, folder)).to_pandas()
    assert table["path"].tolist() == [score.path for score in scores[FIRST]]
    assert all(local_store.exists(path) for path in table["path"])
    assert table["key"].tolist() == [score.key for score in scores[FIRST]]


def test_the_schema_does_not_depend_on_the_values(local_store):
    done = fold_scores(local_store, FIRST)
    failed = [
        s.model_copy(update={"metrics": {}, "inner_score": None, "configuration": {}}) for s in done
    ]
    nothing = fold_scores(
        local_store,
        SECOND,
        models=["rbf_svm"],
        repeats=1,
        folds=2,
        failed=[("rbf_svm", 0, 0), ("rbf_svm", 0, 1)],
    )
    schemas = [
        get_benchmark(put_benchmark(local_store, f"run-{k}", scores)).schema.remove_metadata()
        for k, scores in enumerate((done, failed, nothing, []))
    ]
    assert all(schema == schemas[0] for schema in schemas)
    assert not any(str(field.type) == "null" for field in schemas[0])


def test_no_environment_variable_gets_into_the_table(local_store, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-planted-secret")
    ref = put_benchmark(local_store, FIRST, fold_scores(local_store, FIRST))
    frame = get_benchmark(ref).to_pandas()
    said = frame.to_json() + str(get_benchmark(ref).schema.metadata)
    assert "a-planted-secret" not in said
    assert local_store.url not in said


def test_the_same_folds_give_the_same_bytes(local_store):
    scores = fold_scores(local_store, FIRST)
    first, again = (put_benchmark(local_store, FIRST, scores) for _ in range(2))
    assert first == again


def test_a_damaged_table_is_an_error_and_no_number(local_store, scores, folder):
    ref = reference(scores, folder)
    data = bytearray(local_store.get(ref.path))
    data[len(data) // 2] ^= 1
    local_store.put(ref.path, bytes(data))
    with pytest.raises(CorruptArtifact):
        get_benchmark(ref)


def test_verification_follows_a_run_to_its_folds(local_store, scores):
    report = verify(local_store, FIRST)
    assert report.damaged == []
    assert report.checked == 18 + 3  # records; run, table, page
    benchmarks = [a.name for a in list_artifacts(local_store) if a.kind == "benchmark"]
    assert sorted(benchmarks) == sorted(RUNS)
    local_store.delete(scores[FIRST][0].path)
    assert [d.path for d in verify(local_store, FIRST).damaged] == [scores[FIRST][0].path]


def test_a_table_in_the_place_of_another_run_is_noticed(local_store, scores):
    local_store.put(benchmark_path(SECOND), local_store.get(benchmark_path(FIRST)))
    (damage,) = verify(local_store).damaged
    assert damage.path == benchmark_path(SECOND)
    assert FIRST in damage.reason


def test_collection_keeps_what_a_run_names_and_removes_a_table_without_one(local_store, scores):
    orphan = put_benchmark(local_store, "20260103-100000-cccccc", scores[FIRST])
    future = datetime.now(timezone.utc) + timedelta(days=400)
    report = collect_garbage(local_store, future, timedelta(days=1), dry_run=False)
    assert report.removed == [orphan.path]
    assert verify(local_store).damaged == []
