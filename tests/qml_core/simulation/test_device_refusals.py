"""What qml.batched refuses, before anything is simulated, and what it says."""

import numpy as np
import pennylane as qml
import pytest
from pennylane.exceptions import DeviceError, QuantumFunctionError

from qml_core.errors import CircuitRefused


def run(operations, measure=lambda: qml.expval(qml.Z(0)), wires=2, **options):
    @qml.qnode(qml.device("qml.batched", wires=wires, **options))
    def circuit():
        operations()
        return measure()

    return circuit()


def measures_inside():
    qml.Hadamard(0)
    qml.measure(0)


def acts_on_an_outcome():
    outcome = qml.measure(0, reset=True)
    qml.cond(outcome, qml.X)(1)


@pytest.mark.parametrize(
    ("operations", "device"),
    [
        (measures_inside, "default.qubit"),
        (acts_on_an_outcome, "default.qubit"),
        (lambda: qml.Projector([1], wires=0), "default.qubit"),
        (lambda: qml.BitFlip(0.1, wires=0), "default.mixed"),
        (lambda: qml.QubitDensityMatrix(np.eye(2) / 2, wires=0), "default.mixed"),
    ],
)
def test_what_is_not_unitary_is_refused_and_another_device_named(operations, device):
    with pytest.raises(CircuitRefused, match=f"qml.batched .*found.*{device}") as error:
        run(operations)
    assert isinstance(error.value, DeviceError)


def test_measurements_that_one_defers_oneself_are_run():
    @qml.defer_measurements
    @qml.qnode(qml.device("qml.batched"))
    def circuit():
        qml.RY(0.7, wires=0)
        outcome = qml.measure(0)
        qml.cond(outcome, qml.X)(1)
        return qml.expval(qml.Z(1))

    np.testing.assert_allclose(circuit(), np.cos(0.7), rtol=0, atol=1e-12)


def test_too_many_qubits_are_refused_with_what_they_need_and_the_limit():
    with pytest.raises(CircuitRefused, match=r"30 qubits .*64.00 GiB.*0.50 GiB"):
        run(lambda: qml.Hadamard(29), qml.probs, wires=30, memory_bytes=2**29)
    with pytest.raises(CircuitRefused, match="400 qubits"):
        run(lambda: qml.Hadamard(0), qml.state, wires=400)


def test_the_limit_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("QML_MEMORY_BYTES", str(2**20))
    assert run(lambda: qml.X(0), qml.probs, wires=14).shape == (2**14,)
    with pytest.raises(CircuitRefused, match="15 qubits"):
        run(lambda: qml.X(0), qml.probs, wires=15)


def test_wires_that_nothing_uses_cost_nothing():
    assert run(lambda: qml.X(0), wires=400, memory_bytes=2**20) == -1


def test_a_batch_too_large_is_refused_although_one_row_would_fit():
    angles = np.zeros(3000)
    few = run(lambda: qml.RX(angles[:4], wires=9), qml.probs, wires=10, memory_bytes=2**20)
    assert few.shape == (4, 2**10)
    with pytest.raises(CircuitRefused, match=r"3000 states of 10 qubits.*smaller batch"):
        run(lambda: qml.RX(angles, wires=9), qml.probs, wires=10, memory_bytes=2**20)


def test_a_density_matrix_too_large_is_refused():
    with pytest.raises(CircuitRefused, match=r"density matrices of 9 wires .*fewer wires"):
        run(lambda: qml.X(0), lambda: qml.purity(wires=range(9)), wires=9, memory_bytes=2**20)


def test_wires_of_others_operations_and_measurements_it_cannot_do_are_device_errors():
    with pytest.raises(qml.exceptions.WireError, match="not found on the device"):
        run(lambda: qml.X(5))
    with pytest.raises(DeviceError, match=r"not supported with qml\.batched"):
        run(lambda: qml.Displacement(0.1, 0.0, wires=0))
    with pytest.raises(DeviceError, match=r"not accepted for analytic simulation on qml\.batched"):
        run(lambda: qml.X(0), qml.sample)


def test_unknown_options_are_refused():
    with pytest.raises(DeviceError, match=r"precision='half'.*double, single"):
        qml.device("qml.batched", wires=1, precision="half")
    with pytest.raises(TypeError, match="colour"):
        qml.device("qml.batched", wires=1, colour="red")


def test_derivatives_it_does_not_have_are_refused():
    with pytest.raises(QuantumFunctionError, match="does not support adjoint"):
        qml.QNode(qml.state, qml.device("qml.batched", wires=1), diff_method="adjoint")
