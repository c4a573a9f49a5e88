"""What every backend does, asked of each in turn."""

import numpy as np
import pennylane as qml
import pytest
from pennylane.tape import QuantumScript

from qml_core.errors import JobNotFound
from qml_core.hardware.protocol import Status
from qml_core.hardware.validation import refuse
from qml_core.keys import digest
from qml_core.references import Charge

SHOTS = 2000


@pytest.fixture
def key(request):
    """Of this test's job: some backends know jobs of the whole process."""
    return digest(request.node.name.encode())


@pytest.fixture
def asymmetric():
    """Three wires of which only wire 0 is turned over."""
    return QuantumScript([qml.PauliX(0)], [qml.probs(wires=range(3))])


def _distance(counts, probabilities):
    """Total variation distance, in [0, 1]."""
    n, shots = len(probabilities).bit_length() - 1, sum(counts.values())
    found = np.array([counts.get(format(k, f"0{n}b"), 0) for k in range(2**n)]) / shots
    return np.abs(found - probabilities).sum() / 2


def test_it_serves_and_says_its_name_and_calibration(contract, backend):
    assert backend.name == contract.spec.name
    status = backend.status()
    assert isinstance(status, Status)
    assert status.operational
    calibration = backend.calibration()
    assert (calibration is not None) == contract.calibrated
    if calibration is not None:
        assert calibration.backend
        assert calibration.taken_at is None or calibration.taken_at.tzinfo is not None


def test_a_good_job_breaks_no_rule(backend, asymmetric, kernel_circuit):
    circuits = [asymmetric, kernel_circuit([0.1, 0.7, 1.9], [0.4, 0.2, 1.1])]
    assert backend.validate(circuits, SHOTS) == ()


def test_all_violations_of_a_bad_job_are_listed_at_once(backend, asymmetric):
    not_finite = QuantumScript([qml.RX(float("nan"), 0), qml.CNOT([0, 1])])
    too_large = QuantumScript([qml.Hadamard(wire) for wire in range(200)])
    found = backend.validate([asymmetric, not_finite, too_large], 0)
    assert {"shots", "angles", "qubits"} <= {violation.rule for violation in found}
    with pytest.raises(Exception, match=r"(?s)shots.*(angles.*qubits|qubits.*angles)"):
        refuse(found)


def test_an_estimate_is_a_charge_that_grows_with_the_job(backend, asymmetric):
    one, many = (backend.estimate(asymmetric, count, SHOTS) for count in (1, 50))
    assert isinstance(one, Charge)
    assert one.microusd <= many.microusd
    assert one.qpu_ms <= many.qpu_ms


def test_strings_of_counts_begin_with_wire_0(contract, backend, key, asymmetric, collect):
    job = backend.submit([asymmetric], SHOTS, key)
    assert isinstance(job, str)
    (counts,) = collect(backend, job).counts
    assert sum(counts.values()) == SHOTS
    assert max(counts, key=counts.get) == "100"
    assert counts["100"] > (0.7 if contract.noisy else 0.999) * SHOTS


def test_many_circuits_come_back_in_their_order(
    contract, backend, key, random_circuits, exact, collect, assert_drawn
):
    circuits = [*random_circuits(1, 3, 3), *random_circuits(2, 2, 2)]
    result = collect(backend, backend.submit(circuits, SHOTS, key))
    assert len(result.counts) == len(circuits)
    for circuit, counts in zip(circuits, result.counts, strict=True):
        assert sum(counts.values()) == SHOTS
        if contract.noisy:
            assert _distance(counts, exact(circuit)) < 0.2
        else:
            assert_drawn(counts, exact(circuit))


def test_the_qubits_that_were_read_are_named_for_every_wire(backend, key, random_circuits, collect):
    circuits = [*random_circuits(3, 2, 3), *random_circuits(4, 1, 2)]
    result = collect(backend, backend.submit(circuits, 100, key))
    if result.qubits is not None:
        assert [len(qubits) for qubits in result.qubits] == [3, 3, 2]
        assert all(len(set(qubits)) == len(qubits) for qubits in result.qubits)


def test_a_job_is_found_by_its_key_and_no_second_one_is_made(
    contract, backend, key, asymmetric, collect
):
    assert backend.find(key) is None
    job = backend.submit([asymmetric], 100, key)
    assert backend.find(key) == job
    if contract.idempotent:
        assert backend.submit([asymmetric], 100, key) == job
    assert collect(backend, job).counts == collect(backend, job).counts
    assert backend.find(digest(b"another")) is None


def test_a_job_nobody_submitted_is_not_found(contract, backend, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)  # clients ask again
    with pytest.raises(JobNotFound):
        backend.poll(contract.unknown_job)
    with pytest.raises(JobNotFound):
        backend.result(contract.unknown_job)


def test_a_job_that_is_done_is_left_alone_by_cancel(backend, key, asymmetric, collect):
    job = backend.submit([asymmetric], 100, key)
    before = collect(backend, job)
    backend.cancel(job)
    assert backend.poll(job).state == "done"
    assert backend.result(job).counts == before.counts


def test_a_barrier_keeps_the_two_halves_from_cancelling(
    contract, backend, key, kernel_circuit, collect
):
    x = [0.3, 1.2, 2.1]
    circuits = [kernel_circuit(x, x, barrier) for barrier in (True, False)]
    found = collect(backend, backend.submit(circuits, 4000, key)).counts
    kept, gone = (counts["000"] / 4000 for counts in found)
    if contract.noisy:
        assert kept < gone - 0.03
    else:
        assert kept == gone == 1
