"""State vectors: rows, panels, precision, circuits with little in them."""

import numpy as np
import pennylane as qml
import pytest
import torch

from qml_core.simulation import evolution, steps
from qml_core.simulation.circuit import Circuit
from qml_core.simulation.reference import reference_states
from qml_core.simulation.statevector import state_vectors

N_QUBITS = 4


def templates(x):
    qml.StatePrep(np.full(2**N_QUBITS, 2.0 ** (-N_QUBITS / 2)), wires=range(N_QUBITS))
    qml.IQPEmbedding(x, wires=range(N_QUBITS), n_repeats=2)
    qml.QFT(wires=range(N_QUBITS))
    qml.MultiRZ(x[..., 0], wires=[3, 1, 0])
    qml.DiagonalQubitUnitary(np.exp(1j * np.arange(4)), wires=[2, 0])
    qml.Toffoli(wires=[3, 0, 1])
    qml.MultiControlledX(wires=[0, 2, 3, 1])
    qml.Rot(x[..., 1], x[..., 2], x[..., 3], wires=2)


def layers(x):
    for wire in range(N_QUBITS):
        qml.RY(x[..., wire], wire)
    for wire in range(N_QUBITS):
        qml.IsingXX(x[..., wire] * x[..., 0], [wire, (wire + 1) % N_QUBITS])
        qml.CNOT([wire, (wire + 1) % N_QUBITS])
        qml.RX(0.3, wire)
    qml.ISWAP([0, 2])


def of_values(x):
    qml.AmplitudeEmbedding(x, wires=[0, 3], normalize=True)
    qml.Rot(np.sin(x[..., 0]), 0.3, x[..., 1] ** 2, wires=1)
    qml.CNOT([1, 2])
    qml.QFT(wires=range(N_QUBITS))


def rows(n, features=N_QUBITS):
    return np.random.default_rng(3).normal(size=(n, features))


@pytest.mark.parametrize("device", ["default.qubit", "lightning.qubit"])
def test_templates_and_big_gates_agree_with_pennylane(device):
    ours = state_vectors(templates, rows(5), N_QUBITS)
    truth = reference_states(templates, rows(5), N_QUBITS, device)
    torch.testing.assert_close(ours, truth, rtol=0, atol=1e-13)


@pytest.mark.parametrize("split", [False, True], ids=["whole signs", "signs of halves"])
def test_sixteen_qubits_agree_with_pennylane(split, monkeypatch):
    monkeypatch.setattr(steps, "_SIGN_BYTES", 0 if split else 2**25)

    def circuit(x):
        for wire in range(16):
            qml.Hadamard(wire)
        for wire in range(15):
            qml.IsingZZ(x[..., 0] * (wire + 1), wires=[wire, wire + 1])
        qml.MultiRZ(x[..., 1], wires=[15, 2, 8, 7])
        qml.RX(x[..., 1], wires=7)

    X = np.array([[0.3, 1.1], [-0.7, 0.2]])
    ours = state_vectors(circuit, X, 16)
    truth = reference_states(circuit, X, 16, "lightning.qubit")
    torch.testing.assert_close(ours, truth, rtol=0, atol=1e-13)


def test_single_precision_is_complex64_and_close():
    single = state_vectors(templates, rows(4), N_QUBITS, "single")
    double = state_vectors(templates, rows(4), N_QUBITS, "double")
    assert single.dtype == torch.complex64
    assert 0 < (single - double).abs().max() < 1e-5


@pytest.mark.parametrize("circuit", [templates, layers, of_values])
@pytest.mark.parametrize("at_once", [1, 3 * 2**N_QUBITS, 2**17])
def test_many_rows_equal_row_by_row(circuit, at_once, monkeypatch):
    monkeypatch.setattr(evolution, "_AMPLITUDES_AT_ONCE", at_once)
    X = rows(10)
    together = state_vectors(circuit, X, N_QUBITS)
    alone = torch.cat([state_vectors(circuit, x[None], N_QUBITS) for x in X])
    assert (together - alone).abs().max() <= 1e-13 * alone.abs().max()


def test_more_rows_than_a_panel_holds():
    X = rows(2**17 // 2**N_QUBITS + 5)
    found = state_vectors(layers, X, N_QUBITS)
    truth = state_vectors(layers, X[-7:], N_QUBITS)
    assert (found[-7:] - truth).abs().max() <= 1e-13
    torch.testing.assert_close(found.abs().square().sum(1), torch.ones(len(X)).double())


@pytest.mark.parametrize("circuit", [templates, layers, of_values])
@pytest.mark.parametrize("precision", ["double", "single"])
def test_two_calls_are_bit_identical(circuit, precision):
    first = state_vectors(circuit, rows(50), N_QUBITS, precision)
    assert torch.equal(first, state_vectors(circuit, rows(50), N_QUBITS, precision))
    engine = Circuit(circuit, N_QUBITS, precision=precision)
    assert torch.equal(first, engine.states(rows(50)))
    assert torch.equal(first, engine.states(rows(50)))


def test_a_gradient_changes_no_state():
    X = torch.from_numpy(rows(6))
    plain = Circuit(layers, N_QUBITS).states(X)
    for mode in ("autograd", "adjoint"):
        kept = Circuit(layers, N_QUBITS, gradient=mode).states(X.clone().requires_grad_())
        torch.testing.assert_close(kept.detach(), plain, rtol=0, atol=1e-14)


def test_circuits_without_gates_and_wires_without_gates():
    zero = torch.tensor([[1.0, 0.0, 0.0, 0.0]] * 2, dtype=torch.float64)
    found = Circuit(lambda x: None, 2).states(np.zeros((2, 1)))
    torch.testing.assert_close(found, zero, check_dtype=False)
    found = Circuit(lambda x: qml.RY(x[..., 0], 1), 3).states(np.array([[0.4], [0.9]]))
    expected = torch.zeros(2, 8, dtype=torch.float64)
    expected[:, 0] = torch.cos(torch.tensor([0.2, 0.45]))
    expected[:, 2] = torch.sin(torch.tensor([0.2, 0.45]))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-7)


def test_a_circuit_that_ignores_its_rows_has_a_state_for_each():
    found = Circuit(lambda x: qml.Hadamard(0), 1).states(np.zeros((5, 2)))
    assert found.shape == (5, 2)


def test_a_batch_of_numbers_and_a_batch_of_matrices(reference):
    def circuit(x, m):
        qml.RX(x, 0)
        qml.RY(m[..., 1, 0] * x, 1)
        qml.CNOT([0, 1])

    x, m = np.array([0.4, 0.9, -1.0]), np.random.default_rng(1).normal(size=(3, 2, 2))
    found = Circuit(circuit, 2, batched=(True, True)).states(x, m)
    expected = reference(circuit, 2, x, m, batched=(True, True))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-14)


def test_lists_and_integers_are_taken_as_numbers():
    found = Circuit(lambda x: qml.RX(x[..., 0], 0), 1).states([[1], [2]])
    assert found[:, 0].real.tolist() == pytest.approx([np.cos(0.5), np.cos(1.0)])
