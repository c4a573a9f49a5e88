"""Names that a package imports when they are asked for."""

import pytest

from qml_core import kernels, optimisation
from qml_core.first_use import on_first_use


def test_a_name_is_that_of_its_module_and_every_public_one_is_there() -> None:
    assert on_first_use("package", {"sqrt": "math"})("sqrt")(4.0) == 2.0
    for package in (kernels, optimisation):
        assert all(hasattr(package, name) for name in package.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'package' has no attribute 'sqr'"):
        on_first_use("package", {"sqrt": "math"})("sqr")
