"""One definition of noise, against PennyLane's and Qiskit's channels."""

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.quantum_info import Kraus, average_gate_fidelity
from qiskit_aer.noise import depolarizing_error

from qml_core.hardware.noise.channels import (
    GateNoise,
    average_fidelity,
    little_endian,
    noise_of_gate,
    noise_of_gates,
    readout_channel,
    relaxation,
)
from qml_core.references import GateCalibration, QubitCalibration

times = st.floats(1e-6, 1e-3)


def _superoperator(kraus):
    return sum(np.kron(k, k.conj()) for k in kraus)


@given(t1=times, ratio=st.floats(0.05, 2), lifetimes=st.floats(0, 5))
def test_relaxation_is_that_of_pennylane(t1, ratio, lifetimes):
    duration = lifetimes * ratio * t1
    qubit = QubitCalibration(t1=t1, t2=ratio * t1)
    kraus = GateNoise(0.0, (relaxation(qubit, duration),)).kraus
    expected = qml.ThermalRelaxationError.compute_kraus_matrices(0.0, t1, ratio * t1, duration)
    assert np.allclose(_superoperator(kraus), _superoperator(expected), atol=1e-9)


@pytest.mark.parametrize("n", [1, 2])
def test_depolarising_alone_is_that_of_aer(n):
    noise = noise_of_gate(
        GateCalibration(name="G", wires=range(n), error=0.03), [QubitCalibration()] * n
    )
    expected = Kraus(depolarizing_error(noise.depolarising, n)).data
    assert np.allclose(_superoperator(noise.kraus), _superoperator(expected), atol=1e-9)


@given(
    error=st.floats(0, 1),
    qubits=st.lists(st.tuples(times, st.floats(0.05, 3)), min_size=1, max_size=2),
    duration=st.floats(0, 1e-3),
)
def test_a_gate_has_the_calibrated_error_unless_relaxation_has_more(error, qubits, duration):
    records = [QubitCalibration(t1=t1, t2=ratio * t1) for t1, ratio in qubits]
    gate = GateCalibration(name="G", wires=range(len(qubits)), error=error, duration=duration)
    noise = noise_of_gate(gate, records)
    d = 2 ** len(qubits)
    alone = 1 - average_fidelity(noise.damping_kraus)
    infidelity = 1 - average_gate_fidelity(Kraus(list(noise.kraus)))
    assert infidelity == pytest.approx(min(max(error, alone), max(1 - 1 / d, alone)), abs=1e-9)
    assert infidelity == pytest.approx(1 - average_fidelity(noise.kraus), abs=1e-9)
    total = np.einsum("koi,koj->ij", noise.kraus.conj(), noise.kraus)
    assert np.allclose(total, np.eye(d), atol=1e-9)
    assert len(noise.kraus) <= d**2


def test_readout_flips_each_state_with_its_own_probability():
    kraus = readout_channel(QubitCalibration(p01=0.1, p10=0.02))
    for prepared, expected in ((0, [0.98, 0.02]), (1, [0.1, 0.9])):
        state = np.diag(np.eye(2)[prepared])
        read = sum(k @ state @ k.conj().T for k in kraus)
        assert np.allclose(np.diag(read), expected)


def test_little_endian_exchanges_the_wires():
    x, y = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]])
    kraus = np.array([np.kron(x, y)])
    assert np.array_equal(little_endian(kraus)[0], np.kron(y, x))


def test_noise_follows_the_order_of_wires(manila):
    noise = noise_of_gates(manila)
    there, back = noise["CNOT", (0, 1)], noise["CNOT", (1, 0)]
    assert there.damping[0].amplitude == pytest.approx(-np.expm1(-2.7733e-7 / 1.31529e-4), 1e-4)
    assert there.damping[0].amplitude < back.damping[1].amplitude  # the same qubit, for longer


def test_gates_without_error_and_duration_have_no_noise(manila):
    assert {name for name, _ in noise_of_gates(manila)} == {"CNOT", "SX", "PauliX"}
