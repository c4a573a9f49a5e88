"""Compute-uncompute circuits have the kernel as their probability of 0…0."""

from dataclasses import replace

import numpy as np
import pennylane as qml
import pytest

from qml_core.circuits.encodings import OpenEncoding, get, open_encoding
from qml_core.encoding_names import own_encodings
from qml_core.errors import CircuitRefused, DataError, JobFailed
from qml_core.hardware.pairs import (
    GATES,
    entries_of,
    pair_circuit,
    pair_circuits,
    row_gates,
    zero_counts,
    zero_fraction,
)
from qml_core.kernels import kernel_matrix
from qml_core.kernels.blocks import cover
from qml_core.references import ArtifactRef, DatasetRef, Estimate, KernelPlan
from qml_core.specs import BackendSpec, EncodingSpec, KernelSpec


def zero_probability(circuit):
    measured = qml.tape.QuantumScript(circuit.operations, [qml.probs(wires=circuit.wires)])
    return qml.execute([measured], qml.device("default.qubit"))[0][0]


@pytest.mark.parametrize("name", own_encodings())
def test_the_probability_of_zeros_is_the_kernel(name):
    X = np.random.default_rng(4).uniform(-1, 1, (3, 3))
    spec = EncodingSpec(name=name)
    encoding = open_encoding(spec, 3)
    K = kernel_matrix(X, kernel=KernelSpec(encoding=spec))
    found = [[zero_probability(pair_circuit(encoding, x, y)) for y in X] for x in X]
    np.testing.assert_allclose(found, K, atol=1e-10)


@pytest.mark.parametrize("name", own_encodings())
def test_a_circuit_is_made_of_gates_that_every_backend_knows(name):
    x, y = np.random.default_rng(5).uniform(-1, 1, (2, 4))
    circuit = pair_circuit(open_encoding(EncodingSpec(name=name), 4), x, y)
    assert {gate.name for gate in circuit.operations} <= {*GATES, "Barrier"}
    angles = [angle for gate in circuit.operations for angle in gate.parameters]
    assert all(type(angle) is float and np.isfinite(angle) for angle in angles)
    (measurement,) = circuit.measurements
    assert list(measurement.wires) == list(circuit.wires) == list(range(len(circuit.wires)))


def test_one_barrier_on_all_wires_stands_between_halves_of_equal_depth():
    encoding = open_encoding(EncodingSpec(name="iqp", reps=1), 3)
    gates = pair_circuit(encoding, np.ones(3), np.ones(3)).operations
    (k,) = [i for i, gate in enumerate(gates) if gate.name == "Barrier"]
    assert list(gates[k].wires) == [0, 1, 2]
    assert [g.name for g in gates[:k]] == [g.name for g in gates[:k:-1]]


def test_other_gates_may_be_asked_for():
    encoding = open_encoding(EncodingSpec(name="iqp", reps=1), 3)
    circuit = pair_circuit(encoding, np.ones(3), np.ones(3), (*GATES, "IsingZZ"))
    assert sum(gate.name == "IsingZZ" for gate in circuit.operations) == 6
    assert not any(gate.name == "CNOT" for gate in circuit.operations)


def test_the_circuits_of_entries_are_those_of_each_pair_and_a_row_is_decomposed_once(monkeypatch):
    X, Y = np.random.default_rng(6).uniform(0, 1, (2, 4, 2))
    encoding = open_encoding(EncodingSpec(name="zz"), 2)
    entries = np.array([[0, 3], [0, 1], [2, 3]])
    wanted = [pair_circuit(encoding, X[i], Y[j]) for i, j in entries]
    calls = []
    monkeypatch.setattr(
        "qml_core.hardware.pairs.row_gates",
        lambda e, x, g: calls.append(tuple(x)) or row_gates(e, x, g),
    )
    found = pair_circuits(encoding, X, Y, entries)
    assert len(calls) == 4
    for a, b in zip(found, wanted, strict=True):
        qml.assert_equal(a, b)
    calls.clear()
    pair_circuits(encoding, X, X, entries)
    assert len(calls) == 4


def test_an_encoding_without_a_decomposition_is_refused():
    def qutrits(x, wires, **_):  # three levels: no gates of qubits make it
        qml.QutritUnitary(np.eye(9), wires=wires)

    encoding = replace(get("iqp"), circuit=qutrits)
    broken = OpenEncoding(encoding, EncodingSpec(name="iqp"), 2)
    with pytest.raises(CircuitRefused, match="found QutritUnitary without a decomposition"):
        pair_circuit(broken, np.ones(2), np.ones(2))


def test_a_row_of_another_length_is_refused():
    with pytest.raises(DataError):
        pair_circuit(open_encoding(EncodingSpec(name="iqp"), 2), np.ones(3), np.ones(2))


@pytest.fixture
def plan():
    """(shape, edge, symmetric, columns) -> plan with these."""

    def make(shape, edge, symmetric, columns="train"):
        ref = ArtifactRef.model_construct()
        data = DatasetRef.model_construct(X=ref)
        return KernelPlan.model_construct(
            key="0" * 64,
            data=data,
            kernel=KernelSpec(),
            backend=BackendSpec(name="qiskit.aer"),
            rows="train",
            columns=columns,
            shape=shape,
            symmetric=symmetric,
            edge=edge,
            prefixes=(),
            estimate=Estimate.model_construct(),
        )

    return make


@pytest.mark.parametrize(("shape", "symmetric"), [((7, 7), True), ((7, 7), False), ((5, 3), False)])
def test_the_blocks_measure_every_entry_once(plan, shape, symmetric):
    edge, times = 3, np.zeros(shape, int)
    for block in cover(shape, edge, symmetric=symmetric):
        corner = np.array(block) * edge
        for i, j in entries_of(block, plan(shape, edge, symmetric)) + corner:
            times[i, j] += 1
    wanted = np.triu(np.ones(shape, int)) if symmetric else np.ones(shape, int)
    assert (times == wanted).all()


def test_twelve_rows_in_one_block_are_78_circuits(plan):
    assert len(entries_of((0, 0), plan((12, 12), 12, True))) == 78


def test_rows_that_meet_themselves_only_are_measured_with_themselves(plan):
    found = entries_of((1, 0), plan((5, 1), 3, False, "self"))
    assert found.tolist() == [[0, 0], [1, 1]]


def test_the_zero_fraction_is_the_share_of_zeros():
    assert zero_fraction({"00": 30, "01": 50, "11": 20}, 2) == 0.3
    assert zero_counts({"01": 4}, 2) == (0, 4)
    with pytest.raises(JobFailed):
        zero_fraction({}, 2)


def test_a_compiler_cannot_cancel_the_diagonal():
    pytest.importorskip("qiskit")
    from qiskit import QuantumCircuit, transpile

    def compiled(gates):
        circuit = QuantumCircuit(3)
        methods = {"Hadamard": circuit.h, "RZ": circuit.rz, "CNOT": circuit.cx}
        for gate in gates:
            if gate.name == "Barrier":
                circuit.barrier()
            else:
                methods[gate.name](*gate.parameters, *gate.wires)
        basis = ["rz", "sx", "x", "cx"]
        return transpile(circuit, basis_gates=basis, optimization_level=3).count_ops().get("cx", 0)

    x = np.array([0.2, 0.9, 1.3])
    encoding = open_encoding(EncodingSpec(name="iqp", reps=1, entanglement="linear"), 3)
    gates = pair_circuit(encoding, x, x).operations
    assert compiled(gates) == 8
    assert compiled([g for g in gates if g.name != "Barrier"]) == 0
