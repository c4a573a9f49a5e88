"""Which quantum models have a control without entanglers."""

import pytest

from qml_core.specs import ModelSpec
from qml_core.specs.contestant import contestants_of, without_entanglers


def kernel_model(**encoding):
    return ModelSpec.model_validate({"kernel": {"encoding": encoding}})


@pytest.mark.parametrize("name", ["iqp", "zz", "pauli"])
def test_only_the_entanglement_differs(name):
    model = kernel_model(name=name, reps=3)
    plain = without_entanglers(model)
    assert plain == kernel_model(name=name, reps=3, entanglement="none")
    assert without_entanglers(plain) is None


@pytest.mark.parametrize(
    "model",
    [
        kernel_model(name="angle"),
        kernel_model(name="amplitude"),
        kernel_model(name="pauli", paulis=("ZZ", "XY")),
        ModelSpec(name="vqc"),
    ],
)
def test_a_model_of_which_nothing_would_be_left_has_none(model):
    assert without_entanglers(model) is None
    labels = [c.control for c in contestants_of((model,), (), ("no_entanglers",))]
    assert labels == [None]
