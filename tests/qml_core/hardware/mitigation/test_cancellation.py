"""Error cancellation inverts Pauli noise, at the price γ²."""

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qml_core.errors import Refused
from qml_core.hardware.mitigation.cancellation import (
    Cancellation,
    PauliChannel,
    calibrated_noise,
    cancelled,
    depolarising,
    draw_circuits,
    gamma,
    overhead,
)
from qml_core.references import Calibration, GateCalibration, QubitCalibration


@pytest.fixture
def circuit():
    gates = [qml.Hadamard(0), qml.CNOT([0, 1]), qml.RX(0.5, wires=1), qml.CNOT([0, 1])]
    gates += [qml.RY(0.3, wires=0), qml.CNOT([1, 0])]
    return qml.tape.QuantumScript(gates, [qml.counts(wires=[0, 1])])


def of_cnot(p):
    channel = depolarising(p, 2)
    return lambda gate: channel if gate.name == "CNOT" else None


@given(p=st.floats(0, 0.5), n_qubits=st.integers(1, 3))
def test_gamma_of_depolarising_noise_has_its_closed_form(p, n_qubits):
    d2 = 4**n_qubits
    kept = 1 - p * d2 / (d2 - 1)
    channel = depolarising(p, n_qubits)
    assert channel.gamma == pytest.approx((2 * (d2 - 1) / kept - (d2 - 2)) / d2, rel=1e-9)
    assert channel.inverse.sum() == pytest.approx(1)


@given(st.lists(st.floats(0, 0.05), min_size=15, max_size=15))
def test_a_channel_and_its_inverse_are_the_identity(rates):
    channel = PauliChannel((1 - sum(rates) * 0.5, *[0.5 * r for r in rates]))
    # Paulis multiply as their two bits add: I 00, X 01, Z 10, Y 11
    bits = [0, 1, 3, 2]
    index = [4 * bits[k // 4] + bits[k % 4] for k in range(16)]
    product = np.zeros(16)
    for a, p in enumerate(channel.probabilities):
        for b, q in enumerate(channel.inverse):
            product[index[a] ^ index[b]] += p * q
    np.testing.assert_allclose(product, np.eye(16)[0], atol=1e-12)


def test_noise_that_leaves_nothing_is_refused():
    with pytest.raises(Refused, match="a part of every Pauli"):
        depolarising(0.75, 1).inverse.sum()


def test_the_overhead_of_ten_gates_is_that_of_the_published_formula(circuit):
    noise = of_cnot(0.009)
    ten = qml.tape.QuantumScript([qml.CNOT([0, 1])] * 10, circuit.measurements)
    assert overhead(ten, noise) == pytest.approx(1.43, abs=0.01)
    assert gamma(ten, noise) ** 2 == pytest.approx(overhead(ten, noise))
    assert gamma(circuit, lambda gate: None) == 1


def test_drawn_circuits_differ_by_paulis_after_noisy_gates_only(circuit):
    drawn, signs = draw_circuits(circuit, Cancellation(of_cnot(0.3), 200), np.random.default_rng(1))
    assert set(signs) == {-1.0, 1.0}
    for one in drawn:
        kept = [g for g in one.operations if g.name not in ("PauliX", "PauliY", "PauliZ")]
        assert [g.name for g in kept] == [g.name for g in circuit.operations]
        assert [g.name for g in one.operations[:2]] == ["Hadamard", "CNOT"]
    assert len({len(one.operations) for one in drawn}) > 1


def test_the_mean_over_all_paulis_is_the_value_without_noise(noisy_value, kraus):
    """Enumerated, so exact: one noisy gate and its 16 Paulis."""
    p, observable = 0.1, qml.Z(0) @ qml.Y(1)
    noise = {"CNOT": kraus(p, 2)}
    measured = [qml.counts(wires=[0, 1])]
    start = [qml.RX(0.7, wires=0), qml.RY(0.4, wires=1), qml.CNOT([0, 1])]
    truth = noisy_value(qml.tape.QuantumScript(start, measured), observable, {})
    paulis = (qml.Identity, qml.X, qml.Y, qml.Z)
    total = sum(
        q
        * noisy_value(
            qml.tape.QuantumScript([*start, paulis[k // 4](0), paulis[k % 4](1)], measured),
            observable,
            noise,
        )
        for k, q in enumerate(depolarising(p, 2).inverse)
    )
    assert total == pytest.approx(truth, abs=1e-12)


def test_drawn_values_average_to_the_value_without_noise(circuit, noisy_value, kraus):
    p, observable, samples = 0.06, qml.Z(0) @ qml.Z(1), 300
    noise = {"CNOT": kraus(p, 2)}
    truth, raw = noisy_value(circuit, observable, {}), noisy_value(circuit, observable, noise)
    asked = Cancellation(of_cnot(p), samples)
    drawn, signs = draw_circuits(circuit, asked, np.random.default_rng(5))
    values = np.array([noisy_value(one, observable, noise) for one in drawn])
    value, error = cancelled(values, signs, gamma(circuit, asked.noise))
    assert abs(value - truth) < 4 * error
    assert abs(raw - truth) > abs(value - truth)
    assert error < gamma(circuit, asked.noise) / np.sqrt(samples)


def test_a_calibration_record_says_the_noise_of_its_gates():
    record = Calibration(
        provider="ibm",
        backend="ibm.fake_manila",
        taken_at=None,
        qubits=(QubitCalibration(), QubitCalibration()),
        gates=(
            GateCalibration(name="CNOT", wires=(0, 1), error=0.01),
            GateCalibration(name="SX", wires=(0,), error=0.001),
            GateCalibration(name="RZ", wires=(0,), error=0.0),
        ),
    )
    noise = calibrated_noise(record)
    # average infidelity r = p d/(d+1)
    assert 1 - noise(qml.CNOT([0, 1])).probabilities[0] == pytest.approx(0.0125)
    assert 1 - noise(qml.SX(0)).probabilities[0] == pytest.approx(0.0015)
    assert noise(qml.CNOT([1, 0])) is None
    assert noise(qml.RZ(0.3, wires=0)) is None
