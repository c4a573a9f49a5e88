"""What a diagnosis accepts, and which sizes it means."""

import pytest
from pydantic import ValidationError

from qml_core.errors import SpecError
from qml_core.specs import BackendSpec, DiagnosisSpec, check_exact


def test_every_number_of_layers_is_a_series():
    spec = DiagnosisSpec(qubits=(2, 4), layers=(1, 3))
    assert spec.points == ((2, 1), (4, 1), (2, 3), (4, 3))
    assert spec.spectrum_depths == (1, 3)


def test_layers_can_grow_with_the_qubits():
    spec = DiagnosisSpec(qubits=(2, 3, 10), layers_per_qubit=0.5)
    assert spec.points == ((2, 1), (3, 2), (10, 5))
    assert spec.spectrum_depths == (1,)


def test_a_check_that_is_not_asked_for_has_no_points():
    spec = DiagnosisSpec(checks=("gradients",))
    assert (spec.noisy_depths, spec.spectrum_depths) == ((), ())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"qubits": (4, 2)}, "qubits must rise"),
        ({"qubits": (2, 2)}, "qubits must rise"),
        ({"noise_layers": (8, 4)}, "noise_layers must rise"),
        ({"qubits": (2, 40)}, "less than or equal to 20"),
        ({"samples": 2}, "greater than or equal to 10"),
        ({"layers": ()}, "at least 1"),
        ({"ansatz": "brick"}, "unknown ansatz 'brick'"),
        ({"checks": ("noise", "noise")}, "name one twice"),
        ({"measurement": {"kind": "z", "qubits": (3,)}}, "circuit of 2 qubits"),
        ({"measurement": {"kind": "pauli", "paulis": ("ZZ",)}}, "one number of qubits"),
        ({"initialisation": "identity", "layers": (2, 3)}, "found 3 layers"),
    ],
)
def test_what_cannot_be_diagnosed_is_refused_by_name(fields, words):
    with pytest.raises(ValidationError, match=words):
        DiagnosisSpec(**fields)


def test_a_pauli_sum_is_for_one_number_of_qubits():
    spec = DiagnosisSpec(
        qubits=(3,), noise_qubits=3, measurement={"kind": "pauli", "paulis": ("ZXI",)}
    )
    assert spec.points == ((3, 2), (3, 8))


@pytest.mark.parametrize("backend", [{"name": "default.qubit"}, {"shots": 100}])
def test_a_diagnosis_is_exact(backend):
    with pytest.raises(SpecError, match="exact gradients"):
        check_exact(BackendSpec(**backend))
