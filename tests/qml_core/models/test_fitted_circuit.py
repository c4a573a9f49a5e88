"""A fitted circuit predicts what its network says, in the words and units of the data."""

from dataclasses import replace

import numpy as np
import pennylane as qml
import pytest
import torch
from fitted_circuits import make_circuit, make_features

from qml_core.errors import DataError, SpecError
from qml_core.specs import BackendSpec, CircuitSpec, TrainingSpec

NEW = make_features(40, seed=9)


def default_qubit(fitted, rows: np.ndarray) -> np.ndarray:
    """Outputs (m, k) of a vqc or vqr without our engine: PennyLane, then the affine readout."""
    network = fitted.network()
    theta = fitted.parameters["theta"].numpy()
    sentences = network.readout.sentences

    @qml.qnode(qml.device("default.qubit", wires=network.circuit.n_qubits))
    def outcomes(x):
        network.circuit(x, theta)
        return [qml.expval(s.operation()) for s in sentences]

    found = np.array([outcomes(x) for x in rows])
    if "head.scale" not in fitted.parameters:
        return found
    return found * fitted.parameters["head.scale"].numpy() + fitted.parameters["head.bias"].numpy()


def test_two_classes_are_those_of_the_sign_of_the_logit() -> None:
    fitted = make_circuit()
    logits = default_qubit(fitted, fitted.preprocessing.transform(NEW))
    np.testing.assert_allclose(fitted.outputs(NEW), logits, atol=1e-10)
    labels = np.where(logits[:, 0] > 0, "yes", "no")
    assert set(labels) == {"yes", "no"}
    assert np.array_equal(fitted.predict(NEW), labels)
    second = 1 / (1 + np.exp(-logits[:, 0]))
    expected = np.stack([1 - second, second], axis=1)
    np.testing.assert_allclose(fitted.probabilities(NEW), expected, atol=1e-10)


def test_of_more_classes_the_largest_logit_wins() -> None:
    fitted = make_circuit(classes=("red", "green", "blue"))
    logits = default_qubit(fitted, fitted.preprocessing.transform(NEW))
    assert np.array_equal(
        fitted.predict(NEW), np.array(["red", "green", "blue"])[logits.argmax(axis=1)]
    )
    powers = np.exp(logits)
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(fitted.probabilities(NEW), expected, atol=1e-10)


def test_with_a_linear_loss_probabilities_are_those_of_the_outcome() -> None:
    fitted = make_circuit(loss="linear")
    outcome = default_qubit(fitted, fitted.preprocessing.transform(NEW))
    np.testing.assert_allclose(fitted.probabilities(NEW)[:, 1:], (1 + outcome) / 2, atol=1e-10)


@pytest.mark.parametrize("targets", [1, 2])
def test_values_come_in_the_units_of_the_targets(targets: int) -> None:
    fitted = make_circuit("vqr", classes=(), targets=targets)
    values = default_qubit(fitted, fitted.preprocessing.transform(NEW))
    expected = values * [10.0, 11.0][:targets] + [100.0, 101.0][:targets]
    found = fitted.predict(NEW)
    assert found.shape == ((40,) if targets == 1 else (40, 2))
    np.testing.assert_allclose(found.reshape(40, -1), expected, atol=1e-9)
    with pytest.raises(DataError, match="predicts values"):
        fitted.probabilities(NEW)


def test_a_hybrid_is_encoder_circuit_and_head() -> None:
    fitted = make_circuit("hybrid", classes=("a", "b", "c"))
    p = {name: tensor.numpy() for name, tensor in fitted.parameters.items()}
    network = fitted.network()
    x = fitted.preprocessing.transform(NEW)
    for k in (0, 1):
        x = np.tanh(x @ p[f"encoder.layers.{k}.weight"].T + p[f"encoder.layers.{k}.bias"])
    low, high = network.circuit.encoding.encoding.angle_range
    angles = (low + high) / 2 + (high - low) / 2 * x
    outcomes = default_qubit(fitted, angles)
    logits = outcomes @ p["head.weight"].T + p["head.bias"]
    np.testing.assert_allclose(fitted.outputs(NEW), logits, atol=1e-10)


def test_the_function_given_computes_the_circuit_in_one_named_part() -> None:
    fitted = make_circuit()
    parts = []

    def constant(circuit, readout, trained):
        def outcomes(x, theta, part=""):
            parts.append((part, len(x)))
            return torch.full((len(x), 1), 0.25, dtype=torch.float64)

        return outcomes

    scale, bias = fitted.parameters["head.scale"], fitted.parameters["head.bias"]
    found = fitted.outputs(NEW, function=constant, part="predict")
    np.testing.assert_allclose(found, float(0.25 * scale + bias))
    assert parts == [("predict", 40)]


@pytest.mark.parametrize("gradient", ["adjoint", "shift", "spsa"])
def test_the_gradient_of_the_training_does_not_matter(gradient: str) -> None:
    fitted = make_circuit()
    training = TrainingSpec(gradient=gradient)
    other = replace(fitted, model=fitted.model.model_copy(update={"training": training}))
    np.testing.assert_array_equal(other.outputs(NEW), fitted.outputs(NEW))


def test_layers_that_were_never_reached_are_left_out() -> None:
    fitted = make_circuit()
    grown = fitted.model.model_copy(update={"circuit": CircuitSpec(layers=2)})
    theta = torch.cat([fitted.parameters["theta"], torch.ones(9, dtype=torch.float64)])
    parameters = {**fitted.parameters, "theta": theta}
    other = replace(fitted, model=grown, parameters=parameters)
    assert not np.allclose(other.outputs(NEW), fitted.outputs(NEW))
    np.testing.assert_allclose(replace(other, layers=1).outputs(NEW), fitted.outputs(NEW))


def test_single_precision_is_that_of_the_backend() -> None:
    fitted = make_circuit()
    single = replace(fitted, backend=BackendSpec(precision="single"))
    difference = np.abs(single.outputs(NEW) - fitted.outputs(NEW)).max()
    assert 0 < difference < 1e-5


def test_what_does_not_fit_together_is_refused() -> None:
    fitted = make_circuit()
    with pytest.raises(SpecError, match="4 features"):
        replace(fitted, n_features=4)
    short = {**fitted.parameters, "theta": torch.zeros(3, dtype=torch.float64)}
    with pytest.raises(SpecError, match=r"theta.*\(3,\)"):
        replace(fitted, parameters=short).network()
    with pytest.raises(DataError, match="missing 'b'"):
        fitted.predict(NEW.drop(columns="b"))
    with pytest.raises(DataError, match="additional 'z'"):
        fitted.predict(NEW.assign(z=1.0))
    with pytest.raises(DataError, match="0 rows"):
        fitted.predict(NEW.iloc[:0])
