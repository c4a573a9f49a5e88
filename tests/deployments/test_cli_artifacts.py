"""`qml artifacts` on the store of a run that was really made."""

import json

import numpy as np
import pytest

pytestmark = pytest.mark.prefect


def test_list_show_verify_gc_and_export_of_a_trained_run(after, tmp_path):
    listed = json.loads(after("artifacts", "list", "--json").out)
    kinds = {row["kind"] for row in listed}
    assert {"run", "matrix", "model", "report", "dataset"} <= kinds
    (run,) = [row for row in listed if row["kind"] == "run"]
    record = json.loads(after("artifacts", "show", run["name"]).out)
    assert record["run_id"] == run["name"]

    checked = json.loads(after("artifacts", "verify", "--json").out)
    assert checked["checked"] > len(listed)
    assert checked["damaged"] == []

    garbage = json.loads(after("artifacts", "gc", "--json").out)
    assert garbage["dry_run"]
    assert garbage["removed"] == []

    key = record["matrices"][0]["key"]
    for suffix in ("npy", "csv", "parquet"):
        said = after("artifacts", "export", key[:8], str(tmp_path / f"K.{suffix}"))
        assert said.code == 0
    K = np.load(tmp_path / "K.npy")
    assert K.shape == tuple(record["matrices"][0]["shape"])
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "K.csv", delimiter=","), K)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["show", ".."], 2, "without '..'"),
        (["show", "../../etc/passwd"], 2, "without '..'"),
        (["verify", "abc"], 1, "no run id"),
        (["export", "latest", "x.npy"], 1, "no run id"),
    ],
)
def test_a_wrong_name_is_one_line(after, words, code, said):
    answer = after("artifacts", *words)
    assert answer.code == code
    assert said in answer.err
    assert len(answer.err.splitlines()) == 1
