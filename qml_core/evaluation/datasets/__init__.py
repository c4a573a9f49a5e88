"""Data sets: bundled with scikit-learn, generated, or from a file, all as one `Table`."""

from qml_core.evaluation.datasets.loading import load, load_table, read_features
from qml_core.evaluation.datasets.registry import DatasetInfo, generate, names
from qml_core.evaluation.datasets.study import study
from qml_core.evaluation.datasets.table import Raw, Table, make_table, task_of

__all__ = [
    "DatasetInfo",
    "Raw",
    "Table",
    "generate",
    "load",
    "load_table",
    "make_table",
    "names",
    "read_features",
    "study",
    "task_of",
]
