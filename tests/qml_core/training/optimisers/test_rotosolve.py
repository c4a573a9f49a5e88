"""Rotosolve."""

from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pennylane as qml
import pytest
import torch
from small_network import SmallNetwork, objective_of

from qml_core.errors import SpecError
from qml_core.specs.training import TrainingSpec
from qml_core.training.losses import open_loss
from qml_core.training.optimisers.rotosolve import Rotosolve, check_rotosolve

X = torch.tensor([[0.4, -0.9], [1.1, 0.3], [-0.5, 0.8]], dtype=torch.float64)
Y = torch.tensor([1, 0, 1])
LOSS = open_loss(TrainingSpec(loss="linear"), "classification", Y)


def test_a_sweep_is_that_of_pennylane() -> None:
    network = SmallNetwork("real_amplitudes", bare=True, layers=2)
    start = network.theta.detach().numpy().copy()

    @qml.qnode(qml.device("default.qubit"))
    def output(x: Any, theta: Any) -> Any:
        network.circuit(x, theta)
        return qml.expval(qml.Z(0))

    def loss(theta: Any) -> Any:
        rows = zip(2 * Y.numpy() - 1, X.numpy(), strict=True)
        return sum((1 - sign * output(x, theta)) / 2 for sign, x in rows) / 3

    Rotosolve().step(objective_of(network, LOSS, X, Y), 0.1)
    once = {"theta": {(k,): 1 for k in range(len(start))}}
    theta = qml.numpy.array(start, requires_grad=True)
    expected = qml.RotosolveOptimizer().step(loss, theta, nums_frequency=once)
    difference = network.theta.detach().numpy() - np.asarray(expected)
    live = [k for k in range(len(start)) if abs(np.sin(difference[k] / 2)) > 1e-6]
    assert all(is_flat(loss, np.asarray(expected), k) for k in live)
    assert loss(network.theta.detach().numpy()) == pytest.approx(float(loss(expected)), abs=1e-9)


def is_flat(loss: Callable[[Any], Any], theta: np.ndarray, k: int) -> bool:
    moved = theta + np.eye(len(theta))[k]
    return abs(loss(moved) - loss(theta)) < 1e-9


def test_each_angle_takes_three_evaluations_and_the_loss_never_rises() -> None:
    network = SmallNetwork(bare=True, layers=1)
    goal = objective_of(network, LOSS, X, Y)
    Rotosolve().step(goal, 0.1)
    assert network.parts[3:6] == [f"epoch 1 parameter 1 at {at}" for at in ("0", "plus", "minus")]
    assert len(network.parts) == 3 * len(network.theta)
    sweeps = [goal.value().loss]
    for _ in range(5):
        Rotosolve().step(goal, 0.1)
        sweeps.append(goal.value().loss)
    assert all(b <= a + 1e-12 for a, b in pairwise(sweeps))


def test_frozen_angles_stay_and_cost_nothing() -> None:
    network = SmallNetwork(bare=True, layers=2)
    network.set_phase(2, 1)
    before = network.theta.detach().clone()
    Rotosolve().step(objective_of(network, LOSS, X, Y), 0.1)
    assert torch.equal(before[:6], network.theta[:6])
    assert len(network.parts) == 3 * 6


def shaped(gates: Callable[[Any, Any], None], parameters: int) -> Any:
    """A network around any quantum function of two qubits."""

    class Circuit:
        n_qubits = n_features = 2
        n_parameters = parameters
        is_factor = (False,) * parameters

        def __call__(self, x: Any, theta: Any) -> None:
            gates(x, theta)

    network = SimpleNamespace(theta=torch.zeros(parameters), circuit=Circuit())
    network.trained = (True,) * parameters
    network.named_parameters = lambda: iter([("theta", network.theta)])
    return network


def twice(x: Any, theta: Any) -> None:
    qml.RX(theta[0], wires=0)
    qml.RY(theta[0], wires=1)


def controlled(x: Any, theta: Any) -> None:
    qml.CRX(theta[0], wires=[0, 1])


def doubled(x: Any, theta: Any) -> None:
    qml.RX(2 * theta[0], wires=0)


def joined(x: Any, theta: Any) -> None:
    qml.RX(theta[0] + theta[1], wires=0)


def good(x: Any, theta: Any) -> None:
    qml.RX(x[0], wires=0)
    qml.RX(-theta[0], wires=0)
    qml.PauliRot(theta[1], "XY", wires=[0, 1])


@pytest.mark.parametrize(
    ("gates", "reason"),
    [
        (twice, "in 2 gates"),
        (controlled, "controlled rotation"),
        (doubled, "frequency is not 1"),
        (joined, "joined with another entry"),
    ],
)
def test_parameters_without_a_sine_are_refused_with_the_reason(
    gates: Callable[[Any, Any], None], reason: str
) -> None:
    with pytest.raises(SpecError, match=reason):
        check_rotosolve(shaped(gates, 2 if gates is joined else 1), "linear")


def test_one_angle_in_one_gate_with_two_eigenvalues_is_accepted() -> None:
    check_rotosolve(shaped(good, 2), "linear")


def test_factors_of_features_are_refused() -> None:
    with pytest.raises(SpecError, match="multiplied with a feature"):
        check_rotosolve(SmallNetwork("reuploading", bare=True), "linear")


def test_other_losses_and_readouts_are_refused() -> None:
    with pytest.raises(SpecError, match="found loss=cross_entropy"):
        check_rotosolve(SmallNetwork(bare=True), "cross_entropy")
    with pytest.raises(SpecError, match="parameters weight, bias besides"):
        check_rotosolve(SmallNetwork(), "linear")
