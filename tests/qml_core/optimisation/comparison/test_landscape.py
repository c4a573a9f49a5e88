"""A tabulated landscape."""

import numpy as np
import pytest

from qml_core.errors import DataError, SpecError
from qml_core.optimisation.comparison.landscape import Landscape
from qml_core.optimisation.space import Space
from qml_core.specs.space import DimensionSpec

SPACE = Space.of(
    (DimensionSpec(name="a", values=("x", "y")), DimensionSpec(name="b", values=(1, 2, 3)))
)


def test_losses_are_those_of_the_codes_in_c_order() -> None:
    landscape = Landscape(SPACE, np.array([5.0, 2.0, np.inf, 2.0, np.nan, 9.0]), "table")
    np.testing.assert_array_equal(
        landscape.loss(np.array([[1, 2], [0, 2], [0, 1]])), [9.0, np.nan, 2.0]
    )
    assert (landscape.optimum, landscape.worst, landscape.feasible) == (2.0, 9.0, 4)


def test_a_function_is_tabulated() -> None:
    landscape = Landscape.tabulated(SPACE, lambda codes: codes @ [10.0, 1.0])
    assert landscape.losses.tolist() == [0, 1, 2, 10, 11, 12]


@pytest.mark.parametrize("losses", [np.zeros(5), np.zeros((2, 3)), np.full(6, np.nan)])
def test_losses_of_another_space_or_none_at_all_are_refused(losses: np.ndarray) -> None:
    with pytest.raises(DataError, match="table"):
        Landscape(SPACE, losses, "table")


def test_a_code_outside_the_space_has_no_loss() -> None:
    with pytest.raises(SpecError, match="b has 3 levels"):
        Landscape(SPACE, np.zeros(6)).loss(np.array([[0, 3]]))
