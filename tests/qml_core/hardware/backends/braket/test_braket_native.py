"""Circuits in pulses and CZ between neighbours, against matrices and the SDK's own emulator."""

import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pennylane.tape import QuantumScript

from qml_core.errors import CircuitRefused
from qml_core.hardware.backends.braket_circuits import count_bits, encode, read_labels
from qml_core.hardware.backends.braket_native import compile_native, placement

EDGES = ((1, 2), (2, 3), (3, 4), (1, 5), (2, 6), (3, 7), (4, 8), (5, 6), (6, 7), (7, 8))
ERRORS = {edge: 0.001 * sum(edge) for edge in EDGES}

angles = st.floats(-7, 7)
wires = st.integers(0, 3)
pairs = st.permutations(range(4)).map(lambda order: order[:2])
gates = st.one_of(
    st.builds(qml.RX, angles, wires),
    st.builds(qml.RY, angles, wires),
    st.builds(qml.RZ, angles, wires),
    st.sampled_from([qml.Hadamard(0), qml.X(1), qml.Y(2), qml.S(3), qml.T(0), qml.SX(1)]),
    st.builds(qml.CNOT, pairs),
    st.builds(qml.CZ, pairs),
    st.builds(qml.SWAP, pairs),
    st.builds(qml.IsingXX, angles, pairs),
    st.builds(qml.IsingZZ, angles, pairs),
    st.builds(qml.ControlledPhaseShift, angles, pairs),
    st.just(qml.Barrier(range(4))),
)


def _probabilities(native, width):
    """Of the native gates, in the order of the wires: RZ(φ) RX(θ) RZ(−φ) is PRX(θ, φ)."""
    operations = [qml.Identity(label) for label in native.read]
    for name, turned, labels in native.gates:
        if name == "cz":
            operations.append(qml.CZ(labels))
        else:
            theta, phi = turned
            operations += [qml.RZ(-phi, labels), qml.RX(theta, labels), qml.RZ(phi, labels)]
    tape = QuantumScript(operations, [qml.probs(wires=native.read)])
    assert len(native.read) == width
    return qml.execute([tape], qml.device("default.qubit"))[0]


@given(st.lists(gates, max_size=12))
@settings(max_examples=30)
def test_native_circuits_measure_what_the_circuit_does(operations) -> None:
    circuit = QuantumScript(operations, [qml.probs(wires=range(4))])
    plain = [op for op in operations if op.name != "Barrier"]
    device = qml.device("default.qubit", wires=4)
    exact = qml.execute([QuantumScript(plain, circuit.measurements)], device)[0]
    native = compile_native(circuit, ERRORS)
    np.testing.assert_allclose(_probabilities(native, 4), exact, atol=1e-9)
    assert {labels for name, _, labels in native.gates if name == "cz"} <= {*EDGES}


def test_a_run_of_one_qubit_gates_is_one_pulse_and_a_barrier_parts_it() -> None:
    run = [qml.Hadamard(0), qml.RZ(0.3, 0), qml.RX(0.2, 0), qml.T(0)]
    measured = [qml.probs(wires=[0])]
    assert len(compile_native(QuantumScript(run, measured), ERRORS).gates) == 1
    parted = QuantumScript([*run[:2], qml.Barrier([0]), *run[2:]], measured)
    assert len(compile_native(parted, ERRORS).gates) == 2
    assert compile_native(QuantumScript([qml.RZ(0.3, 0)], measured), ERRORS).gates == ()


def test_placement_takes_neighbours_of_few_errors() -> None:
    assert set(placement(2, ERRORS)) == {1, 2}
    assert set(placement(2, ERRORS | {(4, 8): 0.0001})) == {4, 8}
    chain = placement(4, ERRORS)
    assert all(tuple(sorted(link)) in ERRORS for link in pairwise(chain))
    with pytest.raises(CircuitRefused, match="9 connected qubits asked, the device has 8"):
        placement(9, ERRORS)
    with pytest.raises(CircuitRefused):
        placement(3, {(1, 2): 0.1, (3, 4): 0.1})


def test_wires_without_a_gate_are_measured_too() -> None:
    circuit = QuantumScript([qml.X(1)], [qml.probs(wires=range(3))])
    for errors in (None, ERRORS):
        source = encode(circuit, errors).to_ir("OPENQASM").source
        assert len(read_labels(source)) == 3


def test_columns_are_put_in_the_order_of_the_wires() -> None:
    source = "b[0] = measure $3;\nb[1] = measure $1;\nb[2] = measure $7;"
    rows = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 1]])
    assert count_bits(rows, [1, 3, 7], source) == {"010": 2, "101": 1}
    assert count_bits(rows, [0, 1, 2], source) == {"100": 2, "011": 1}


@pytest.fixture(scope="module")
def emulator():
    """The SDK's own model of the device, which refuses what the QPU would."""
    from braket.device_schema.iqm import IqmDeviceCapabilities
    from braket.emulation.local_emulator import LocalEmulator

    services = Path(__file__).parents[4] / "services"
    sys.path.insert(0, str(services))
    try:
        from braket_device import capabilities
    finally:
        sys.path.remove(str(services))
    document = json.dumps(capabilities("2026-11-20T00:00:00+00:00"))
    return LocalEmulator.from_device_properties(IqmDeviceCapabilities.parse_raw(document))


def test_the_sdk_emulator_accepts_verbatim_circuits_and_refuses_others(emulator) -> None:
    operations = [qml.Hadamard(0), qml.CNOT([0, 2]), qml.IsingZZ(0.3, [1, 3]), qml.RX(0.3, 2)]
    circuit = QuantumScript(operations, [qml.probs(wires=range(4))])
    from braket.emulation.pass_manager import EmulatorValidationError

    emulator.validate(encode(circuit, ERRORS))
    elsewhere = {(1, 8): 0.001}
    pair = QuantumScript([*operations[:1], qml.CNOT([0, 1])], [qml.probs(wires=range(2))])
    with pytest.raises(EmulatorValidationError, match="not connected"):
        emulator.validate(encode(pair, elsewhere))
