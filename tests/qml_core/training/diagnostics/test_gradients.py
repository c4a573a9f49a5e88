"""Variances against closed forms; gradients against PennyLane and shifted expectation values."""

import math

import numpy as np
import pennylane as qml
import pytest
import torch
from scipy.stats import unitary_group

from qml_core.specs import DiagnosisSpec, MeasurementSpec
from qml_core.training.diagnostics.cost import open_cost
from qml_core.training.diagnostics.decay import variance_error
from qml_core.training.diagnostics.gradients import gradient_statistics
from qml_core.training.diagnostics.sampling import gradients
from qml_core.training.diagnostics.subject import open_subject
from qml_core.training.diagnostics.zeros import structural_zeros

CLOSED = {
    "global": lambda n: (1 / 8) * (3 / 8) ** (n - 1),
    "local": lambda n: 1 / (8 * n**2),
    "parity": lambda n: (1 / 4) * (1 / 2) ** n,  # C = (1 − Π cos θ)/2
}


@pytest.mark.parametrize("kind", CLOSED)
@pytest.mark.parametrize("n", [2, 3, 5, 7])
def test_product_rotations_have_the_variance_of_the_closed_form(rotations, kind, n):
    rng = np.random.default_rng(n)
    theta = rng.uniform(0, 2 * math.pi, (6000, n))
    cost = open_cost(MeasurementSpec(kind=kind), n)
    found = gradient_statistics(rotations(n), cost, theta, np.zeros((6000, 1)))
    assert (found.zeros, found.entries[found.shown]) == (0, 0)
    assert abs(found.first_variance - CLOSED[kind](n)) < 3 * found.first_error
    assert found.mean_variance == pytest.approx(CLOSED[kind](n), rel=0.2)


def test_the_readouts_own_scale_would_be_four_times_the_variance(rotations):
    theta = np.random.default_rng(0).uniform(0, 2 * math.pi, (50, 2))
    cost = open_cost(MeasurementSpec(kind="global"), 2)
    states = torch.zeros(2, 4, dtype=torch.complex128)
    states[0, 0] = states[1, 3] = 1
    assert cost(states).tolist() == [0, 1]  # 1 − P(0…0), not 2 P(0…0) − 1
    found = gradients(rotations(2), cost, theta, np.zeros((50, 1)))
    expected = np.cos(theta[:, 1] / 2) ** 2 * np.sin(theta[:, 0]) / 2
    np.testing.assert_allclose(found[:, 0], expected, atol=1e-12)


@pytest.mark.parametrize(("n", "value"), [(2, 0.106667), (3, 0.056437)])
def test_haar_on_both_sides_has_the_variance_of_a_two_design(n, value):
    d, samples = 2**n, 4000
    closed = d**2 / (2 * (d**2 - 1) * (d + 1))
    assert closed == pytest.approx(value, abs=1e-6)
    left = unitary_group.rvs(d, size=samples, random_state=1)
    right = unitary_group.rvs(d, size=samples, random_state=2)
    generator = qml.matrix(qml.PauliX(0), wire_order=range(n)) / 2
    observable = qml.matrix(qml.PauliZ(0), wire_order=range(n))
    states = right[:, :, 0]  # after the first circuit; the angle's own value does not matter
    turned = left.conj().swapaxes(1, 2) @ observable @ left
    commutator = generator @ turned - turned @ generator
    slopes = np.real(1j * np.einsum("si,sij,sj->s", states.conj(), commutator, states))
    assert abs(np.var(slopes, ddof=1) - closed) < 3 * variance_error(slopes)


def test_a_deep_ansatz_reaches_the_haar_value():
    n, samples = 3, 1500
    subject = open_subject(DiagnosisSpec(ansatz="strongly_entangling"), n, 24)
    rng = np.random.default_rng(3)
    theta = subject.parameters(samples, rng)
    x = subject.features(samples, rng)
    found = gradients(subject.circuit, subject.cost, theta, x)
    middle = found[:, [k for k, layer in enumerate(subject.circuit.layer_of) if layer == 12]]
    d = 2**n
    haar = d**2 / (2 * (d**2 - 1) * (d + 1)) / 4  # of ⟨Z⟩; C = (1 − ⟨Z⟩)/2 has a quarter
    assert np.var(middle, axis=0).mean() == pytest.approx(haar, rel=0.06)


@pytest.mark.parametrize("kind", ["z", "parity", "local", "global"])
def test_gradients_are_those_of_pennylane(kind):
    subject = open_subject(DiagnosisSpec(measurement={"kind": kind}), 3, 2)
    rng = np.random.default_rng(5)
    theta, x = subject.parameters(2, rng), subject.features(2, rng)
    found = gradients(subject.circuit, subject.cost, theta, x)
    diagonal = subject.cost.diagonal

    @qml.qnode(qml.device("default.qubit"), interface="torch", diff_method="backprop")
    def circuit(parameters):
        subject.circuit(x[0], parameters)
        return qml.probs(wires=range(3))

    parameters = torch.tensor(theta[0], requires_grad=True)
    ((1 - circuit(parameters) @ diagonal) / 2).backward()
    np.testing.assert_allclose(found[0], parameters.grad.numpy(), atol=1e-12)


def test_a_pauli_sum_is_read_as_it_is_written(rotations):
    cost = open_cost(MeasurementSpec(kind="pauli", paulis=("0.5*ZI - YI",)), 2)
    theta = np.array([[0.3, 0.4]])
    found = gradients(rotations(2), cost, theta, np.zeros((1, 1)))
    # ⟨Z⟩ = cos θ, ⟨Y⟩ = −sin θ
    assert found[0] == pytest.approx([-(-0.5 * np.sin(0.3) + np.cos(0.3)) / 2, 0], abs=1e-12)


def test_structural_zeros_are_found_and_left_out():
    subject = open_subject(DiagnosisSpec(), 4, 1)
    zero = structural_zeros(subject.circuit, subject.cost)
    generic = np.random.default_rng(0).uniform(0.2, 6, (8, 12))
    slopes = gradients(subject.circuit, subject.cost, generic, np.zeros((8, 4)))
    assert list(zero) == (np.abs(slopes).max(axis=0) < 1e-12).tolist()
    assert zero[2]  # RZ before a CNOT it controls, on a qubit where ⟨Z⟩ is read
    found = gradient_statistics(subject.circuit, subject.cost, generic, np.zeros((8, 4)))
    assert found.zeros == sum(zero) > 0
    assert not any(zero[k] for k in found.entries)


def test_where_all_gradients_are_structurally_zero_there_are_no_statistics(rotations):
    cost = open_cost(MeasurementSpec(kind="pauli", paulis=("X",)), 1)
    theta = np.random.default_rng(0).uniform(0, 6, (10, 1))
    assert gradient_statistics(rotations(1), cost, theta, np.zeros((10, 1))) is None


def test_batches_of_little_memory_give_the_same_gradients(monkeypatch):
    subject = open_subject(DiagnosisSpec(), 3, 2)
    rng = np.random.default_rng(0)
    theta, x = subject.parameters(7, rng), subject.features(7, rng)
    whole = gradients(subject.circuit, subject.cost, theta, x)
    monkeypatch.setattr("qml_core.training.diagnostics.sampling._BYTES", 3 * 16 * 8 * 37)
    np.testing.assert_allclose(
        gradients(subject.circuit, subject.cost, theta, x), whole, atol=1e-15
    )
