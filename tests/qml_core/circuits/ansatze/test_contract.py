"""What every ansatz promises."""

import numpy as np
import pennylane as qml
import pytest

from qml_core.ansatz_names import own_ansatze
from qml_core.circuits.ansatze import Ansatz, get

every = pytest.mark.parametrize("name", own_ansatze())
SELF_INVERSE = {"CNOT", "CZ"}
PAULI_ROTATIONS = {"RX", "RY", "RZ"}


def gates(name, n, index=0):
    ansatz = get(name)
    layer = qml.tape.make_qscript(ansatz.layer)(
        np.arange(1.0, 1 + ansatz.per_layer(n)), range(n), index
    )
    if ansatz.before is None:
        return layer.operations
    before = qml.tape.make_qscript(ansatz.before)
    return before(np.arange(-float(n), 0), range(n)).operations + layer.operations


@every
def test_what_is_known_of_it_is_complete(name):
    ansatz = get(name)
    assert isinstance(ansatz, Ansatz)
    assert ansatz.name == name
    assert ansatz.layer.__doc__
    assert "arXiv" in ansatz.paper
    assert ansatz.description.endswith(".")
    assert (ansatz.before is None) == (ansatz.before_count(4) == 0)


@every
@pytest.mark.parametrize("n", [2, 3, 6, 7])
def test_every_parameter_turns_one_pauli_rotation_in_order(name, n):
    rotations = [op for op in gates(name, n) if op.num_params]
    assert {op.name for op in rotations} <= PAULI_ROTATIONS
    ansatz = get(name)
    first = [-float(n) + k for k in range(ansatz.before_count(n))]
    assert [op.data[0] for op in rotations] == [*first, *range(1, 1 + ansatz.per_layer(n))]


@every
@pytest.mark.parametrize("n", [2, 3, 6])
def test_the_other_gates_are_their_own_inverse_and_join_all_qubits(name, n):
    fixed = [op for op in gates(name, n) if not op.num_params]
    assert {op.name for op in fixed} <= SELF_INVERSE
    assert set().union(*(op.wires for op in fixed)) == set(range(n))


@every
def test_a_batch_of_parameters_gives_batched_gates(name):
    ansatz = get(name)
    theta = np.ones((5, ansatz.per_layer(3)))
    tape = qml.tape.make_qscript(ansatz.layer)(theta, range(3), 0)
    assert tape.batch_size == 5


def test_distances_of_strongly_entangling_layers_grow_and_start_again():
    reached = [gates("strongly_entangling", 4, index)[-1].wires.tolist() for index in range(4)]
    assert reached == [[3, 0], [3, 1], [3, 2], [3, 0]]
