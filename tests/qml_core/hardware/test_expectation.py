"""Expectation values from counts agree with default.qubit, and know their errors."""

import numpy as np
import pennylane as qml
import pytest
from scipy import stats

from qml_core.errors import SpecError
from qml_core.hardware.expectation import (
    effort,
    expectation_circuits,
    expectation_value,
    measure_expectation,
    measurement_groups,
)
from qml_core.hardware.mitigation.cancellation import Cancellation, PauliChannel, depolarising
from qml_core.hardware.mitigation.folding import ZNE
from qml_core.references import QubitCalibration

OBSERVABLES = [
    qml.Z(0),
    0.5 * qml.X(0) @ qml.Y(2) - 1.3 * qml.Z(1) + 0.7 * qml.Z(0) @ qml.Z(2) + 0.25 * qml.I(0),
    qml.Hamiltonian([1.0, -2.0, 0.5], [qml.Y(1), qml.X(1) @ qml.X(0), qml.Z(2)]),
    0.25 * qml.I(0) + 0.25 * qml.Z(0) + 0.25 * qml.Z(1) + 0.25 * qml.Z(0) @ qml.Z(1),
]
QUBITS = (
    QubitCalibration(p01=0.06, p10=0.02),
    QubitCalibration(p01=0.10, p10=0.01),
    QubitCalibration(p01=0.03, p10=0.05),
)


@pytest.fixture
def circuit():
    rng, gates = np.random.default_rng(3), []
    for _ in range(2):
        gates += [qml.RX(rng.uniform(0, 3), wires=w) for w in range(3)]
        gates += [qml.RZ(rng.uniform(0, 3), wires=w) for w in range(3)]
        gates += [qml.CNOT([0, 1]), qml.CNOT([1, 2])]
    return qml.tape.QuantumScript(gates, [qml.counts(wires=range(3))])


def exact(circuit, observable):
    tape = qml.tape.QuantumScript(circuit.operations, [qml.expval(observable)])
    return float(qml.execute([tape], qml.device("default.qubit"))[0])


@pytest.fixture
def run():
    """(readout, p of each CNOT, seed) -> what runs circuits: default.mixed with that noise."""

    def open_run(readout=None, p=0.0, seed=0):
        rng = np.random.default_rng(seed)

        def sample(circuit, shots):
            gates = []
            for gate in circuit.operations:
                if gate.name != "Barrier":
                    gates.append(gate)
                if p and gate.name == "CNOT":
                    gates += [qml.DepolarizingChannel(p, wires=w) for w in gate.wires]
            device = qml.device("default.mixed" if p else "default.qubit", wires=3)
            tape = qml.tape.QuantumScript(gates, [qml.probs(wires=range(3))])
            read = np.asarray(qml.execute([tape], device)[0]).reshape(2, 2, 2)
            for axis, q in enumerate(readout or ()):
                confusion = np.array([[1 - q.p10, q.p01], [q.p10, 1 - q.p01]])
                read = np.moveaxis(np.tensordot(confusion, read, axes=(1, axis)), 0, axis)
            drawn = rng.multinomial(shots, np.clip(read.ravel(), 0, None) / read.sum())
            return {f"{k:03b}": int(n) for k, n in enumerate(drawn) if n}

        return lambda circuits, shots: [sample(circuit, shots) for circuit in circuits]

    return open_run


def test_strings_that_commute_qubit_by_qubit_share_a_circuit():
    found = measurement_groups(OBSERVABLES[1])
    assert found.constant == 0.25
    assert len(found.groups) == 2
    assert sorted(len(g.coefficients) for g in found.groups) == [1, 2]


@pytest.mark.parametrize("observable", OBSERVABLES, ids=range(len(OBSERVABLES)))
def test_the_value_is_that_of_default_qubit_within_its_error(circuit, run, observable):
    value, error = measure_expectation(run(), circuit, observable, 40_000)
    assert abs(value - exact(circuit, observable)) < 4 * error
    assert error < 0.03


@pytest.mark.parametrize("observable", OBSERVABLES[:3], ids=range(3))
def test_readout_correction_takes_the_bias_away(circuit, run, observable):
    truth = exact(circuit, observable)
    raw, raw_error = measure_expectation(run(QUBITS), circuit, observable, 400_000)
    value, error = measure_expectation(run(QUBITS), circuit, observable, 400_000, QUBITS)
    assert abs(value - truth) < 4 * error
    assert abs(raw - truth) > 5 * raw_error
    assert error > raw_error


