import math

import numpy as np
import pytest

from qml_core.errors import DataError
from qml_core.kernels.rounding import MOST_ROWS, affordable_rows, rounding


def test_differences_are_those_of_the_upper_triangle_with_the_diagonal():
    double = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    stored = double.copy()
    stored[0, 1] = stored[1, 0] = 0.5 + 3e-4
    stored[2, 2] = 1 - 4e-4
    found = rounding(stored, double, "by hand")
    assert (found.how, found.rows, found.entries) == ("by hand", 3, 6)
    assert found.largest == pytest.approx(4e-4)
    assert found.rms == pytest.approx(5e-4 / math.sqrt(6))
    assert found.min_eigenvalue == pytest.approx(0.5 - 3e-4)
    assert found.min_eigenvalue_double == pytest.approx(0.5)


def test_float32_storage_is_within_half_a_unit_in_the_last_place_and_no_better():
    F = np.random.default_rng(0).normal(size=(60, 5))
    F /= np.linalg.norm(F, axis=1, keepdims=True)
    K = (F @ F.T) ** 2
    found = rounding(K.astype(np.float32).astype(np.float64), K, "")
    assert 2**-27 < found.largest <= 2**-25
    assert found.rms < found.largest
    assert found.min_eigenvalue < -1e-10 < found.min_eigenvalue_double


def test_the_sample_is_small_where_states_are_large_and_never_less_than_a_pair():
    assert affordable_rows(2) == affordable_rows(2**10) == MOST_ROWS
    assert affordable_rows(2**16) == 32
    assert affordable_rows(2**30) == 2


@pytest.mark.parametrize("shape", [(3,), (2, 3), (3, 3)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(DataError, match=r"\(2, 2\)"):
        rounding(np.ones(shape), np.eye(2), "")
