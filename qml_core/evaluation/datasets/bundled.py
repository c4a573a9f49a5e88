"""Data sets that come with scikit-learn: no network."""

import numpy as np

from qml_core.evaluation.datasets.table import Raw


def bundled(name: str) -> Raw:
    """The data set `sklearn.datasets.load_<name>`, with its own column and class names."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    y = np.asarray(bunch.target)
    classes = () if name == "diabetes" else tuple(str(c) for c in bunch.target_names)
    columns = tuple(str(column) for column in bunch.feature_names)
    X = np.asarray(bunch.data, dtype=np.float64)
    return Raw(X, y if not classes else y.astype(np.int64), columns, "target", classes)
