"""Data from CSV and Parquet objects on a real S3 server."""

import numpy as np
import pandas as pd
import pytest
import s3fs

from qml_core.errors import DataError, StorageDenied, StorageUnavailable
from qml_core.evaluation.datasets import generate, load_table
from qml_core.evaluation.datasets.files import read
from qml_core.specs import DatasetSpec

X, Y = generate("moons", n_samples=30, seed=4)
TABLE = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": np.where(Y == 1, "up", "down")})


def table_of(path, **options):
    return load_table(DatasetSpec(path=str(path), target="y"), **options)


@pytest.fixture
def bucket(s3_url, s3_server):
    """URL of a folder with `t.csv` and `t.parquet`."""
    files = s3fs.S3FileSystem(endpoint_url=s3_server.endpoint, skip_instance_cache=True)
    files.pipe_file(f"{s3_url}/t.csv", TABLE.to_csv(index=False).encode())
    files.pipe_file(f"{s3_url}/t.parquet", TABLE.to_parquet())
    return s3_url


@pytest.mark.s3
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_an_object_gives_the_table_of_the_same_file(bucket, tmp_path, suffix):
    TABLE.to_csv(tmp_path / "t.csv", index=False)
    remote = table_of(f"{bucket}/t.{suffix}")
    assert remote.digest == table_of(tmp_path / "t.csv").digest
    assert remote.name == f"t.{suffix}"


@pytest.mark.s3
def test_a_missing_object_is_bad_input(bucket):
    with pytest.raises(DataError, match=r"none\.csv does not exist"):
        table_of(f"{bucket}/none.csv")


@pytest.mark.s3
def test_a_wrong_secret_is_denied_and_not_shown(bucket, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret-at-all")
    with pytest.raises(StorageDenied, match="may not be read") as caught:
        table_of(f"{bucket}/t.csv")
    assert "not-the-secret" not in str(caught.value)


@pytest.mark.s3
def test_an_object_above_the_limit_is_refused(bucket):
    with pytest.raises(DataError, match="the limit is"):
        read(f"{bucket}/t.csv", max_bytes=100)


def test_a_store_that_does_not_answer_is_unavailable(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    options = {"endpoint_url": "http://127.0.0.1:9"}
    with pytest.raises(StorageUnavailable, match=r"s3://data/t\.csv cannot be fetched"):
        table_of("s3://data/t.csv", storage_options=options)
