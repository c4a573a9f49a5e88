"""The history of a training as Parquet."""

import io
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from training_states import make_record

from qml_core.errors import CorruptArtifact
from qml_core.storage.histories import get_history, put_history
from qml_core.training.state import EpochRecord


def test_a_history_has_one_row_per_epoch_and_a_column_per_field(store) -> None:
    records = [make_record(k) for k in (1, 2, 3)]
    found = get_history(put_history(store, records))
    assert list(found) == [f.name for f in fields(EpochRecord)]
    for name, column in found.items():
        expected = np.array([getattr(r, name) for r in records])
        np.testing.assert_array_equal(column, expected)
        assert column.shape == expected.shape
    kinds = {name: found[name].dtype.kind for name in ("epoch", "circuits", "plateau", "loss")}
    assert kinds == {"epoch": "i", "circuits": "i", "plateau": "b", "loss": "f"}


def test_pandas_reads_it(local_store) -> None:
    ref = put_history(local_store, [make_record(1), make_record(2)])
    frame = pd.read_parquet(io.BytesIO(local_store.get(ref.path)))
    assert frame["epoch"].tolist() == [1, 2]
    assert frame["loss"].tolist() == [1 / 3 + 1, 1 / 3 + 2]
    assert frame["plateau"].tolist() == [True, False]
    assert frame["layer_variances"].map(list).tolist() == [[1e-300, 2.0]] * 2
    assert frame["validation_loss"].isna().all()


def test_an_empty_history_has_its_columns(local_store) -> None:
    found = get_history(put_history(local_store, []))
    assert found["loss"].shape == (0,)
    assert {"layer_norms", "layer_variances"} == {f.name for f in fields(EpochRecord)} - set(found)


def test_epochs_with_fewer_layers_are_filled_with_nan(local_store) -> None:
    short = replace(make_record(1), layer_norms=(0.5,), layer_variances=())
    found = get_history(put_history(local_store, [short, make_record(2)]))
    np.testing.assert_array_equal(found["layer_norms"], [[0.5, np.nan], [0.1, np.nan]])
    np.testing.assert_array_equal(found["layer_variances"], [[np.nan] * 2, [1e-300, 2.0]])


def test_damage_is_found(local_store, flip_bit) -> None:
    ref = put_history(local_store, [make_record(1)])
    flip_bit(local_store, ref.path, 4321)
    with pytest.raises(CorruptArtifact):
        get_history(ref)
