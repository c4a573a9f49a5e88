"""Simulators draw from the right distribution, repeatably, and keep what they are asked to."""

import subprocess
import sys

import numpy as np
import pennylane as qml
import pytest
from pennylane.tape import QuantumScript

from qml_core.circuits.encodings import open_encoding
from qml_core.errors import CircuitRefused, JobNotFound
from qml_core.hardware.backends import simulated
from qml_core.hardware.backends.aer import AerBackend
from qml_core.hardware.backends.braket_density import BraketDensityBackend
from qml_core.hardware.backends.density import DensityBackend
from qml_core.hardware.backends.simulated import sample
from qml_core.hardware.backends.statevector import StatevectorBackend, probabilities
from qml_core.hardware.native import compile_circuits
from qml_core.hardware.noise.pennylane import pennylane_noise
from qml_core.hardware.placement import restrict
from qml_core.keys import digest
from qml_core.specs import EncodingSpec

KEY, OTHER = digest(b"one"), digest(b"other")
NOISY = [DensityBackend, AerBackend, BraketDensityBackend]
EXACT = ["qml.batched", "default.qubit", "lightning.qubit"]


@pytest.fixture(
    params=[*EXACT, *NOISY], ids=lambda kind: kind if isinstance(kind, str) else kind.__name__
)
def open_seeded(request, manila):
    """Opens a simulator with a seed."""
    kind = request.param
    if isinstance(kind, str):
        return lambda seed: StatevectorBackend(kind, seed)
    return lambda seed: kind(manila, seed)


def _counts(backend, circuits, shots=500, key=KEY):
    return backend.result(backend.submit(circuits, shots, key)).counts


def test_seed_and_key_alone_decide_the_counts(open_seeded, random_circuits):
    circuits = random_circuits(1, 2, 3)
    first = _counts(open_seeded(1), circuits)
    assert _counts(open_seeded(1), circuits) == first
    assert _counts(open_seeded(2), circuits) != first
    assert _counts(open_seeded(1), circuits, key=OTHER) != first


def test_equal_circuits_of_a_job_get_shots_of_their_own(open_seeded, random_circuits):
    (circuit,) = random_circuits(1, 1, 3)
    found = _counts(open_seeded(1), [circuit] * 4)
    assert len({tuple(sorted(counts.items())) for counts in found}) == 4


@pytest.mark.parametrize("kind", NOISY)
def test_counts_follow_the_noise_of_the_record(kind, manila, kernel_circuit, assert_drawn):
    circuit = kernel_circuit([0.3, 1.2, 2.1], [1.0, 0.2, 0.7])
    record = restrict(manila, (0, 1, 2))
    (compiled,) = compile_circuits([circuit], record)
    (noisy,), _ = qml.noise.add_noise(compiled, pennylane_noise(record))
    (expected,) = qml.execute([noisy], qml.device("default.mixed", wires=3), diff_method=None)
    backend = kind(manila, 3)
    assert backend.noise == manila
    result = backend.result(backend.submit([circuit], 20_000, KEY))
    assert_drawn(result.counts[0], expected)
    assert result.qubits == (tuple(compiled.measurements[0].wires),)


@pytest.mark.parametrize("kind", NOISY)
def test_readout_errors_belong_to_the_qubits_that_are_named(kind, manila):
    """Qubit 2 of the three is made to read 1 always: the wire on it is the one that says so."""
    qubits = list(manila.qubits)
    qubits[2] = qubits[2].model_copy(update={"p10": 1.0, "p01": 0.0})
    record = manila.model_copy(update={"qubits": tuple(qubits)})
    circuit = QuantumScript(
        [qml.CNOT([0, 1]), qml.CNOT([1, 2]), qml.CNOT([0, 2])], [qml.probs(wires=range(3))]
    )
    backend = kind(record, 1)
    result = backend.result(backend.submit([circuit], 2000, KEY))
    wire = result.qubits[0].index(2)
    ones = sum(n for bits, n in result.counts[0].items() if bits[wire] == "1")
    assert ones == 2000


