"""Inverses of gates are gates, and undo them."""

import numpy as np
import pennylane as qml
import pytest

from qml_core.errors import CircuitRefused
from qml_core.hardware.inverse import inverse, inverted

GATES = [
    qml.Hadamard(0),
    qml.SX(0),
    qml.S(0),
    qml.T(0),
    qml.RX(0.3, wires=0),
    qml.RZ(-2.1, wires=0),
    qml.CNOT([0, 1]),
    qml.CZ([0, 1]),
    qml.ECR([0, 1]),
    qml.IsingZZ(0.7, wires=[0, 1]),
]


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_a_gate_and_its_inverse_are_the_identity_up_to_a_phase(gate):
    product = qml.matrix(qml.prod(*inverse(gate)[::-1], gate), wire_order=[0, 1])
    np.testing.assert_allclose(product, product[0, 0] * np.eye(4), atol=1e-12)
    assert not any("Adjoint" in g.name for g in inverse(gate))


def test_a_sequence_is_undone_from_its_end():
    gates = (qml.Hadamard(0), qml.RZ(0.4, wires=0), qml.CNOT([0, 1]))
    assert [g.name for g in inverted(gates)] == ["CNOT", "RZ", "Hadamard"]
    assert inverted(gates)[1].parameters == [-0.4]


def test_a_gate_whose_inverse_is_no_gate_is_refused():
    with pytest.raises(CircuitRefused, match="inverse of ISWAP"):
        inverse(qml.ISWAP([0, 1]))
