"""`run.extend`: only new pairs are evaluated, the numbers are those of the whole matrix."""

from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest

from qml_core.budget.gate import open_gate
from qml_core.errors import CorruptArtifact, DataError, SpecError, StorageUnavailable
from qml_core.kernels import kernel_matrix
from qml_core.kernels.planning import plan_kernel
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
from qml_core.storage.blocks import put_block, stored_blocks
from qml_core.storage.matrices import load_manifest, load_matrix
from qml_core.storage.store import open_store
from tasks import shards
from tasks.datasets import load_dataset, read_columns
from tasks.extension import plan_extension
from tasks.kernel import commit_matrices, evaluate_shard

KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1})
BACKEND = BackendSpec()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    url = (tmp_path / "store").as_uri()
    monkeypatch.setenv("QML_STORAGE_URL", url)
    return Path(urlsplit(url).path)


@pytest.fixture
def first_rows(tmp_path, folder):
    """first_rows(n): a file of the first n rows of always the same data."""
    X = np.random.default_rng(8).normal(size=(1800, 3))

    def write(n):
        table = pd.DataFrame(X[:n], columns=["a", "b", "c"])
        table["y"] = np.where(X[:n, 0] > 0, "up", "down")
        table.to_csv(tmp_path / f"{n}.csv", index=False)
        return DatasetSpec(path=str(tmp_path / f"{n}.csv"), target="y")

    return write


def compute(plan):
    """What the flow's tasks do with a plan."""
    grant = open_gate(plan, 2**30, datetime(2026, 1, 1, tzinfo=timezone.utc))
    stored = tuple(stored_blocks(open_store(plan.store), plan.key))
    results = [evaluate_shard.fn(shard, plan.head, grant, stored) for shard in plan.shards]
    (matrix,) = commit_matrices.fn([plan], [grant], [results])
    return matrix


def whole(dataset):
    return compute(plan_kernel(load_dataset.fn(dataset), KERNEL, BACKEND, RunSpec()))


def extension(dataset, base):
    return plan_extension.fn(dataset, KERNEL, BACKEND, RunSpec(extend=base.key))


@pytest.fixture
def evaluated(monkeypatch):
    """Rows and columns of every block that is evaluated from now on."""
    seen = []
    evaluate = shards.evaluate_block

    def counted(panels, X, Y, rows, columns):
        seen.append((rows, columns))
        return evaluate(panels, X, Y, rows, columns)

    monkeypatch.setattr(shards, "evaluate_block", counted)
    return seen


