"""IBM's simulated devices through the same calls as its QPUs."""

import time
from datetime import datetime, timedelta, timezone

import numpy as np
import pennylane as qml
import pytest
from pennylane.tape import QuantumScript

from qml_core.errors import BackendDenied, BackendOffline, JobNotFound, SpecError
from qml_core.hardware.backends.ibm import IBMBackend
from qml_core.hardware.backends.ibm_service import LocalJobs
from qml_core.references import Charge

KEY = "0123456789abcdef" * 4
OTHER = "fedcba9876543210" * 4


@pytest.fixture
def manila(fresh_manila) -> IBMBackend:
    device = fresh_manila(timedelta(hours=3))
    return IBMBackend("ibm.fake_manila", seed=3, device=device, jobs=LocalJobs())


def _collect(backend, job):
    while backend.poll(job).state in ("queued", "running"):
        time.sleep(0.02)
    return backend.result(job)


def test_a_kernel_of_twelve_rows_is_one_job_of_78_circuits(manila, kernel_circuits):
    job = manila.submit(kernel_circuits, 2048, KEY)
    assert isinstance(job, str)
    result = _collect(manila, job)
    assert len(result.counts) == 78
    assert {sum(counts.values()) for counts in result.counts} == {2048}
    assert result.billed == Charge()
    assert result.finished_at is not None
    assert result.finished_at.tzinfo is not None
    exact = qml.device("default.qubit")
    probabilities = qml.execute(
        [
            QuantumScript(
                [op for op in circuit.operations if op.name != "Barrier"],
                [qml.probs(wires=range(4))],
            )
            for circuit in kernel_circuits
        ],
        exact,
    )
    measured = np.array([counts.get("0000", 0) / 2048 for counts in result.counts])
    ideal = np.array([p[0] for p in probabilities])
    assert np.corrcoef(measured, ideal)[0, 1] > 0.98


def test_the_barrier_keeps_the_diagonal_at_its_full_depth(manila, kernel_circuit):
    x = np.random.default_rng(1).uniform(0, np.pi, 4)
    job = manila.submit([kernel_circuit(x, x), kernel_circuit(x, x, barrier=False)], 8192, KEY)
    kept, cancelled = (counts["0000"] / 8192 for counts in _collect(manila, job).counts)
    assert kept == pytest.approx(0.77, abs=0.03)
    assert cancelled > 0.87


def test_strings_of_counts_begin_with_wire_0(manila, asymmetric):
    (counts,) = _collect(manila, manila.submit([asymmetric], 1000, KEY)).counts
    assert max(counts, key=counts.get) == "100"


def test_wires_are_read_wherever_the_compiler_puts_them(manila, asymmetric):
    """A star of CNOTs needs swaps on a line of qubits, after which wires have moved."""
    star = QuantumScript(
        [qml.PauliX(0), *(qml.CNOT([0, i]) for i in (1, 2, 3)), qml.PauliX(2)],
        [qml.counts(wires=range(4))],
    )
    result = _collect(manila, manila.submit([star], 2000, KEY))
    assert max(result.counts[0], key=result.counts[0].get) == "1101"
    (compiled,) = manila.transpiled([star])
    assert result.qubits == (tuple(compiled.layout.final_index_layout()),)


def test_counts_agree_with_aer_on_the_same_compiled_circuit(manila, kernel_circuit):
    """Aer takes p01 = p10 of a device; the record's two values are put in their place."""
    from qiskit_aer import AerSimulator
    from qiskit_aer.noise import NoiseModel, ReadoutError

    x, y = np.random.default_rng(2).uniform(0, np.pi, (2, 4))
    circuit, shots = kernel_circuit(x, y), 40_000
    (counts,) = _collect(manila, manila.submit([circuit], shots, KEY)).counts
    noise = NoiseModel.from_backend(manila._device, readout_error=False)
    for qubit, found in enumerate(manila.calibration().qubits):
        matrix = [[1 - found.p10, found.p10], [found.p01, 1 - found.p01]]
        noise.add_readout_error(ReadoutError(matrix), [qubit])
    simulator = AerSimulator(noise_model=noise)
    reference = simulator.run(manila.transpiled([circuit])[0], shots=shots, seed_simulator=9)
    expected = {bits[::-1]: n for bits, n in reference.result().get_counts().items()}
    strings = sorted(set(counts) | set(expected))
    distance = sum(abs(counts.get(s, 0) - expected.get(s, 0)) for s in strings) / (2 * shots)
    assert distance < 0.016  # 0.009 by shot noise alone; 0.032 with p01 = p10


