"""`run.extend` through the flow: the record says what was extended, its command repeats it."""

import re
import shlex

import numpy as np
import pandas as pd
import pytest

from deployments.cli.jobs import KERNEL as KINDS
from deployments.cli.parameters import apply_settings, validate
from flows.kernel_matrix import kernel_matrix
from flows.train import train
from qml_core.errors import DataError, SpecError
from qml_core.specs import DatasetSpec, RunSpec
from qml_core.storage.content import get_verified
from qml_core.storage.inventory import verify
from qml_core.storage.matrices import load_manifest, load_matrix
from qml_core.storage.runs import load_run
from qml_core.storage.store import open_store

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


@pytest.fixture
def first_rows(tmp_path, store_url):
    """first_rows(n): a file of the first n rows of always the same data."""
    X = np.random.default_rng(8).normal(size=(700, 3))

    def write(n):
        table = pd.DataFrame(X[:n], columns=["a", "b", "c"])
        table["y"] = np.where(X[:n, 0] > 0, "up", "down")
        table.to_csv(tmp_path / f"{n}.csv", index=False)
        return DatasetSpec(path=str(tmp_path / f"{n}.csv"), target="y")

    return write


def test_an_extension_is_recorded_and_its_command_repeats_it(first_rows, store_url):
    base = kernel_matrix(first_rows(520)).matrices[0]
    run = kernel_matrix(first_rows(700), run=RunSpec(extend=base.key[:8]))
    (matrix,) = run.matrices
    assert (matrix.extends, matrix.shape) == (base.key, (700, 700))
    assert (run.computed, run.reused) == (3, 3), "K(old, new) in 2 blocks, K(new, new) in 1"
    np.testing.assert_array_equal(load_matrix(matrix)[:520, :520], load_matrix(base))

    store = open_store(store_url)
    record = load_run(store, run.run_id)
    assert record["matrices"][0]["extends"] == base.key
    assert record["asked"]["run"]["extend"] == base.key
    assert load_manifest(store, matrix.key).specs["extends"] == base.key
    page = re.sub(r"<[^>]*>|\s|&shy;", "", get_verified(run.report, store).decode())
    assert f"extends{base.key[:12]}" in page
    assert f"Itextendsmatrix{base.key[:12]}." in page
    assert verify(store).damaged == []

    words = shlex.split(run.command)
    assert f"run.extend={base.key}" in words
    document = {}
    apply_settings(document, [w for w in words[2:] if w != "--set"], KINDS)
    again = kernel_matrix(**validate(document, KINDS))
    assert (again.computed, again.reused) == (0, 6)
    assert again.matrices[0].sha256 == matrix.sha256


def test_training_extends_nothing(first_rows):
    with pytest.raises(SpecError, match=r"run\.extend=abcdef asked of training"):
        train(first_rows(40), run=RunSpec(extend="abcdef"))


def test_a_key_that_is_not_there_and_a_changed_row_end_the_flow(first_rows):
    base = kernel_matrix(first_rows(40)).matrices[0]
    with pytest.raises(SpecError, match=r"run\.extend=000000"):
        kernel_matrix(first_rows(50), run=RunSpec(extend="000000"))
    dataset = first_rows(50)
    table = pd.read_csv(dataset.path)
    table.loc[7, "a"] = 0.0
    table.to_csv(dataset.path, index=False)
    with pytest.raises(DataError, match=r"row 7 of 50\.csv"):
        kernel_matrix(dataset, run=RunSpec(extend=base.key))