@pytest.mark.parametrize(
    ("n", "m"), [(512, 100), (700, 30), (700, 600), (300, 1), (1024, 700)], ids=str
)
def test_exactly_the_new_entries_are_computed_and_equal_those_of_the_whole_matrix(
    first_rows, evaluated, n, m
):
    """mN + m(m−1)/2 pairs, and the m diagonal entries with their blocks: an exact simulator
    computes a diagonal block as one product, of which the upper triangle is kept."""
    base = whole(first_rows(n))
    evaluated.clear()
    plan = extension(first_rows(n + m), base)
    matrix = compute(plan)

    hits = np.zeros((n + m, n + m), dtype=int)
    for rows, columns in evaluated:
        hits[rows, columns] += 1
    assert hits[np.triu_indices(n + m, 1)].sum() == m * n + m * (m - 1) // 2
    assert hits.max() == 1
    assert (hits[:n, :n] == 0).all()
    assert np.trace(hits) == m

    (X,) = read_columns(plan.data, "all", "x")
    K = load_matrix(matrix)
    np.testing.assert_allclose(K, kernel_matrix(X, kernel=KERNEL), rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(K[:n, :n], load_matrix(base))
    assert (matrix.extends, matrix.shape) == (base.key, (n + m, n + m))
    assert (matrix.computed, matrix.reused) == (len(plan.blocks), base.blocks)
    assert matrix.blocks == matrix.computed + matrix.reused


def test_the_store_grows_by_the_new_blocks_and_the_old_ones_are_referenced(first_rows, folder):
    base = whole(first_rows(700))
    before = set(folder.rglob("*.parquet")) | set(folder.glob("preprocessing/*/*"))
    plan = extension(first_rows(800), base)
    matrix = compute(plan)
    after = set(folder.rglob("*.parquet")) | set(folder.glob("preprocessing/*/*"))
    new = {path.relative_to(folder).parts[0] for path in after - before}
    assert new == {"blocks", "datasets"}
    assert len(after - before) == len(plan.blocks) + 1, "the blocks, and the rows themselves"

    store = open_store(matrix.store)
    old = {b.block: b.path for b in load_manifest(store, base.key).blocks}
    assert old.items() <= {b.block: b.path for b in load_manifest(store, matrix.key).blocks}.items()


def test_old_rows_keep_features_and_roles_and_the_stored_preprocessing_is_used(first_rows):
    base = whole(first_rows(700))
    old = load_dataset.fn(first_rows(700))
    data = extension(first_rows(800), base).data
    assert data.preprocessing == old.preprocessing
    assert (data.rows, data.n_train, data.n_test) == (800, old.n_train, old.n_test + 100)
    before, now = (read_columns(d, "all", "x", "role") for d in (old, data))
    for kept, found in zip(before, now, strict=True):
        np.testing.assert_array_equal(found[:700], kept)
    assert (now[1][700:] == 1).all()


def test_an_extension_is_extended_in_turn(first_rows, evaluated):
    first = whole(first_rows(520))
    second = compute(extension(first_rows(600), first))
    evaluated.clear()
    plan = extension(first_rows(1200), second)
    third = compute(plan)
    pairs = sum((r.stop - r.start) * (c.stop - c.start) for r, c in evaluated if r != c)
    sides = [r.stop - r.start for r, c in evaluated if r == c]
    assert pairs + sum(k * (k - 1) // 2 for k in sides) == 600 * 600 + 600 * 599 // 2
    (X,) = read_columns(plan.data, "all", "x")
    K = load_matrix(third)
    np.testing.assert_allclose(K, kernel_matrix(X, kernel=KERNEL), rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(K[:600, :600], load_matrix(second))
    assert (third.extends, third.reused) == (second.key, second.blocks)


def test_a_repetition_computes_nothing_and_is_the_same_matrix(first_rows, evaluated):
    base = whole(first_rows(600))
    matrix = compute(extension(first_rows(700), base))
    evaluated.clear()
    again = compute(extension(first_rows(700), base))
    assert evaluated == []
    assert (again.computed, again.reused, again.sha256) == (0, matrix.blocks, matrix.sha256)


def test_an_extension_that_was_stopped_goes_on_where_it_was(first_rows, monkeypatch, evaluated):
    base = whole(first_rows(600))
    calls = []

    def stop(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise StorageUnavailable("the process ends here")
        return put_block(*arguments)

    monkeypatch.setattr(shards, "put_block", stop)
    with pytest.raises(StorageUnavailable):
        compute(extension(first_rows(1300), base))
    monkeypatch.setattr(shards, "put_block", put_block)
    plan = extension(first_rows(1300), base)
    left = len(stored_blocks(open_store(plan.store), plan.key))
    assert 2 <= left < len(plan.blocks)

    evaluated.clear()
    matrix = compute(plan)
    assert len(evaluated) == matrix.computed == len(plan.blocks) - left
    assert matrix.reused == left + base.blocks
    (X,) = read_columns(plan.data, "all", "x")
    K = kernel_matrix(X, kernel=KERNEL)
    np.testing.assert_allclose(load_matrix(matrix), K, rtol=1e-13, atol=1e-15)


def test_a_changed_old_row_is_refused_by_its_number(first_rows):
    base = whole(first_rows(40))
    dataset = first_rows(50)
    table = pd.read_csv(dataset.path)
    table.loc[17, "b"] += 1e-6
    table.to_csv(dataset.path, index=False)
    with pytest.raises(DataError, match=r"row 17 of 50\.csv"):
        extension(dataset, base)


def test_no_new_rows_and_fewer_rows_are_refused(first_rows):
    base = whole(first_rows(40))
    with pytest.raises(DataError, match="nothing to do"):
        extension(first_rows(40), base)
    with pytest.raises(DataError, match=r"39 rows, the stored matrix has 40"):
        extension(first_rows(39), base)


def test_another_preprocessing_is_refused_with_both(first_rows):
    base = whole(first_rows(40))
    asked = {"n_components": 2, "scale": "minmax"}
    dataset = DatasetSpec(**{**first_rows(50).model_dump(), "preprocessing": asked})
    with pytest.raises(SpecError) as refused:
        extension(dataset, base)
    assert "dataset.preprocessing.n_components asked 2, stored None" in refused.value.message
    assert "dataset.preprocessing.scale asked minmax, stored" in refused.value.message


def test_a_damaged_block_of_the_base_is_refused_and_mended_by_its_own_command(first_rows, folder):
    base = whole(first_rows(600))
    block = load_manifest(open_store(base.store), base.key).blocks[1]
    file = folder / block.path
    file.write_bytes(file.read_bytes()[:-9] + bytes(9))
    with pytest.raises(CorruptArtifact, match=r"block \(0, 1\).*run the command that made"):
        extension(first_rows(700), base)
    assert whole(first_rows(600)).computed == 1
    assert compute(extension(first_rows(700), base)).reused == 3


def test_labels_may_change_and_come_from_the_new_file(first_rows):
    """A new class may shift all labels; no kernel entry depends on them."""
    base = whole(first_rows(40))
    dataset = first_rows(50)
    table = pd.read_csv(dataset.path)
    table.loc[45:, "y"] = "aside"
    table.to_csv(dataset.path, index=False)
    data = extension(dataset, base).data
    assert data.classes == ("aside", "down", "up")
    (y,) = read_columns(data, "all", "y")
    assert (y[45:] == 0).all()
    assert (y[:45] > 0).all()
