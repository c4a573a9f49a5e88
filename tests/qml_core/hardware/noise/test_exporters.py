"""The noise models of three SDKs are one, and it is that of Aer's `from_backend`."""

import functools

import numpy as np
import pennylane as qml
import pytest
from braket.circuits import Circuit as BraketCircuit
from braket.circuits.measure import Measure
from braket.devices import LocalSimulator
from pennylane.tape import QuantumScript
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel
from qiskit_ibm_runtime.fake_provider import FakeManilaV2

from qml_core.hardware.braket_circuits import to_braket
from qml_core.hardware.native import compile_circuits
from qml_core.hardware.noise.aer import aer_noise
from qml_core.hardware.noise.braket import braket_noise
from qml_core.hardware.noise.pennylane import pennylane_noise
from qml_core.hardware.qiskit_circuits import to_qiskit


@pytest.fixture(params=["bell", "kernel", "asymmetric"])
def compiled(request, manila, kernel_circuit):
    """A circuit in Manila's gates on all its five qubits."""
    wires = range(5)
    asymmetric = [qml.RY(0.4, 0), qml.CNOT([0, 4]), qml.RX(1.1, 2), qml.CNOT([3, 1]), qml.SX(3)]
    circuits = {
        "bell": QuantumScript([qml.Hadamard(0), qml.CNOT([0, 1])], [qml.probs(wires=wires)]),
        "kernel": kernel_circuit([0.2, 0.9, 1.4, 0.5, 0.1], [1.0, 0.3, 0.8, 2.0, 0.6]),
        "asymmetric": QuantumScript(asymmetric, [qml.probs(wires=wires)]),
    }
    (made,) = compile_circuits([circuits[request.param]], manila)
    return made


def _pennylane(circuit, calibration):
    measured = circuit.copy(measurements=[qml.density_matrix(wires=range(5))])
    (noisy,), _ = qml.noise.add_noise(measured, pennylane_noise(calibration))
    return qml.execute([noisy], qml.device("default.mixed", wires=5), diff_method=None)[0]


def _aer(circuit, model):
    written = to_qiskit(circuit)
    written.save_density_matrix()
    simulator = AerSimulator(method="density_matrix", noise_model=model)
    found = simulator.run(written).result().data()["density_matrix"]
    return found.reverse_qargs().data


def _braket(circuit, calibration):
    written = braket_noise(calibration).apply(to_braket(circuit))
    written.density_matrix()
    return LocalSimulator("braket_dm").run(written, shots=0).result().values[0]


def test_the_three_models_give_one_density_matrix_and_so_does_aers_own(compiled, manila):
    expected = _aer(compiled, NoiseModel.from_backend(FakeManilaV2()))
    assert np.trace(expected @ expected).real < 0.99  # noise there is
    assert np.allclose(_pennylane(compiled, manila), expected, atol=1e-10)
    assert np.allclose(_aer(compiled, aer_noise(manila)), expected, atol=1e-10)
    assert np.allclose(_braket(compiled, manila), expected, atol=1e-10)


def test_the_three_models_read_the_same_probabilities(compiled, manila):
    tables = [[[1 - q.p10, q.p01], [q.p10, 1 - q.p01]] for q in manila.qubits]
    clean = np.diag(_aer(compiled, aer_noise(manila))).real
    expected = functools.reduce(np.kron, tables) @ clean
    measured = compiled.copy(measurements=[qml.probs(wires=range(5))])
    (noisy,), _ = qml.noise.add_noise(measured, pennylane_noise(manila))
    device = qml.device("default.mixed", wires=5)
    found = qml.execute([noisy], device, diff_method=None)[0]
    assert np.allclose(found, expected, atol=1e-10)
    written = braket_noise(manila).apply(to_braket(compiled).measure(list(range(5))))
    kept = [i for i in written.instructions if not isinstance(i.operator, Measure)]
    unread = BraketCircuit(kept).probability()
    found = LocalSimulator("braket_dm").run(unread, shots=0).result().values[0]
    assert np.allclose(found, expected, atol=1e-10)


def test_readout_errors_of_aer_are_those_of_the_device(manila):
    ours, theirs = (
        {
            tuple(e["gate_qubits"][0]): e["probabilities"]
            for e in m.to_dict()["errors"]
            if e["type"] == "roerror"
        }
        for m in (aer_noise(manila), NoiseModel.from_backend(FakeManilaV2()))
    )
    properties = FakeManilaV2().properties()
    assert ours.keys() == theirs.keys()
    for (qubit,), table in ours.items():
        p10 = properties.qubit_property(qubit, "prob_meas1_prep0")[0]
        p01 = properties.qubit_property(qubit, "prob_meas0_prep1")[0]
        assert np.allclose(table, [[1 - p10, p10], [p01, 1 - p01]])
