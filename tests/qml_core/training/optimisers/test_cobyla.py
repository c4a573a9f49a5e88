"""COBYLA, asked and told."""

import threading

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from small_network import LinearNetwork, SmallNetwork

from qml_core.specs.training import TrainingSpec
from qml_core.training.data import TrainingData
from qml_core.training.loop import train
from qml_core.training.state import TrainingState

X, Y = np.array([[1.0, 0.4], [0.2, 1.0], [-0.3, 0.5]]), np.array([[0.5], [-1.0], [0.2]])
START = [0.9, 1.2]


def loss(theta: np.ndarray) -> float:
    with torch.no_grad():
        outputs = LinearNetwork(list(theta))(torch.from_numpy(X))
        return float((outputs - torch.from_numpy(Y)).square().mean())


def trained(epochs: int, **options: object) -> tuple[LinearNetwork, TrainingState]:
    network = LinearNetwork(START)
    spec = TrainingSpec(optimiser="cobyla", epochs=epochs, learning_rate=0.4)
    return network, train(network, TrainingData(X, Y), spec, task="regression", seed=0, **options)


def searching() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "cobyla"]


def test_it_evaluates_the_points_that_scipy_evaluates() -> None:
    seen: list[float] = []
    minimize(
        lambda theta: seen.append(loss(theta)) or seen[-1],
        START,
        method="COBYLA",
        tol=1e-6,
        options={"rhobeg": 0.4, "maxiter": 25},
    )
    _, state = trained(25)
    assert [record.loss for record in state.history] == pytest.approx(seen[:25], abs=0, rel=0)


@pytest.mark.parametrize("epochs", [1, 2, 5, 11])
def test_the_network_holds_the_best_point_so_far(epochs: int) -> None:
    network, state = trained(epochs)
    best = min(record.loss for record in state.history)
    assert loss(network.theta.detach().numpy()) == pytest.approx(best, abs=1e-12)


def test_it_evaluates_all_rows_once_an_epoch_and_names_it() -> None:
    assert trained(3)[0].parts == [f"epoch {epoch} evaluation" for epoch in (1, 2, 3)]


def test_it_ends_where_its_radius_is_small_and_says_so() -> None:
    network, state = trained(1000)
    assert state.epoch < 1000
    assert "radius" in state.finished
    expected = np.linalg.lstsq(X, Y[:, 0], rcond=None)[0]
    assert network.theta.detach().numpy() == pytest.approx(expected, abs=1e-5)


def test_a_phase_that_grows_the_circuit_is_not_cut_short_where_the_radius_is_small() -> None:
    network = SmallNetwork(features=1, layers=2, bare=True)
    spec = TrainingSpec(optimiser="cobyla", epochs=900, layerwise=300, learning_rate=0.4)
    labels = np.array([0, 1, 1])
    state = train(network, TrainingData(X[:, :1], labels), spec, task="classification", seed=0)
    layers = [record.active_layers for record in state.history]
    assert layers[:601] == [*[1] * 300, *[2] * 301]
    assert "radius" in state.finished
    assert 600 < state.epoch < 900


def test_no_thread_is_left_however_it_ends() -> None:
    class Interrupted(Exception):
        pass

    def interrupt(_: object) -> None:
        assert len(searching()) == 1
        raise Interrupted

    trained(4)
    trained(1000)
    with pytest.raises(Interrupted):
        trained(9, progress=interrupt)
    assert searching() == []


def test_losses_are_evaluated_in_the_callers_thread() -> None:
    threads = set()

    class Watching(LinearNetwork):
        def forward(self, x: object, part: str = "") -> object:
            threads.add(threading.current_thread())
            return super().forward(x, part)

    spec = TrainingSpec(optimiser="cobyla", epochs=4)
    train(Watching(START), TrainingData(X, Y), spec, task="regression", seed=0)
    assert threads == {threading.current_thread()}
