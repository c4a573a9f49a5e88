"""Ising polynomials from and to PennyLane operators, by their matrices."""

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from polynomials import all_bits, polynomials

from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising


@settings(max_examples=25, deadline=None)
@given(ising=polynomials(most=5))
def test_the_matrix_of_the_operator_is_the_diagonal_of_energies(ising):
    operator = ising.to_hamiltonian()
    matrix = qml.matrix(operator, wire_order=range(ising.n_qubits))
    assert np.allclose(matrix, np.diag(ising.energies(all_bits(ising.n_qubits))), atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(ising=polynomials(most=5))
def test_there_and_back_gives_the_same_polynomial(ising):
    assert Ising.from_hamiltonian(ising.to_hamiltonian()) == ising


@pytest.mark.parametrize(
    "hamiltonian",
    [
        qml.Hamiltonian([1.5, -2.0, 0.5], [qml.Z(0), qml.Z(0) @ qml.Z(2), qml.Identity(0)]),
        1.5 * qml.Z(0) - 2.0 * qml.Z(2) @ qml.Z(0) + 0.5 * qml.I(),
        qml.sum(
            1.5 * qml.Z(0),
            qml.s_prod(-2.0, qml.Z(0) @ qml.Z(2) @ qml.Z(1) @ qml.Z(1)),
            0.5 * qml.I(1),
        ),
    ],
)
def test_every_form_of_a_sum_of_z_is_read(hamiltonian):
    found = Ising.from_hamiltonian(hamiltonian)
    assert found == Ising(3, {(): 0.5, (0,): 1.5, (0, 2): -2.0})
    matrix = qml.matrix(hamiltonian, wire_order=range(3))
    assert np.allclose(np.diag(matrix), found.energies(all_bits(3)))


def test_the_maxcut_of_pennylane_has_the_energy_of_ours():
    import networkx as nx

    graph = nx.house_graph()
    theirs = qml.qaoa.maxcut(graph)[0]
    matrix = np.diag(qml.matrix(theirs, wire_order=range(5))).real
    assert np.allclose(matrix, Ising.maxcut(graph).energies(all_bits(5)))
    assert Ising.from_hamiltonian(theirs) == Ising.maxcut(graph)


def test_named_wires_follow_the_operator_or_the_order_asked_for():
    hamiltonian = qml.Z("b") + 2 * qml.Z("a")
    assert Ising.from_hamiltonian(hamiltonian) == Ising(2, {(0,): 1.0, (1,): 2.0})
    named = Ising.from_hamiltonian(hamiltonian, wires=["a", "c", "b"])
    assert named == Ising(3, {(0,): 2.0, (2,): 1.0})


def test_a_wire_number_beyond_any_register_is_a_name():
    assert Ising.from_hamiltonian(qml.Z(10**12)) == Ising(1, {(0,): 1.0})


@pytest.mark.parametrize(
    ("hamiltonian", "message"),
    [
        (qml.Z(0) + qml.X(1), r"X\(1\) given, an Ising polynomial has Z"),
        (qml.Z(0) @ qml.Y(1), "Ising polynomial has Z"),
        (1j * qml.Z(0), "energies are real"),
        (float("nan") * qml.Z(0), "coefficient nan"),
        (qml.RX(0.1, wires=0), "RX given"),
        ("Z0", "str given"),
        (None, "NoneType given"),
    ],
)
def test_other_operators_are_refused(hamiltonian, message):
    with pytest.raises(SpecError, match=message):
        Ising.from_hamiltonian(hamiltonian)


@pytest.mark.parametrize("wires", [["a"], ["a", "b", "a"]])
def test_orders_of_wires_that_do_not_fit_are_refused(wires):
    with pytest.raises(SpecError, match="each is needed once"):
        Ising.from_hamiltonian(qml.Z("a") + qml.Z("b"), wires=wires)