def test_the_same_key_makes_one_job_and_another_key_other_shots(manila, kernel_circuit):
    circuits = [kernel_circuit([0.4, 1.0], [1.3, 0.2])]
    job = manila.submit(circuits, 500, KEY)
    assert manila.submit(circuits, 500, KEY) == job
    assert manila.find(KEY) == job
    assert manila.find(OTHER) is None
    other = manila.submit(circuits, 500, OTHER)
    assert _collect(manila, other).counts != _collect(manila, job).counts


def test_the_same_seed_and_key_give_the_same_counts_in_another_process(
    fresh_manila, kernel_circuit
):
    def run(seed):
        backend = IBMBackend(
            "ibm.fake_manila", seed=seed, device=fresh_manila(timedelta(0)), jobs=LocalJobs()
        )
        circuits = [kernel_circuit([0.4, 1.0], [1.3, 0.2])] * 2
        return _collect(backend, backend.submit(circuits, 500, KEY)).counts

    first = run(0)
    assert run(0) == first
    assert run(1) != first
    assert first[0] != first[1]


def test_a_job_of_another_process_is_unknown(manila):
    for ask in (manila.poll, manila.result, manila.cancel, manila.billed):
        with pytest.raises(JobNotFound, match="not of this process"):
            ask("0000")


def test_a_job_that_is_done_can_be_cancelled_without_effect(manila, asymmetric):
    job = manila.submit([asymmetric], 10, KEY)
    _collect(manila, job)
    manila.cancel(job)
    assert manila.poll(job).state == "done"


def test_calibration_age_is_that_of_its_values(manila):
    record = manila.calibration()
    age = record.age(datetime.now(timezone.utc))
    assert age == pytest.approx(timedelta(hours=3), abs=timedelta(minutes=5))


def test_simulated_devices_are_opened_by_name_and_their_snapshots_are_stale():
    backend = IBMBackend("ibm.fake_manila")
    assert backend.name == "ibm.fake_manila"
    assert backend.status().operational
    assert backend.calibration().taken_at.year == 2024
    with pytest.raises(BackendOffline, match="fake_nowhere"):
        IBMBackend("ibm.fake_nowhere")


def test_a_qpu_without_an_api_key_is_denied_before_anything_is_asked():
    with pytest.raises(BackendDenied, match="QISKIT_IBM_TOKEN") as refused:
        IBMBackend("ibm.ibm_torino", environment={})
    assert "fake_manila" in refused.value.remedy


def test_a_name_of_another_vendor_is_refused():
    with pytest.raises(SpecError, match=r"ibm\.<backend>"):
        IBMBackend("ionq.forte-1")


def test_all_violations_are_found_at_once(manila):
    wide = QuantumScript([qml.Hadamard(5)], [qml.counts(wires=range(6))])
    infinite = QuantumScript([qml.RX(np.inf, 0)], [qml.counts(wires=[0])])
    matrix = QuantumScript([qml.QubitUnitary(np.eye(2), 0)], [qml.counts(wires=[0])])
    found = manila.validate([wide, infinite, matrix] * 101, 100_001)
    assert {violation.rule for violation in found} == {
        *("qubits", "angles", "gates", "shots", "circuits", "executions")
    }


def test_compiled_circuits_are_native_and_break_no_rule(manila, kernel_circuits):
    assert manila.validate(kernel_circuits, 4096) == ()


@pytest.mark.slow
def test_a_device_of_127_qubits_places_all_circuits_alike(kernel_circuits):
    backend = IBMBackend("ibm.fake_brisbane", jobs=LocalJobs())
    assert backend.validate(kernel_circuits[:13], 256) == ()
    result = _collect(backend, backend.submit(kernel_circuits[:13], 256, KEY))
    assert len(set(result.qubits)) == 1
    assert len(result.qubits[0]) == 4
    assert result.counts[0]["0000"] / 256 > 0.5
