import numpy as np
import pennylane as qml
import pytest
import torch

from qml_core.ansatz_names import own_ansatze
from qml_core.circuits.ansatze import get
from qml_core.circuits.variational import VariationalCircuit, open_circuit
from qml_core.errors import DataError, SpecError
from qml_core.simulation.circuit import Circuit
from qml_core.specs import EncodingSpec
from qml_core.specs.circuit import CircuitSpec

every = pytest.mark.parametrize("name", own_ansatze())
that_mirror = pytest.mark.parametrize("name", [n for n in own_ansatze() if not get(n).reuploads])


def opened(ansatz="hardware_efficient", n=3, layers=2, *, mirrored=False, **encoding):
    spec = CircuitSpec(
        ansatz=ansatz, layers=layers, encoding=EncodingSpec(**{"name": "angle"} | encoding)
    )
    return open_circuit(spec, n, mirrored)


def state(circuit, x, theta):
    """(2^n,) or (rows, 2^n) on default.qubit."""

    @qml.qnode(qml.device("default.qubit", wires=circuit.n_qubits), interface=None)
    def node():
        circuit(x, theta)
        return qml.state()

    return np.asarray(node())


@every
@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_engine_traces_every_circuit_and_agrees_with_default_qubit(name, n, mirrored, rng):
    mirrored = mirrored and not get(name).reuploads
    circuit = opened(name, n, layers=4, mirrored=mirrored)
    X, theta = rng.uniform(-2, 2, (3, n)), rng.uniform(0, 6, (3, circuit.n_parameters))
    shared, by_row = Circuit(circuit, n, (True, False)), Circuit(circuit, n, (True, True))
    for engine, given, rows in ((shared, theta[0], [theta[0]] * 3), (by_row, theta, theta)):
        expected = [state(circuit, x, row) for x, row in zip(X, rows, strict=True)]
        np.testing.assert_allclose(engine.states(X, given), expected, rtol=0, atol=1e-12)
        assert None not in engine._compiled.values()


@every
@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor])
def test_arrays_and_tensors_of_one_row_or_many_are_the_same_circuit(name, kind, rng):
    circuit = opened(name)
    X, theta = rng.uniform(-2, 2, (4, 3)), rng.uniform(0, 6, circuit.n_parameters)
    expected = [state(circuit, x, theta) for x in X]
    np.testing.assert_allclose(state(circuit, kind(X), kind(theta)), expected, atol=1e-12)
    np.testing.assert_allclose(state(circuit, X, kind(theta)), expected, atol=1e-12)
    np.testing.assert_allclose(state(circuit, kind(X), theta), expected, atol=1e-12)
    sets = np.stack([theta, theta + 0.1])
    of_sets = [state(circuit, X[0], row) for row in sets]
    np.testing.assert_allclose(state(circuit, X[0], kind(sets)), of_sets, atol=1e-12)


@every
@pytest.mark.parametrize("encoding", ["iqp", "zz", "hamiltonian", "angle"])
def test_every_ansatz_goes_with_every_encoding_of_angles(name, encoding, rng):
    circuit = opened(name, name=encoding)
    theta = rng.uniform(0, 6, circuit.n_parameters)
    found = state(circuit, np.array([0.3, 0.5, 0.7]), theta)
    assert found.shape == (2**circuit.n_qubits,)
    other = state(circuit, np.array([0.3, 0.5, 0.9]), theta)
    assert abs(np.vdot(found, other)) < 0.9999


def test_parameters_are_ordered_before_layer_0_layer_1():
    circuit = opened("simplified_two_design", 3, layers=2)
    assert circuit.n_parameters == 3 + 2 * 4
    assert circuit.layer_of == (-1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1)
    assert not any(circuit.is_factor)
    theta = np.arange(1.0, 12.0)
    angles = [
        op.data[0] for op in qml.tape.make_qscript(circuit)(np.zeros(3), theta) if op.num_params
    ]
    assert angles == [0, 0, 0, *theta]


@every
def test_fewer_layers_take_a_prefix_of_the_parameters(name, rng):
    circuit = opened(name, layers=3)
    fewer = circuit.with_layers(2)
    x, theta = rng.normal(size=3), rng.uniform(0, 6, circuit.n_parameters)
    assert fewer.layer_of == circuit.layer_of[: fewer.n_parameters]
    assert fewer.is_factor == circuit.is_factor[: fewer.n_parameters]
    short = qml.tape.make_qscript(fewer)(x, theta[: fewer.n_parameters]).operations
    long = qml.tape.make_qscript(circuit)(x, theta).operations
    assert all(qml.equal(a, b) for a, b in zip(short, long, strict=False))


def test_reuploading_encodes_scaled_features_before_every_layer(rng):
    circuit = opened("reuploading", 2, layers=3, bandwidth=0.5)
    assert circuit.n_parameters == 3 * (2 + 6)
    assert circuit.is_factor == (True, True, *[False] * 6) * 3
    assert circuit.layer_of == (*[0] * 8, *[1] * 8, *[2] * 8)
    x, theta = rng.normal(size=2), rng.uniform(0, 6, (3, 8))
    tape = qml.tape.make_qscript(circuit)(x, theta.ravel())
    encoded = [op.data[0] for op in tape if op.num_params]
    for layer in range(3):
        first = encoded[8 * layer :][:2]
        np.testing.assert_allclose(first, 0.5 * theta[layer, :2] * x, rtol=1e-14)
        np.testing.assert_allclose(encoded[8 * layer + 2 :][:6], theta[layer, 2:], rtol=1e-14)


