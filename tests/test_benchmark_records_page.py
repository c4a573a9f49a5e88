"""The code of docs/benchmark-records.md reads benchmarks as it is written."""

import re
from pathlib import Path

import pytest
from stored_benchmarks import FIRST, SECOND, put_stored_benchmark

from qml_core.storage.benchmarks import get_benchmark
from qml_core.storage.store import open_store

PAGE = (Path(__file__).resolve().parents[1] / "docs/benchmark-records.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = open_store((tmp_path / "store").as_uri())
    for run in (FIRST, SECOND):
        put_stored_benchmark(store, run)
    from qml_core.storage.benchmark_records import benchmarks_of

    return get_benchmark(next(benchmarks_of(store)).table)


@pytest.mark.parametrize("block", BLOCKS, ids=["pandas", "duckdb", "polars"])
def test_the_code_runs_as_written_and_prints_a_table(table, block, capsys):
    exec(compile(block, "docs/benchmark-records.md", "exec"), {})
    said = capsys.readouterr().out
    assert "toy" in said or "qsvc iqp" in said


def test_every_column_is_on_the_page(table):
    for name in table.column_names:
        shown = name in ("balanced_accuracy", "f1_macro", "roc_auc", "log_loss", "r2", "rmse")
        assert shown or f"`{name}`" in PAGE, name
