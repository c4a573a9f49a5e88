"""A task is retried only where the error says that trying again can help."""

import pytest
from prefect.states import Failed

from qml_core.errors import CorruptArtifact, DataError, StorageUnavailable
from tasks.options import is_retryable


@pytest.mark.parametrize(
    ("error", "retried"),
    [
        (StorageUnavailable("the store does not answer"), True),
        (DataError("one class only"), False),
        (CorruptArtifact("the bytes differ"), False),
        (ValueError("a defect of ours"), False),
    ],
)
def test_the_error_decides(error, retried):
    assert is_retryable(None, None, Failed(data=error)) is retried