def test_the_errors_are_the_spread_of_many_runs(circuit, run):
    measured, observable = run(QUBITS, seed=4), OBSERVABLES[1]
    found = [measure_expectation(measured, circuit, observable, 500, QUBITS) for _ in range(300)]
    values, errors = np.array(found).T
    pulls = (values - exact(circuit, observable)) / errors
    assert stats.kstest(pulls, "norm").pvalue > 0.001
    assert pulls.std() == pytest.approx(1, abs=0.15)


def test_extrapolation_is_nearer_to_the_truth(circuit, run):
    observable, truth = qml.Z(0) @ qml.Z(2), exact(circuit, qml.Z(0) @ qml.Z(2))
    noisy = run(p=0.01, seed=5)
    raw, _ = measure_expectation(noisy, circuit, observable, 200_000)
    zne = ZNE((1, 3, 5), extrapolation="exponential")
    value, error = measure_expectation(noisy, circuit, observable, 200_000, zne=zne)
    assert abs(value - truth) < 0.3 * abs(raw - truth)
    assert abs(value - truth) < 5 * error


def test_cancellation_is_within_its_error_of_the_truth(circuit, run):
    observable = qml.Z(0) @ qml.Z(2) + 3 * qml.I(1)
    one, truth = np.array(depolarising(0.02, 1).probabilities), exact(circuit, observable)
    both = PauliChannel(tuple(np.kron(one, one)))
    pec = Cancellation(lambda gate: both if gate.name == "CNOT" else None, samples=150)
    noisy = run(p=0.02, seed=6)
    value, error = measure_expectation(
        noisy, circuit, observable, 500, pec=pec, rng=np.random.default_rng(7)
    )
    assert abs(value - truth) < 4 * error
    assert error < 0.2


def test_the_effort_counts_what_is_run(circuit, run):
    observable, runs = OBSERVABLES[1], []
    noise = depolarising(0.01, 2)
    pec = Cancellation(lambda gate: noise if gate.name == "CNOT" else None, samples=7)

    def counted(circuits, shots):
        runs.append((len(circuits), shots))
        return run()(circuits, shots)

    for asked in ({}, {"zne": ZNE((1, 3, 5))}, {"pec": pec}):
        measure_expectation(
            counted, circuit, observable, 100, rng=np.random.default_rng(0), **asked
        )
        found = effort(circuit, observable, 100, **asked)
        assert (found.circuits, found.shots) == (runs[-1][0], 100 * runs[-1][0])
    assert [n for n, _ in runs] == [2, 6, 14]
    assert effort(circuit, observable, 100, pec=pec).variance > 1 / 7


def test_a_constant_needs_no_circuit(circuit):
    assert measure_expectation(lambda *_: 1 / 0, circuit, 2.5 * qml.I(0), 10) == (2.5, 0.0)


def test_one_string_has_the_error_of_its_proportion():
    group = measurement_groups(qml.Z(0))
    _, error = expectation_value([{"0": 100}], group)
    assert error == pytest.approx(2 * np.sqrt(0.5 * 100.5 / 101**2 / 102))


def test_the_change_of_basis_is_at_the_end_and_wires_stay(circuit):
    (found,) = expectation_circuits(circuit, measurement_groups(qml.X(0) @ qml.Y(1)))
    assert [g.name for g in found.operations[-2:]] == ["Hadamard", "RX"]
    assert list(found.measurements[0].wires) == [0, 1, 2]


def test_what_is_no_sum_of_paulis_is_refused(circuit):
    for wrong in (qml.Hermitian(np.eye(2), wires=0), 1j * qml.Z(0)):
        with pytest.raises(SpecError, match="real sum of Pauli strings"):
            measurement_groups(wrong)
    with pytest.raises(SpecError, match="wire 5, the circuit has 3"):
        expectation_circuits(circuit, measurement_groups(qml.Z(5)))


def test_two_mitigations_or_no_generator_are_refused(circuit, run):
    pec = Cancellation(lambda gate: None, 2)
    with pytest.raises(SpecError, match="found both"):
        measure_expectation(run(), circuit, qml.Z(0), 10, zne=ZNE(), pec=pec)
    with pytest.raises(SpecError, match="found no generator"):
        measure_expectation(run(), circuit, qml.Z(0), 10, pec=pec)
