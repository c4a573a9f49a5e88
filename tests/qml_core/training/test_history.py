"""History and checkpoints of a training."""

import math
from typing import Any

import numpy as np
import pytest
from small_network import LinearNetwork, SmallNetwork, same, travelled
from small_training import run, spec_of

from qml_core.specs.training import TrainingSpec
from qml_core.training.data import TrainingData
from qml_core.training.loop import train
from qml_core.training.state import EpochRecord, TrainingState


def test_checkpoints_come_by_epochs_and_at_the_end() -> None:
    states: list[TrainingState] = []
    spec = spec_of("adam", epochs=5, checkpoint_epochs=2, checkpoint_s=60)
    run("adam", spec=spec, checkpoint=states.append)
    assert [(s.epoch, s.step) for s in states] == [(2, 0), (4, 0), (5, 0)]


def test_checkpoints_come_by_seconds_also_within_an_epoch() -> None:
    """Of three steps and a validation an epoch, each of a second."""
    states: list[TrainingState] = []
    network = SmallNetwork()
    spec = spec_of("adam", checkpoint_s=5)

    def clock() -> float:
        return float(len(network.parts))

    run("adam", network, spec=spec, checkpoint=states.append, clock=clock)
    assert [(s.epoch, s.step) for s in states] == [(1, 1), (2, 2), (3, 0)]


def test_the_history_counts_seconds_circuits_and_dollars_of_each_epoch_also_over_a_stop() -> None:
    class Meter:
        def __init__(self, begin: float) -> None:
            self.now = begin

        def clock(self) -> float:
            self.now += 1
            return self.now

    def meters(network: SmallNetwork, begin: int) -> dict[str, Any]:
        return {
            "clock": Meter(begin).clock,
            "spent": lambda: (begin + 10 * len(network.parts), begin + 0.5 * len(network.parts)),
        }

    states: list[TrainingState] = []
    network = SmallNetwork()
    run("adam", network, checkpoint=states.append, **meters(network, 100))
    state = next(s for s in states if (s.epoch, s.step) == (1, 2))
    network = SmallNetwork()
    history = run("adam", network, state=travelled(state), **meters(network, 7)).history
    assert [r.circuits for r in history] == [40, 40, 40]  # three steps and a validation
    assert [r.usd for r in history] == [2.0, 2.0, 2.0]
    assert all(r.seconds > 0 for r in history)


def test_the_first_row_of_the_history_is_what_numpy_says() -> None:
    rows: list[EpochRecord] = []
    target = np.array([[0.5], [-1.0], [2.0]])
    x = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    network = LinearNetwork([0.1, 0.2])
    spec = TrainingSpec(optimiser="sgd", learning_rate=0.1, epochs=1, validation=0)
    train(network, TrainingData(x, target), spec, task="regression", seed=0, progress=rows.append)
    residual = x @ [0.1, 0.2] - target[:, 0]
    slope = 2 / 3 * x.T @ residual
    assert rows[0].loss == pytest.approx(np.mean(residual**2))
    assert rows[0].score == pytest.approx(1 - np.sum(residual**2) / np.sum((target - 0.5) ** 2))
    assert rows[0].gradient_norm == pytest.approx(np.linalg.norm(slope))
    assert rows[0].gradient_variance == pytest.approx(np.var(slope))
    assert rows[0].movement == pytest.approx(0.1 * np.linalg.norm(slope))
    assert network.theta.detach().numpy() == pytest.approx([0.1, 0.2] - 0.1 * slope)


@pytest.mark.parametrize("way", ["spsa", "cobyla", "rotosolve", "sgd by spsa"])
def test_without_gradients_their_statistics_are_no_numbers(way: str) -> None:
    last = run(way).history[-1]
    assert all(
        math.isnan(v) for v in (last.gradient_norm, last.gradient_variance, *last.layer_norms)
    )
    assert math.isfinite(last.loss)


def test_nothing_is_left_to_do_where_the_epochs_are_done() -> None:
    state = run("adam")
    states: list[TrainingState] = []
    assert same(run("adam", state=state, until=2, checkpoint=states.append), state)
    assert states == []