@pytest.mark.parametrize("name", EXACT)
def test_circuits_of_one_structure_are_simulated_as_one_batch(name, random_circuits, exact):
    """Mixed with others, they keep their places."""
    angles = np.random.default_rng(0).uniform(0, 3, (5, 2))
    alike = [
        QuantumScript(
            [qml.RX(float(a), 0), qml.adjoint(qml.IsingXY(float(b), [0, 1]))],
            [qml.probs(wires=range(2))],
        )
        for a, b in angles
    ]
    made = [alike[0], *random_circuits(3, 2, 3), *alike[1:]]
    found = _counts(StatevectorBackend(name, 1), made, shots=10**7)
    for circuit, counts in zip(made, found, strict=True):
        n = len(circuit.wires)
        shares = [counts.get(format(k, f"0{n}b"), 0) / 1e7 for k in range(2**n)]
        assert np.allclose(shares, exact(circuit), atol=1e-3)


def test_circuits_without_angles_may_be_alike():
    bell = QuantumScript([qml.Hadamard(0), qml.CNOT([0, 1])], [qml.probs(wires=range(2))])
    first, second = _counts(StatevectorBackend("qml.batched", 1), [bell, bell], shots=4000)
    assert set(first) == set(second) == {"00", "11"}
    assert first != second


def test_circuits_that_differ_in_more_than_angles_are_not_mixed_up():
    words = [QuantumScript([qml.PauliRot(np.pi, w, [0, 1])]) for w in ("XZ", "ZX", "XX", "ZZ")]
    controls = [QuantumScript([qml.ctrl(qml.RX(np.pi, 1), 0, control_values=[v])]) for v in (0, 1)]
    found = _counts(StatevectorBackend("qml.batched", 1), [*words, *controls], shots=10)
    assert [next(iter(c)) for c in found] == ["10", "01", "11", "00", "01", "00"]


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("encoding", ["amplitude", "basis", "iqp", "hamiltonian"])
def test_exact_simulators_run_what_encodings_are_made_of(name, encoding):
    opened = open_encoding(EncodingSpec(name=encoding), 4)
    script = qml.tape.make_qscript(opened)(np.array([1.0, 0.0, 1.0, 1.0]))
    n = opened.n_qubits
    barrier = qml.Barrier(range(n))
    inverse = [qml.adjoint(op) for op in reversed(script.operations)]
    circuit = QuantumScript([*script.operations, barrier, *inverse], [qml.probs(wires=range(n))])
    assert _counts(StatevectorBackend(name, 1), [circuit], 50) == ({"0" * n: 50},)


def test_a_bad_job_is_refused_before_it_runs(open_seeded):
    bad = QuantumScript([qml.RX(float("nan"), 0)])
    with pytest.raises(CircuitRefused, match=r"shots: 0 .*; angles: circuit 0: not finite in RX"):
        open_seeded(1).submit([bad], 0, KEY)


@pytest.mark.parametrize("kind", NOISY)
def test_matrices_are_refused_where_circuits_are_compiled(kind, manila):
    matrix = QuantumScript([qml.QubitUnitary(np.eye(2), 0)])
    backend = kind(manila, 1)
    assert [v.rule for v in backend.validate([matrix], 10)] == ["gates"]
    with pytest.raises(CircuitRefused, match="QubitUnitary"):
        backend.submit([matrix], 10, KEY)


def test_only_the_newest_jobs_are_kept(monkeypatch):
    monkeypatch.setattr(simulated, "_KEPT", 2)
    backend = StatevectorBackend("default.qubit", 1)
    circuit = QuantumScript([qml.Hadamard(0)])
    jobs = [backend.submit([circuit], 10, digest(bytes([k]))) for k in range(3)]
    with pytest.raises(JobNotFound, match="the same counts"):
        backend.poll(jobs[0])
    assert [backend.poll(job).state for job in jobs[1:]] == ["done", "done"]


def test_sampling_bears_the_rounding_of_probabilities():
    rng = np.random.default_rng(0)
    assert sample(np.array([1 + 1e-9, -1e-12]), 100, rng) == {"0": 100}
    assert sum(sample(np.full(8, 0.125 + 1e-9), 1000, rng).values()) == 1000


def test_probabilities_of_a_batch_have_a_row_for_each_circuit():
    tape = QuantumScript([qml.RX(np.array([0.0, np.pi]), 0)], [qml.probs(wires=range(2))])
    assert np.allclose(probabilities("qml.batched", tape), [[1, 0, 0, 0], [0, 0, 1, 0]])


def test_importing_the_simulators_imports_no_vendor():
    modules = ", ".join(
        f"qml_core.hardware.backends.{name}"
        for name in ("statevector", "density", "aer", "braket_density")
    )
    code = f"import sys, {modules}; print(*{{m.partition('.')[0] for m in sys.modules}})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"qiskit", "qiskit_aer", "braket", "boto3", "prefect"} & set(found.stdout.split())
