"""Loaded data: found again under its key, named as it is called now, mended where damaged."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest

from qml_core.specs import DatasetSpec
from tasks.datasets import load_dataset, load_splits, read_columns


@pytest.fixture
def folder(tmp_path, monkeypatch):
    url = (tmp_path / "store").as_uri()
    monkeypatch.setenv("QML_STORAGE_URL", url)
    return Path(urlsplit(url).path)


@pytest.fixture
def make_file(tmp_path):
    def write(name, target):
        X = np.random.default_rng(0).normal(size=(40, 3))
        table = pd.DataFrame(X, columns=["a", "b", "c"])
        table[target] = np.where(X[:, 0] > 0, "up", "down")
        table.to_csv(tmp_path / name, index=False)
        return DatasetSpec(path=str(tmp_path / name), target=target)

    return write


def pointers(folder):
    return sorted(folder.glob("datasets/by-key/*.json"))


def test_the_same_numbers_under_another_name_and_target_keep_their_own(folder, make_file):
    first = load_dataset.fn(make_file("a.csv", "y"))
    second = load_dataset.fn(make_file("b.csv", "z"))
    assert (first.name, first.target) == ("a.csv", "y")
    assert (second.name, second.target) == ("b.csv", "z")
    assert second.sha256 == first.sha256


def test_a_moved_store_is_referred_to_where_it_is_now(folder, make_file, monkeypatch, tmp_path):
    spec = make_file("a.csv", "y")
    load_dataset.fn(spec)
    moved = tmp_path / "moved"
    folder.rename(moved)
    monkeypatch.setenv("QML_STORAGE_URL", moved.as_uri())
    found = load_dataset.fn(spec)
    assert found.store == found.preprocessing.store == moved.as_uri()


@pytest.mark.parametrize("content", [b"", b'{"store": "file', b"{}", b"\xff\xfe"])
def test_a_damaged_pointer_is_set_aside_and_written_anew(folder, make_file, content):
    spec = make_file("a.csv", "y")
    truth = load_dataset.fn(spec)
    (pointer,) = pointers(folder)
    pointer.write_bytes(content)
    assert load_dataset.fn(spec) == truth
    assert json.loads(pointer.read_bytes())["sha256"] == truth.sha256


@pytest.mark.parametrize("kind", ["datasets", "preprocessing"])
@pytest.mark.parametrize("damage", ["missing", "flipped"])
def test_a_missing_or_damaged_artifact_is_prepared_again(folder, make_file, kind, damage):
    spec = make_file("a.csv", "y")
    truth = load_dataset.fn(spec)
    (file,) = (p for p in folder.glob(f"{kind}/??/*") if p.is_file())
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1] + b"\x00")
    found = load_dataset.fn(spec)
    assert found == truth
    assert len(read_columns(found, "train", "x")[0]) == truth.n_train


def test_each_split_has_its_own_seed_and_preprocessing(folder, make_file):
    spec = make_file("a.csv", "y").model_copy(
        update={"split": DatasetSpec(name="iris", split={"repeats": 3, "seed": 5}).split}
    )
    splits = load_splits.fn(spec)
    assert [s.split_seed for s in splits] == [5, 6, 7]
    assert len({s.digest for s in splits}) == 3
    assert len({s.preprocessing.sha256 for s in splits}) == 3
