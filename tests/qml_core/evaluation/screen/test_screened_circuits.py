"""Product states, Clifford gates, bond dimensions and sizes of states."""

import math

import numpy as np
import pennylane as qml
import pytest
import torch

from qml_core.circuits.encodings import open_encoding
from qml_core.evaluation.screen.bond_dimension import bond_dimension
from qml_core.evaluation.screen.circuit_reasons import state_reasons, structure_reasons
from qml_core.evaluation.screen.structure import all_clifford, gates, largest_part
from qml_core.specs import EncodingSpec

QUARTERS = np.random.default_rng(0).integers(-3, 4, (5, 4)) * math.pi / 2


def against(spec, X):
    encoding = open_encoding(EncodingSpec.model_validate(spec), X.shape[1])
    operations = gates(encoding, np.ones(X.shape[1]))
    part = largest_part(operations, encoding.n_qubits)
    reasons = (
        *structure_reasons(encoding, operations, part),
        *state_reasons(encoding, X, None, part),
    )
    return {reason.check for reason in reasons if reason.against}


@pytest.mark.parametrize(
    ("spec", "part"),
    [
        ({"name": "iqp"}, 4),
        ({"name": "iqp", "entanglement": "none"}, 1),
        ({"name": "zz", "entanglement": "linear"}, 4),
        ({"name": "angle"}, 1),
        ({"name": "basis"}, 1),
        ({"name": "pauli", "paulis": ("Z",)}, 1),
        ({"name": "amplitude"}, 2),
    ],
)
def test_the_largest_part_is_what_gates_join(spec, part):
    encoding = open_encoding(EncodingSpec.model_validate(spec), 4)
    operations = gates(encoding, np.ones(4))
    assert largest_part(operations, encoding.n_qubits) == part


def test_two_pairs_are_parts_of_two():
    assert largest_part([qml.CNOT([0, 3]), qml.CZ([1, 2]), qml.Hadamard(4)], 5) == 2


@pytest.mark.parametrize(
    ("op", "clifford"),
    [
        (qml.Hadamard(0), True),
        (qml.S(0), True),
        (qml.T(0), False),
        (qml.CNOT([0, 1]), True),
        (qml.ISWAP([0, 1]), True),
        (qml.RY(-math.pi / 2, 0), True),
        (qml.RY(math.pi / 4, 0), False),
        (qml.IsingZZ(math.pi / 2, [0, 1]), True),
        (qml.IsingZZ(1.0, [0, 1]), False),
        (qml.ControlledPhaseShift(math.pi / 2, [0, 1]), False),
        (qml.Toffoli([0, 1, 2]), False),
    ],
)
def test_clifford_gates_map_pauli_words_to_pauli_words(op, clifford):
    assert all_clifford([op]) == clifford
    assert all_clifford([qml.Hadamard(0), op]) == clifford


def test_a_circuit_of_quarter_turns_is_a_clifford_circuit_and_no_other():
    assert against({"name": "angle"}, QUARTERS) == {"Clifford gates", "entanglers"}
    assert against({"name": "angle"}, QUARTERS + 1e-3) == {"entanglers"}
    assert against({"name": "basis"}, QUARTERS) == {"Clifford gates", "entanglers"}
    signs = np.where(QUARTERS > 0, 1.0, -1.0) * math.sqrt(math.pi / 2)
    assert against({"name": "iqp"}, QUARTERS) == set(), "their products are no quarter turns"
    assert against({"name": "iqp"}, signs) == set(), "one of two angles is none"


def test_one_row_with_another_gate_settles_it():
    rows = QUARTERS.copy()
    rows[-1, 0] += 0.3
    assert "Clifford gates" not in against({"name": "angle"}, rows)


@pytest.mark.parametrize(
    ("n_features", "too_small"), [(2, True), (8, True), (9, True), (30, True), (1, False)]
)
def test_amplitude_encoding_writes_down_as_many_numbers_as_it_is_given(n_features, too_small):
    X = np.random.default_rng(1).normal(size=(2, n_features))
    assert ("size of the state" in against({"name": "amplitude"}, X)) == too_small
    assert "size of the state" not in against({"name": "iqp"}, X)


def ghz(n):
    state = torch.zeros(1, 2**n, dtype=torch.complex128)
    state[0, 0] = state[0, -1] = math.sqrt(0.5)
    return state


def test_bond_dimensions_of_known_states():
    zero = torch.eye(16, dtype=torch.complex128)[:1]
    assert bond_dimension((zero,)) == 1
    assert bond_dimension((ghz(6),)) == 2
    assert bond_dimension((zero, ghz(3))) == 2
    bell = torch.kron(torch.kron(ghz(2), ghz(2)), ghz(2))  # neighbours
    assert bond_dimension((bell,)) == 2
    far = bell.reshape([2] * 6).permute(0, 2, 4, 1, 3, 5).reshape(1, -1)  # across the middle
    assert bond_dimension((far,)) == 8
    assert bond_dimension((torch.cat([bell, far]),)) == 8


def test_a_bond_dimension_ignores_weight_below_a_millionth():
    for epsilon, expected in ((1e-7, 1), (1e-5, 2)):
        state = torch.zeros(1, 4, dtype=torch.complex128)
        state[0, 0], state[0, 3] = math.sqrt(1 - epsilon), math.sqrt(epsilon)
        assert bond_dimension((state,)) == expected


def test_a_haar_random_state_needs_the_largest_bond_dimension():
    rng = np.random.default_rng(2)
    state = rng.normal(size=(2, 256)) + 1j * rng.normal(size=(2, 256))
    assert bond_dimension((torch.from_numpy(state),)) == 16
