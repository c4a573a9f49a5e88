"""Which gates of a circuit depend on which parameters."""

from dataclasses import dataclass

import numpy as np
import pennylane as qml
import pytest

from qml_core.circuits.readout import open_readout
from qml_core.circuits.variational import open_circuit
from qml_core.specs.circuit import CircuitSpec, MeasurementSpec
from qml_core.training.gradients.occurrences import occurrences
from qml_core.training.gradients.shift import ShiftRule, turned


@dataclass(frozen=True)
class Example:
    n_qubits: int = 2
    n_features: int = 2
    n_parameters: int = 4

    def __call__(self, x, theta):
        qml.RY(x[..., 0], 0)
        qml.RX(theta[..., 0], 0)
        qml.CRY(theta[..., 1], [0, 1])
        qml.RX(theta[..., 0] + theta[..., 2], 1)
        qml.RY(theta[..., 3] * x[..., 1], 0)
        qml.adjoint(qml.RX(theta[..., 2], 0))
        qml.RZ(theta[..., 1], 0)


READOUT = open_readout(MeasurementSpec(), 2, 2)


def test_each_gate_says_what_its_angle_depends_on():
    found = occurrences(Example(), READOUT)
    assert [gate.position for gate in found] == [1, 2, 3, 4, 5, 6]
    assert [gate.parameters for gate in found] == [(0,), (1,), (0, 2), (3,), (2,), (1,)]
    assert [gate.frequencies for gate in found] == [(1,), (0.5, 1), (1,), (1,), (1,), (1,)]
    assert [gate.unit for gate in found] == [True, True, False, False, True, True]
    assert [gate.features for gate in found] == [False] * 6
    assert [gate.zero for gate in found] == [False] * 5 + [True]


def test_features_that_ask_for_a_gradient_make_their_gates_count():
    found = occurrences(Example(), READOUT, features=True)
    assert [(gate.position, gate.parameters) for gate in found if gate.features] == [
        (0, ()),
        (4, (3,)),
    ]


def test_frozen_entries_make_no_occurrences():
    found = occurrences(Example(), READOUT, (False, True, False, True))
    assert [(gate.position, gate.parameters) for gate in found] == [(2, (1,)), (4, (3,)), (6, (1,))]


def test_two_shifted_circuits_a_rotation_four_a_controlled_one_none_where_zero():
    found = occurrences(Example(), READOUT)
    assert [gate.circuits for gate in found] == [2, 4, 2, 2, 2, 0]
    assert ShiftRule(tuple(gate for gate in found if not gate.zero)).circuits == 13


def test_a_controlled_rotations_gradient_is_a_rule_of_four():
    angle, gate = 0.8, occurrences(Example(), READOUT, (False, True, False, False))[0]
    rule = ShiftRule((gate,))
    operations = [qml.RY(0.3, 0), qml.RX(0.4, 0), qml.CRY(angle, [0, 1])]
    shifted = [tape.operations[2].data[0] - angle for tape in rule.shifted(operations)]
    np.testing.assert_allclose(shifted, [0, np.pi / 2, -np.pi / 2, 3 * np.pi / 2, -3 * np.pi / 2])
    assert turned(operations[2], 0.5).data[0] == pytest.approx(1.3)


def test_every_parameter_of_the_hardware_efficient_ansatz_is_the_angle_of_one_gate():
    circuit = open_circuit(CircuitSpec(layers=2), 3)
    found = occurrences(circuit, open_readout(MeasurementSpec(), 3, 3))
    assert [gate.parameters for gate in found] == [(k,) for k in range(circuit.n_parameters)]
    assert all(gate.unit for gate in found)
    last_rz = [circuit.n_parameters - 9 + 3 * qubit + 2 for qubit in range(3)]
    assert [gate.parameters[0] for gate in found if gate.zero] == last_rz
