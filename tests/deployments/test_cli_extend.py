"""`--set run.extend=KEY`: refused at the door where it cannot be, told by a dry run, and run."""

import json

import numpy as np
import pytest

from qml_core.storage.matrices import load_manifest
from qml_core.storage.store import open_store

WORDS = ("--target", "label", "--set", "kernel.encoding.reps=1")


@pytest.fixture(scope="module")
def first_rows(tmp_path_factory, make_csv):
    """first_rows(n, **changed): a file of the first n rows; `changed` names one row to alter."""
    folder = tmp_path_factory.mktemp("rows")
    X = np.random.default_rng(6).normal(size=(60, 3))

    def write(n, changed=None):
        rows = [[*map(repr, map(float, x)), "yes" if x[0] > 0 else "no"] for x in X[:n]]
        if changed is not None:
            rows[changed][1] = "0.5"
        return make_csv(folder / f"{n}-{changed}.csv", ["a", "b", "c", "label"], rows)

    return write


@pytest.fixture(scope="module")
def base(tmp_path_factory, qml_here, first_rows):
    """The folder with the store, and the matrix of 40 rows in it, computed by the command line."""
    folder = tmp_path_factory.mktemp("base")
    said = qml_here(folder, "kernel", first_rows(40), *WORDS, "--json")
    assert said.code == 0, said.err
    return folder, json.loads(said.out)["matrices"][0]


@pytest.fixture
def at_door(base, qml, monkeypatch):
    """The command in this process on the base's store; no flow may start."""
    monkeypatch.setenv("QML_STORAGE_URL", base[1]["store"])
    return qml


@pytest.mark.prefect
def test_a_stored_matrix_is_extended_by_the_first_digits_of_its_key(base, qml_here, first_rows):
    folder, matrix = base
    extend = ("--set", f"run.extend={matrix['key'][:7]}")
    said = qml_here(folder, "kernel", first_rows(60), *WORDS, *extend)
    assert said.code == 0, said.err
    assert "2 blocks computed, 1 reused" in said.out
    assert f"--set run.extend={matrix['key']}" in said.out.splitlines()[-1]
    assert f"It extends matrix {matrix['key'][:12]}." in " ".join(said.out.split())

    (path,) = [
        line.split(maxsplit=1)[1].split("  (")[0]
        for line in said.out.splitlines()
        if line.startswith("matrix ")
    ]
    manifest = load_manifest(open_store(matrix["store"]), path.split("/")[-2])
    assert (manifest.shape, manifest.prefixes) == ((60, 60), (40,))


@pytest.mark.prefect
def test_the_dry_run_counts_only_what_is_new(base, at_door, first_rows):
    extend = ("--set", f"run.extend={base[1]['key'][:12]}")
    said = at_door("kernel", first_rows(60), *WORDS, *extend, "--dry-run", "--json")
    assert (said.code, said.err) == (0, "")
    plan = json.loads(said.out)
    assert plan["extends"] == base[1]["key"]
    assert (plan["blocks"], plan["n_qubits"], plan["estimate"]["circuits"]) == (2, 3, 60)
    assert plan["estimate"]["stored_bytes"] == 8 * (20 * 40 + 20 * 21 // 2)
    told = at_door("kernel", first_rows(60), *WORDS, *extend, "--dry-run").out
    assert "of 40 rows by 20: 990 new pairs" in " ".join(told.split())


@pytest.mark.prefect
@pytest.mark.parametrize(
    ("rows", "changed", "more", "found"),
    [
        (60, 17, (), "row 17 of 60-17.csv (counted from 0) differs from the stored one"),
        (40, None, (), "nothing to do"),
        (30, None, (), "has 30 rows, the stored matrix has 40"),
        (60, None, ("--encoding", "zz"), "kernel.encoding.name asked zz, stored iqp"),
        (60, None, ("--set", "backend.storage=float32"), "asked float32, stored float64"),
        (60, None, ("--set", "dataset.preprocessing.scale=minmax"), "scale asked minmax"),
        (60, None, ("--set", "kernel.landmarks=5"), "kernel.landmarks=5"),
    ],
)
def test_what_cannot_go_on_from_the_stored_matrix_is_refused_at_the_door(
    base, at_door, first_rows, rows, changed, more, found
):
    extend = ("--set", f"run.extend={base[1]['key']}")
    said = at_door("kernel", first_rows(rows, changed), *WORDS, *extend, *more)
    assert (said.code, said.out) == (2, "")
    assert found in " ".join(said.err.split())


def test_a_key_that_no_matrix_has_is_told_and_digits_alone_are_a_key(qml, first_rows):
    for key in ("482913", "12e456", "abcdef"):
        said = qml("kernel", first_rows(60), *WORDS, "--set", f"run.extend={key}")
        assert said.code == 2
        assert f"run.extend={key} asked of file://" in said.err


def test_a_word_that_is_no_key_is_refused(qml, first_rows):
    for word in ("abc", "latest", "123"):
        said = qml("kernel", first_rows(60), *WORDS, "--set", f"run.extend={word}")
        assert said.code == 2
        assert "run.extend" in said.err


def test_training_extends_nothing(qml, first_rows):
    words = ("train", first_rows(60), "--target", "label", "--set", "run.extend=abcdef")
    said = qml(*words)
    assert (said.code, said.out) == (2, "")
    assert "run.extend=abcdef asked of training" in said.err
