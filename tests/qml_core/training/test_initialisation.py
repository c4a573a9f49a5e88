import math

import numpy as np
import pennylane as qml
import pytest
from scipy.stats import kstest

from qml_core.ansatz_names import own_ansatze
from qml_core.circuits.ansatze import get
from qml_core.circuits.variational import open_circuit
from qml_core.errors import SpecError
from qml_core.specs import EncodingSpec
from qml_core.specs.circuit import CircuitSpec
from qml_core.specs.training import TrainingSpec
from qml_core.training.initialisation import initial_parameters

that_mirror = pytest.mark.parametrize("name", [n for n in own_ansatze() if not get(n).reuploads])


def circuit_of(ansatz="hardware_efficient", n=4, layers=2, *, mirrored=False):
    spec = CircuitSpec(ansatz=ansatz, layers=layers, encoding=EncodingSpec(name="angle"))
    return open_circuit(spec, n, mirrored)


def drawn(circuit, seed=0, **training):
    return initial_parameters(circuit, TrainingSpec(**training), np.random.default_rng(seed))


def state(function, *arguments):
    tape = qml.tape.make_qscript(function)(*arguments)
    return qml.matrix(tape, wire_order=range(4))[:, 0]


def test_uniform_angles_fill_the_circle():
    theta = drawn(circuit_of(layers=100))
    assert theta.shape == (1200,)
    assert kstest(theta, "uniform", args=(0, 2 * math.pi)).pvalue > 0.01


@pytest.mark.parametrize("layers", [1, 50])
def test_small_angles_are_normal_with_the_published_variance(layers):
    circuit = circuit_of(n=20, layers=layers)
    theta = np.concatenate([drawn(circuit, seed, initialisation="small") for seed in range(20)])
    scale = math.sqrt(1 / (4 * (layers + 2)))
    assert kstest(theta, "norm", args=(0, scale)).pvalue > 0.01


@that_mirror
def test_identity_leaves_the_state_of_the_encoding(name):
    circuit = circuit_of(name, layers=6, mirrored=True)
    theta, x = drawn(circuit, initialisation="identity"), np.array([0.3, -0.8, 1.2, 0.5])
    np.testing.assert_allclose(
        state(circuit, x, theta), state(circuit.encoding, x), rtol=0, atol=1e-12
    )
    inside = theta[np.array(circuit.layer_of) >= 0]
    assert kstest(inside[: len(inside) // 6], "uniform", args=(0, 2 * math.pi)).pvalue > 1e-3
    assert len(np.unique(inside)) == len(inside) // 2


@pytest.mark.parametrize(("mirrored", "layers"), [(False, 2), (True, 3)])
def test_identity_of_layers_that_do_not_cancel_is_refused(mirrored, layers):
    with pytest.raises(SpecError, match=f"mirrored={mirrored} and {layers} layers"):
        drawn(circuit_of(layers=layers, mirrored=mirrored), initialisation="identity")


@pytest.mark.parametrize("initialisation", ["uniform", "small"])
def test_factors_of_features_start_at_one(initialisation):
    circuit = circuit_of("reuploading")
    theta, factor = drawn(circuit, initialisation=initialisation), np.array(circuit.is_factor)
    assert set(theta[factor]) == {1.0}
    assert 1.0 not in theta[~factor]


@pytest.mark.parametrize("initialisation", ["uniform", "small"])
def test_layers_that_are_added_later_start_at_zero(initialisation):
    circuit = circuit_of("simplified_two_design", layers=3)
    theta = drawn(circuit, initialisation=initialisation, layerwise=2, epochs=10)
    plain = drawn(circuit, initialisation=initialisation)
    first = np.array(circuit.layer_of) <= 0
    np.testing.assert_array_equal(theta[first], plain[first])
    assert np.all(theta[first] != 0)
    assert not theta[~first].any()


def test_factors_of_layers_that_are_added_later_are_one():
    circuit = circuit_of("reuploading", layers=3)
    theta = drawn(circuit, layerwise=2, epochs=10)
    later, factor = np.array(circuit.layer_of) > 0, np.array(circuit.is_factor)
    assert set(theta[later & factor]) == {1.0}
    assert set(theta[later & ~factor]) == {0.0}


@pytest.mark.parametrize("initialisation", ["uniform", "small", "identity"])
def test_the_generator_alone_decides(initialisation):
    circuit = circuit_of(mirrored=initialisation == "identity")
    first, same, other = (drawn(circuit, s, initialisation=initialisation) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)
