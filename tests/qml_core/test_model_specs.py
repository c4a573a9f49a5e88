"""Which encoding and which fields a model has."""

from typing import Any

import pytest

from qml_core import specs


def test_a_detail_of_the_encoding_of_a_circuit_leaves_its_name_and_a_kernel_has_its_own() -> None:
    detail: dict[str, Any] = {"encoding": {"n_qubits": 2}}
    assert specs.CircuitSpec.model_validate(detail).encoding.name == "angle"
    assert specs.DiagnosisSpec.model_validate(detail).spectrum_encoding.name == "angle"
    assert specs.KernelSpec.model_validate(detail).encoding.name == "iqp"


@pytest.mark.parametrize("name", ["qsvc", "qsvr", "vqc", "vqr", "hybrid"])
def test_a_model_uses_kernel_or_circuit_and_only_hybrid_has_hidden_layers(name: str) -> None:
    unused = set(specs.ModelSpec(name=name).unused)
    assert ("kernel" in unused) != ("circuit" in unused)
    assert ("hidden" in unused) == (name != "hybrid")
