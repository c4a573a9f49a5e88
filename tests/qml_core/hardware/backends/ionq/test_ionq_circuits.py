"""PennyLane circuits as IonQ's JSON: the gates do the same, and nothing is cancelled."""

import math
from typing import Any

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pennylane.tape import QuantumScript

from qml_core.backend_names import job_limits
from qml_core.errors import CircuitRefused
from qml_core.hardware.backends.ionq_circuits import GateSet, count_gates, encode, job_body
from qml_core.hardware.backends.ionq_validation import violations
from qml_core.hardware.validation import DeviceLimits

WIRES = 3
KEY = "ab" * 32
FORTE = DeviceLimits(36, job_limits("ionq.forte-1"))

ANGLES = st.floats(-7, 7)
ONE_WIRE = [qml.X, qml.Y, qml.Z, qml.Hadamard, qml.S, qml.T, qml.SX, qml.Identity]
ONE_ANGLE = [qml.RX, qml.RY, qml.RZ, qml.PhaseShift]
TWO_WIRES = [qml.CNOT, qml.CZ, qml.SWAP, qml.CY]
TWO_WIRES_ANGLE = [qml.IsingXX, qml.IsingYY, qml.IsingZZ, qml.CRZ]


@st.composite
def operations(draw: st.DrawFn) -> Any:
    first, second, _ = draw(st.permutations(range(WIRES)))
    kind = draw(st.sampled_from([*ONE_WIRE, *ONE_ANGLE, *TWO_WIRES, *TWO_WIRES_ANGLE]))
    angle = draw(ANGLES | st.sampled_from([0.0, math.pi / 2, -math.pi / 2, math.pi, -math.pi]))
    wires = [first, second] if kind in (*TWO_WIRES, *TWO_WIRES_ANGLE) else [first]
    angles = [angle] if kind in (*ONE_ANGLE, *TWO_WIRES_ANGLE) else []
    operation = kind(*angles, wires=wires)
    return qml.adjoint(operation) if draw(st.booleans()) else operation


def script(*made: Any) -> QuantumScript:
    return QuantumScript(made, [qml.probs(wires=range(WIRES))])


def turns(angle: float) -> complex:
    return complex(np.exp(2j * math.pi * angle))


def as_operation(gate: dict[str, Any]) -> Any:
    """IonQ's gate by its published matrix, written down here once more."""
    name, wires = gate["gate"], gate.get("targets", [gate.get("target")])
    rotations = {"rx": qml.RX, "ry": qml.RY, "rz": qml.RZ}
    rotations |= {"xx": qml.IsingXX, "yy": qml.IsingYY, "zz": qml.IsingZZ}
    fixed = {"x": qml.X, "y": qml.Y, "z": qml.Z, "h": qml.Hadamard, "s": qml.S, "t": qml.T}
    fixed |= {"v": qml.SX, "swap": qml.SWAP}
    if name == "gpi":
        e = turns(gate["phase"])
        return qml.QubitUnitary(np.array([[0, 1 / e], [e, 0]]), wires)
    if name == "gpi2":
        e = turns(gate["phase"])
        return qml.QubitUnitary(np.array([[1, -1j / e], [-1j * e, 1]]) / np.sqrt(2), wires)
    if name == "zz" and "angle" in gate:
        assert 0 <= gate["angle"] <= 0.25
        return qml.IsingZZ(2 * math.pi * gate["angle"], wires)
    if name == "cnot":
        return qml.CNOT([gate["control"], gate["target"]])
    if "rotation" in gate:
        return rotations[name](gate["rotation"], wires)
    return fixed[name](wires) if name in fixed else qml.adjoint(fixed[name[:-1]](wires))


def distribution(made: list[Any]) -> np.ndarray:
    tape = QuantumScript(made, [qml.probs(wires=range(WIRES))])
    return np.asarray(qml.execute([tape], qml.device("default.qubit"))[0])


