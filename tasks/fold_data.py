"""The folds of the training rows as data sets of their own, whose trainings are planned as ever."""

import numpy as np
from numpy.typing import NDArray

from qml_core.evaluation.objectives.cross_validation import folds_of
from qml_core.evaluation.objectives.kernel_machines import Fold
from qml_core.references import DatasetRef
from qml_core.storage.datasets import put_arrays
from qml_core.storage.probe import open_checked_store
from tasks.datasets import data_digest, read_columns

Arrays = dict[str, NDArray[np.float64]]


def data_of_folds(data: DatasetRef, folds: int, seed: int) -> tuple[DatasetRef, ...]:
    """Of each fold the rows to fit as training rows, those to score held out.

    The same rows are the same objects in the store, whoever asks for them and under what name.

    Raises:
        DataError: too few rows for two folds.
    """
    names = ("x", "raw", "y")
    rows = dict(zip(names, read_columns(data, "train", *names), strict=True))
    return tuple(_of_fold(data, rows, fold) for fold in folds_of(rows["y"], data.task, folds, seed))


def _of_fold(data: DatasetRef, rows: Arrays, fold: Fold) -> DatasetRef:
    fit, held = fold
    roles = np.zeros(len(rows["x"]), np.int8)
    roles[held] = 1
    stored = put_arrays(open_checked_store(data.store), "datasets", {**rows, "role": roles}, {})
    return data.model_copy(
        update={
            **stored.model_dump(),
            "digest": data_digest(rows["x"], roles),
            "rows": len(roles),
            "n_train": len(fit),
            "n_test": len(held),
        }
    )
