"""The Braket backend through the unmodified SDK and boto3, against the loopback service."""

from datetime import datetime, timedelta, timezone

import numpy as np
import pennylane as qml
import pytest
from pennylane.tape import QuantumScript

from qml_core.errors import (
    JobPending,
    PriceUnknown,
    SpecError,
)
from qml_core.hardware.backends.braket import BraketBackend
from qml_core.keys import digest

NAME = "braket.iqm.Garnet"
KEY = digest(b"a job")
SHOTS = 1000


def _exact(circuit):
    tape = circuit.copy(operations=[op for op in circuit.operations if op.name != "Barrier"])
    return qml.execute([tape], qml.device("default.qubit", wires=len(circuit.wires)))[0]


def _same(counts, circuit, sigmas=5):
    """Within so many standard errors, of the smallest frequency that shots can show at least."""
    exact, width = _exact(circuit), len(circuit.wires)
    shots = sum(counts.values())
    found = np.array([counts.get(f"{i:0{width}b}", 0) for i in range(2**width)]) / shots
    error = np.sqrt(exact * (1 - exact) / shots) + 1 / shots
    np.testing.assert_array_less(np.abs(found - exact), sigmas * error)


@pytest.mark.parametrize("verbatim", [True, False])
@pytest.mark.parametrize("count", [1, 3])
def test_counts_are_the_exact_ones_with_wire_0_first(
    braket, garnet, last_status, verbatim, count, lopsided
):
    braket.control(verbatim=verbatim)
    circuits = [lopsided(0.4 + k) for k in range(count)]
    job = garnet.submit(circuits, 20_000 // count, KEY)
    assert last_status(garnet, job).state == "done"
    result = garnet.result(job)
    assert len(result.counts) == count
    for counts, circuit in zip(result.counts, circuits, strict=True):
        _same(counts, circuit)
    flipped = QuantumScript([qml.X(0), qml.I(2)], [qml.probs(wires=range(3))])
    job = garnet.submit([flipped], 10, digest(b"flipped"))
    last_status(garnet, job)
    assert garnet.result(job).counts == ({"100": 10},)


def test_six_circuits_are_one_task_and_cost_what_the_sdk_tracks(
    braket, garnet, last_status, lopsided
):
    from braket.tracking import Tracker

    circuits = [lopsided(0.1 * k) for k in range(6)]
    with Tracker() as tracker:
        job = garnet.submit(circuits, SHOTS, KEY)
        last_status(garnet, job)
        billed = garnet.result(job).billed
    state = braket.control()
    assert (state["creates"], state["tasks"][0]["executables"]) == (1, 6)
    assert billed == garnet.estimate(circuits[0], 6, SHOTS)
    assert billed.microusd == int(tracker.qpu_tasks_cost() * 10**6) == state["bill"] == 9_000_000


def test_one_circuit_costs_a_task_and_its_shots(braket, garnet, lopsided):
    assert garnet.estimate(lopsided(), 1, 100).microusd == 300_000 + 100 * 1_450
    with pytest.raises(PriceUnknown):
        BraketBackend(NAME, prices=()).estimate(lopsided(), 1, 100)


def test_u_and_its_inverse_are_not_cancelled(braket, garnet):
    half = [qml.Hadamard(0), qml.RZ(0.3, 0), qml.CNOT([0, 1]), qml.RX(0.2, 1)]
    inverse = [qml.adjoint(op, lazy=False) for op in reversed(half)]
    measured = [qml.probs(wires=range(2))]
    whole = QuantumScript([*half, qml.Barrier([0, 1]), *inverse], measured)
    garnet.submit([whole], 10, KEY)
    braket.control(verbatim=False)
    BraketBackend(NAME).submit([whole], 10, digest(b"abstract"))
    native, abstract = (task["sources"][0] for task in braket.control()["tasks"])
    alone = QuantumScript([*half, qml.Barrier([0, 1])], measured)
    assert "#pragma braket verbatim" in native
    assert native.count("cz ") == 2
    assert native.count("prx") == 2 * _pulses(alone)
    assert abstract.count("cnot") == 2
    assert "barrier q[0], q[1];" in abstract


def _pulses(circuit):
    from qml_core.hardware.backends.braket_native import compile_native

    return sum(name == "prx" for name, *_ in compile_native(circuit, {(1, 2): 0.01}).gates)


def test_a_job_is_found_on_any_page_of_the_search(braket, garnet, lopsided):
    keys = [digest(f"job {k}".encode()) for k in range(5)]
    jobs = [garnet.submit([lopsided()], 10, key) for key in keys]
    assert [garnet.find(key) for key in keys] == jobs
    assert garnet.find(digest(b"another")) is None


def test_a_held_job_says_its_place_in_the_queue_and_has_no_result_yet(braket, garnet, lopsided):
    braket.control(hold=True)
    job = garnet.submit([lopsided()], SHOTS, KEY)
    states = [garnet.poll(job) for _ in range(3)]
    assert {status.state for status in states} == {"queued"}
    assert states[-1].queue_position == 2
    with pytest.raises(JobPending):
        garnet.result(job)


def test_status_tells_the_queue_and_when_the_device_goes_offline(braket, garnet):
    assert (garnet.status().operational, garnet.status().queue) == (True, 3)
    braket.control(status="OFFLINE")
    status = garnet.status()
    assert (status.operational, status.reason) == (False, "the device is OFFLINE")


def test_the_calibration_is_read_anew(braket, garnet):
    now = datetime.now(timezone.utc)
    for hours in (30, 3):
        braket.control(updated_at=(now - timedelta(hours=hours)).isoformat())
        assert garnet.calibration().age(now) == timedelta(hours=hours)


def test_qubits_say_where_each_wire_was_read(braket, garnet, last_status, lopsided):
    job = garnet.submit([lopsided(width=4)], SHOTS, KEY)
    last_status(garnet, job)
    (qubits,) = garnet.result(job).qubits
    assert len(set(qubits)) == 4
    assert set(qubits) <= set(range(8))
    braket.control(verbatim=False)
    other = BraketBackend(NAME)
    job = other.submit([lopsided(width=4)], SHOTS, digest(b"abstract"))
    last_status(other, job)
    assert other.result(job).qubits == ()


def test_another_process_collects_the_result(braket, garnet, last_status, lopsided):
    job = garnet.submit([lopsided()], SHOTS, KEY)
    last_status(garnet, job)
    assert BraketBackend(NAME).result(job) == garnet.result(job)


def test_all_violations_are_listed_at_once(braket, garnet, lopsided):
    wide = QuantumScript([qml.RX(np.nan, 9)], [qml.probs(wires=range(10))])
    custom = QuantumScript([qml.QubitUnitary(np.eye(2), 0)], [qml.probs(wires=range(1))])
    rules = [v.rule for v in garnet.validate([wide, custom, *[lopsided()] * 100], 30_000)]
    assert rules == ["shots", "circuits", "shots", "qubits", "angles", "gates"]
    assert garnet.validate([lopsided()] * 100, 2_000) == ()
    assert [v.rule for v in garnet.validate([lopsided()] * 100, 2_001)] == ["shots"]


def test_results_go_to_the_bucket_of_the_environment(braket, last_status, monkeypatch, lopsided):
    monkeypatch.setenv("QML_BRAKET_S3", "s3://own-bucket/qml/results")
    backend = BraketBackend(NAME)
    job = backend.submit([lopsided()], SHOTS, KEY)
    last_status(backend, job)
    backend.result(job)
    paths = [path for _, path in braket.control()["log"] if path.endswith("results.json")]
    assert paths[-1].startswith("/own-bucket/qml/results/")
    assert not any("amazon-braket" in path for path in paths)


def test_an_arn_of_the_environment_counts(braket, monkeypatch):
    with pytest.raises(SpecError, match="QML_BRAKET_ARN_IQM_NEW_1"):
        BraketBackend("braket.iqm.New-1")
    monkeypatch.setenv(
        "QML_BRAKET_ARN_IQM_NEW_1", "arn:aws:braket:eu-north-1::device/qpu/iqm/Garnet"
    )
    assert BraketBackend("braket.iqm.New-1").status().operational
    monkeypatch.setenv("QML_BRAKET_ARN_IQM_NEW_1", "Garnet")
    with pytest.raises(SpecError):
        BraketBackend("braket.iqm.New-1")


def test_noisy_results_keep_the_order_of_wires(braket, garnet, last_status):
    braket.control(noisy=True)
    flipped = QuantumScript([qml.X(0), qml.RX(0.1, 2)], [qml.probs(wires=range(3))])
    job = garnet.submit([flipped] * 2, 500, KEY)
    last_status(garnet, job)
    for counts in garnet.result(job).counts:
        assert 400 < counts["100"] < 500


def test_braket_and_its_plugin_import_beside_prefect() -> None:
    """A resolver that follows the SDK's pin of cloudpickle installs a plugin that does not."""
    import prefect
    from braket.pennylane_plugin import BraketAwsQubitDevice

    assert prefect.__version__
    assert BraketAwsQubitDevice.short_name == "braket.aws.qubit"
