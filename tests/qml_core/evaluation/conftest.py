"""Data that several tests of this folder look at."""

import pytest

from qml_core.evaluation.datasets import load_table
from qml_core.evaluation.splits import split_roles
from qml_core.specs import DatasetSpec


@pytest.fixture(scope="module")
def cancer():
    """The table of breast_cancer, and which of its rows train in the first split."""
    table = load_table(DatasetSpec(name="breast_cancer"))
    return table, split_roles(table.y, table.task, 0.2, 0) == 0
