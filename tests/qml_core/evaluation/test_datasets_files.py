"""Data from local CSV and Parquet files."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from qml_core.errors import DataError
from qml_core.evaluation.datasets import generate, load, load_table, read_features
from qml_core.evaluation.datasets.files import read
from qml_core.specs import DatasetSpec

X, Y = generate("moons", n_samples=30, seed=4)
TABLE = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": np.where(Y == 1, "up", "down")})


@pytest.fixture
def csv_file(tmp_path):
    def write(text, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def table_of(path, target="y"):
    return load_table(DatasetSpec(path=str(path), target=target))


@pytest.fixture(params=["csv", "parquet"])
def stored(request, tmp_path):
    path = tmp_path / f"my data.{request.param}"
    if request.param == "csv":
        TABLE.to_csv(path, index=False)
    else:
        TABLE.to_parquet(path)
    return path


def test_numbers_survive_a_file_bit_for_bit(stored):
    table = table_of(stored)
    assert table.features.to_numpy().tobytes() == X.tobytes()
    assert tuple(table.features.columns) == ("a", "b")
    assert (table.classes, table.target, table.name) == (("down", "up"), "y", stored.name)
    np.testing.assert_array_equal(table.y, Y)


def test_csv_and_parquet_of_the_same_table_have_the_same_digest(tmp_path):
    TABLE.to_csv(tmp_path / "t.csv", index=False)
    TABLE.astype({"y": "category"}).to_parquet(tmp_path / "t.parquet")
    assert table_of(tmp_path / "t.csv").digest == table_of(tmp_path / "t.parquet").digest


def test_raw_pair_of_a_file_has_its_own_labels(stored):
    features, labels = load(DatasetSpec(path=str(stored), target="y"))
    assert features.tobytes() == X.tobytes()
    np.testing.assert_array_equal(labels, TABLE["y"].to_numpy(dtype=str))


def test_file_urls_and_home_folders_are_local_paths(stored, monkeypatch):
    assert table_of(stored.as_uri()).name == stored.name
    monkeypatch.setenv("HOME", str(stored.parent))
    assert table_of(f"~/{stored.name}").name == stored.name


def test_integers_booleans_and_missing_features_become_float64(csv_file):
    table = table_of(csv_file("i,b,m,y\n1,true,,0\n2,false,NA,1\n3,true,2.5,1\n"))
    np.testing.assert_array_equal(
        table.features.to_numpy(), [[1, 1, np.nan], [2, 0, np.nan], [3, 1, 2.5]]
    )


def test_column_types_are_read_from_the_whole_file(csv_file):
    lines = ["a,y", *(f"{i},{i % 2}" for i in range(300_000)), "0.5,1"]
    table = table_of(csv_file("\n".join(lines)))
    assert table.features["a"].iloc[-1] == 0.5


def test_a_quoted_word_is_a_class_even_where_it_means_missing(csv_file):
    assert table_of(csv_file('a,y\n1,"NA"\n2,"CH"\n')).classes == ("CH", "NA")


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([0, 1, 1, 0], "classification"),
        (["0", "x", "0", "x"], "classification"),
        (["true", "false", "true", "true"], "classification"),
        ([1.0, 2.0, 1.0, 2.0], "classification"),
        ([0.1, 2.0, 1.0, 2.0], "regression"),
    ],
)
def test_the_task_follows_from_the_target_column(csv_file, values, task):
    text = "a,y\n" + "".join(f"{i},{v}\n" for i, v in enumerate(values))
    assert table_of(csv_file(text)).task == task


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n", "no readable CSV file"),
        ("a,y\n", r"has 0 row\(s\), at least 2"),
        ("a,y\n1,0\n", r"has 1 row\(s\), at least 2"),
        ("a,y\n1,0\n2,0\n", r"target 'y' .* one value only \(0\)"),
        ("a,y\n1,0.5\n2,0.5\n", "one value only"),
        ("y\n1\n0\n", "no feature column"),
        ("a,target\n1,0\n2,1\n", "no target column 'y'; known: a, target"),
        ("a,Y,yy\n1,0,0\n2,1,1\n", "no target column 'y'; near names: yy"),
        ("a,a,y\n1,2,0\n3,4,1\n", "more than one column named 'a'"),
        (",a,y\n0,2,0\n1,4,1\n", "column 1 of data.csv has no name"),
        ("a,c,y\n1,red,0\n3,blue,1\n", r"'c' \(string\) of data.csv hold no numbers; encode"),
        ("a,c,y\n1,2026-01-01,0\n3,2026-01-02,1\n", r"'c' \(date32\[day\]\)"),
        ("a,c,y\n1,inf,0\n3,-inf,1\n", r"infinite values in column\(s\) 'c' \(2\)"),
        ("a,y\n1,\n3,1\n5,0\n", r"target 'y' .* missing in 1 row\(s\), first in data row\(s\) 1"),
        ("a,y\n1,x\n2,\n3,z\n", r"missing in 1 row\(s\), first in data row\(s\) 2"),
        ("a,y\n1,nan\n3,0.5\n5,0.7\n", "missing in 1 row"),
        ("a,y\n1,inf\n3,0.5\n5,0.7\n", "missing or infinite in 1 row"),
        ("a,y\n1,2026-01-01\n3,2026-01-02\n", "has type date32"),
        ("a,y\n1,2,3\n", "no readable CSV file: .*Expected 2 columns, got 3"),
        ("a;y\n1;2\n", "no target column 'y'; known: a;y"),
        (b"\xff\xfe,y\n1,0\n2,1\n", "no readable CSV file"),
        (b"a,y\n\xff,0\n2,1\n", r"'a' \(binary\)"),
    ],
)
def test_unfit_files_are_refused_with_the_reason(csv_file, text, message):
    with pytest.raises(DataError, match=message):
        table_of(csv_file(text))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere.csv", "file nowhere.csv does not exist; looked in /"),
        ("https://example.org/data.csv", "only local paths, file:/// and s3:// are allowed"),
        ("memory://data.csv", "only local paths"),
        ("file://host/data.csv", "only local paths"),
        ("simplecache::s3://b/data.csv", "only local paths"),
        ("data.xlsx", "neither in .csv nor in .parquet"),
        ("x" * 300 + ".csv", "cannot be read: File name too long"),
        ("a\x00b.csv", "does not exist"),
    ],
)
def test_paths_that_cannot_be_read_are_refused(path, message):
    with pytest.raises(DataError, match=message):
        table_of(path)


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "f.csv").mkdir()
    with pytest.raises(DataError, match="no regular file"):
        table_of(tmp_path / "f.csv")


def test_files_above_the_limit_are_refused_before_they_are_read(stored):
    with pytest.raises(DataError, match=r"the limit is .* GiB; take a sample"):
        read(str(stored), max_bytes=100)


def test_a_small_parquet_file_that_unpacks_to_a_huge_table_is_refused(tmp_path):
    path = tmp_path / "bomb.parquet"
    pq.write_table(pa.table({"a": pa.array(np.zeros(10**6)), "y": np.zeros(10**6)}), path)
    assert path.stat().st_size < 10**5
    with pytest.raises(DataError, match="1000000 rows and 2 columns"):
        read(str(path), max_bytes=10**6)


def test_a_parquet_file_that_is_none_is_refused(csv_file):
    with pytest.raises(DataError, match="no readable Parquet file"):
        table_of(csv_file("a,y\n1,0\n", "data.parquet"))


def test_row_labels_of_pandas_are_no_feature(tmp_path):
    TABLE.set_index(pd.Index(np.arange(30) * 2, name="row")).to_parquet(tmp_path / "t.parquet")
    assert tuple(table_of(tmp_path / "t.parquet").features.columns) == ("a", "b")


def test_features_to_predict_on_need_no_target_and_keep_one(csv_file):
    features = read_features(str(csv_file("b,i,y\n0.5,1,up\n,2,down\n")))
    assert features["y"].tolist() == ["up", "down"]
    np.testing.assert_array_equal(features[["b", "i"]].to_numpy(), [[0.5, 1], [np.nan, 2]])
    assert (features.dtypes[["b", "i"]] == np.float64).all()
    with pytest.raises(DataError, match="has 0 rows, at least 1"):
        read_features(str(csv_file("a,b\n")))
