"""The screen of a table as it was read, before any preprocessing."""

import numpy as np

from qml_core.evaluation.datasets import Table
from qml_core.evaluation.screen.by_design import image_range, screen_data
from qml_core.references.benchmark import ScreenRef


def screen_table(name: str, table: Table) -> ScreenRef:
    """Whether a quantum model is ruled out by what kind of data these are.

    Args:
        name: of the data set.
    """
    features = table.features
    numeric = features.select_dtypes("number").to_numpy(np.float64)
    pixels = numeric.shape == features.shape and bool(np.isfinite(numeric).all())
    return screen_data(
        name,
        table.task,
        rows=len(features),
        n_features=features.shape[1],
        columns=[str(column) for column in features.columns],
        values_range=image_range(numeric) if pixels else None,
    )
