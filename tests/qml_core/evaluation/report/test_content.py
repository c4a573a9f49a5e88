"""What a picture of a kernel refuses."""

from dataclasses import replace

import numpy as np
import pytest

from qml_core.errors import SpecError


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"heat": np.eye(401), "labels": None}, r"\(401, 401\)"),
        ({"heat": np.ones((3, 4)), "labels": None}, r"\(3, 4\)"),
        ({"labels": np.zeros(7, dtype=np.int64)}, r"\(7,\)"),
        ({"off_diagonal": np.empty(0)}, "0 off-diagonal"),
        ({"eigenvalues": np.empty(0)}, "0 eigenvalues"),
    ],
)
def test_a_picture_that_does_not_fit_together_is_refused_with_what_was_found(binary, fields, found):
    with pytest.raises(SpecError, match=found):
        replace(binary().kernel, **fields)