@pytest.mark.parametrize("gateset", ["qis", "native"])
@given(made=st.lists(operations(), max_size=8))
def test_encoded_circuits_read_out_like_the_original(gateset: GateSet, made: list[Any]) -> None:
    encoded = [as_operation(gate) for gate in encode(script(*made), gateset)]
    np.testing.assert_allclose(distribution(encoded), distribution(made), atol=1e-9)


@given(made=st.lists(operations(), max_size=6))
def test_the_count_for_an_estimate_is_never_below_what_is_sent(made: list[Any]) -> None:
    sent = encode(script(*made), "native")
    one, two = count_gates(script(*made), "native")
    assert two == sum(gate["gate"] == "zz" for gate in sent)
    assert one >= len(sent) - two


def test_counts_do_not_depend_on_the_angles() -> None:
    def angles(x: float, y: float) -> QuantumScript:
        return script(qml.RX(x, 0), qml.IsingZZ(y, [0, 1]), qml.RY(x, 1))

    assert count_gates(angles(math.pi / 2, 0.3), "native") == (6, 1)
    assert count_gates(angles(0.1, -0.3), "native") == (6, 1)
    assert count_gates(angles(0.1, -0.3), "qis") == (2, 1)


@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_what_stands_on_both_sides_of_a_barrier_is_all_sent(gateset: GateSet) -> None:
    half = [qml.Hadamard(0), qml.IsingZZ(0.4, [0, 1])]
    back = [qml.adjoint(op) for op in reversed(half)]
    sent = encode(script(*half, qml.Barrier(range(WIRES)), *back), gateset)
    assert len(sent) >= 4
    assert sum(gate["gate"] == "zz" for gate in sent) == 2


def test_a_job_of_several_circuits_names_key_shots_and_qubits_in_its_metadata() -> None:
    small = QuantumScript([qml.X(0)], [qml.probs(wires=[0])])
    body = job_body([script(qml.X(0)), small], 100, KEY, "qpu.forte-1", "native")
    assert body["type"] == "ionq.multi-circuit.v1"
    assert body["metadata"] == {"qml_key": KEY, "qml_shots": "100", "qml_qubits": "3,1"}
    assert [c["name"] for c in body["input"]["circuits"]] == ["0", "1"]
    assert body["settings"] == {"error_mitigation": {"debiasing": False}}


def test_abstract_gates_ask_the_service_not_to_optimise() -> None:
    body = job_body([script(qml.X(0))], 100, KEY, "qpu.forte-1", "qis")
    assert body["type"] == "ionq.circuit.v1"
    assert body["settings"]["compilation"] == {"opt": 0}


def test_a_metadata_value_fits_into_400_characters_for_a_full_job() -> None:
    shapes = [QuantumScript([qml.X(n % 36)], []) for n in range(job_limits("ionq.x").circuits)]
    body = job_body(shapes, 10, KEY, "qpu.forte-1", "native")
    assert all(len(value) <= 400 for value in body["metadata"].values())


def test_an_operation_without_gates_is_refused() -> None:
    unitary = script(qml.QubitUnitary(np.eye(2), 0))
    with pytest.raises(CircuitRefused, match="QubitUnitary"):
        encode(unitary, "native")


def test_all_violations_are_listed_at_once() -> None:
    circuits = [
        script(qml.RX(float("nan"), 0)),
        script(qml.QubitUnitary(np.eye(2), 0)),
        QuantumScript([qml.X(40)], []),
        script(qml.X(0)),
    ]
    found = violations(circuits, 0, FORTE, "native")
    assert [each.rule for each in found] == ["shots", "angles", "gates", "qubits"]
    assert "41, at most 36" in found[-1].message


def test_more_gates_than_the_service_takes_in_a_job_are_a_violation() -> None:
    long = script(*[qml.X(0)] * 1600)
    found = violations([long] * 100, 10, FORTE, "native")
    assert [(each.rule, each.message) for each in found] == [
        ("gates", "160000 in one job, at most 150000")
    ]
    assert violations([long] * 90, 10, FORTE, "native") == ()