def test_factors_of_one_repeat_the_encoding_itself(rng):
    circuit = opened("reuploading", 3, layers=1)
    plain = opened("hardware_efficient", 3, layers=1)
    x, angles = rng.normal(size=3), rng.uniform(0, 6, 9)
    found = state(circuit, x, np.concatenate([np.ones(3), angles]))
    np.testing.assert_allclose(found, state(plain, x, angles), atol=1e-12)


@that_mirror
@pytest.mark.parametrize("n", [2, 3, 4])
def test_mirrored_layers_of_equal_parameters_cancel(name, n, rng):
    circuit = opened(name, n, layers=4, mirrored=True)
    theta, layer = rng.uniform(0, 6, circuit.n_parameters), np.array(circuit.layer_of)
    for index in (0, 2):
        theta[layer == index + 1] = theta[layer == index]
    before = int(np.sum(layer == -1))
    x, theta[:before] = rng.normal(size=n), 0.0
    alone = qml.tape.make_qscript(circuit.encoding)(x)
    expected = qml.matrix(alone, wire_order=range(n))[:, 0]
    np.testing.assert_allclose(state(circuit, x, theta), expected, atol=1e-12)
    theta[-1] += 0.5
    assert abs(np.vdot(state(circuit, x, theta), expected)) < 0.9999


@that_mirror
def test_mirrored_circuits_have_plain_gates_and_their_parameters_in_the_layers_order(name, rng):
    circuit = opened(name, 4, layers=2, mirrored=True)
    theta = np.arange(1.0, 1 + circuit.n_parameters)
    tape = qml.tape.make_qscript(circuit)(np.zeros(4), theta)
    assert {op.name for op in tape} <= {"RX", "RY", "RZ", "CNOT", "CZ"}
    width = circuit.layer_of.count(1)
    last = [op.data[0] for op in tape if op.num_params][-width:]
    np.testing.assert_array_equal(last, -theta[: -width - 1 : -1])


def test_the_mirror_of_a_strongly_entangling_layer_has_its_distance():
    circuit = opened("strongly_entangling", 4, layers=4, mirrored=True)
    tape = qml.tape.make_qscript(circuit)(np.zeros(4), np.ones(circuit.n_parameters))
    distances = [(op.wires[1] - op.wires[0]) % 4 for op in tape if op.name == "CNOT"]
    assert distances == [1] * 8 + [3] * 8


@every
def test_gradients_of_the_engine_are_those_of_default_qubit(name, rng):
    circuit = opened(name, 3)
    X, start = torch.tensor(rng.normal(size=(2, 3))), rng.uniform(0, 6, circuit.n_parameters)
    theta = torch.tensor(start, requires_grad=True)
    engine = Circuit(circuit, 3, (True, False)).expectation(qml.Z(0) @ qml.Y(2), X, theta)

    @qml.qnode(qml.device("default.qubit", wires=3), interface="torch", diff_method="backprop")
    def node(values):
        circuit(X, values)
        return qml.expval(qml.Z(0) @ qml.Y(2))

    other = torch.tensor(start, requires_grad=True)
    engine.sum().backward()
    node(other).sum().backward()
    np.testing.assert_allclose(theta.grad, other.grad, rtol=0, atol=1e-10)


@pytest.mark.parametrize("shape", [(5,), (2, 5), (), (1, 1, 18)])
def test_another_number_of_parameters_is_refused(shape):
    with pytest.raises(DataError, match="circuit of 18 parameters in 2 layers, found an array"):
        opened()(np.ones(3), np.ones(shape))


def test_another_number_of_features_is_refused():
    with pytest.raises(DataError, match="opened for 3 features"):
        opened()(np.ones(4), np.ones(18))


def test_no_layers_are_refused():
    circuit = opened()
    for layers in (0, -1):
        with pytest.raises(SpecError, match=f"at least one layer asked, found layers={layers}"):
            circuit.with_layers(layers)


@pytest.mark.parametrize("name", ["tree", "simplified_two_design"])
def test_an_ansatz_of_pairs_is_refused_on_one_qubit(name):
    with pytest.raises(SpecError, match=f"ansatz {name} has no layer on 1 qubit"):
        opened(name, 1)


@pytest.mark.parametrize("name", ["hardware_efficient", "real_amplitudes", "reuploading"])
def test_other_ansatze_train_one_qubit(name, rng):
    circuit = opened(name, 1)
    found = state(circuit, np.array([0.5]), rng.normal(size=circuit.n_parameters))
    assert np.linalg.norm(found) == pytest.approx(1)


def test_mirrored_reuploading_is_refused():
    with pytest.raises(SpecError, match="mirrored layers cancel, but ansatz reuploading"):
        opened("reuploading", mirrored=True)


@pytest.mark.parametrize("encoding", ["amplitude", "basis"])
def test_reuploading_without_angles_is_refused(encoding):
    with pytest.raises(SpecError, match=f"but encoding {encoding} has no angles"):
        opened("reuploading", name=encoding)


@pytest.mark.parametrize("encoding", ["amplitude", "basis"])
def test_encodings_without_angles_go_with_plain_ansatze(encoding, rng):
    circuit = opened(n=4, name=encoding)
    X, theta = rng.uniform(0.1, 1, (3, 4)) - 0.5, rng.uniform(0, 6, circuit.n_parameters)
    engine = Circuit(circuit, circuit.n_qubits, (True, False)).states(X, theta)
    np.testing.assert_allclose(engine, [state(circuit, x, theta) for x in X], atol=1e-12)


def test_circuits_of_the_same_parts_are_equal_and_can_be_keys():
    assert opened() == opened()
    assert len({opened(), opened(), opened(layers=3)}) == 2
    assert isinstance(opened(), VariationalCircuit)
