"""Trainings that fail leave the last good parameters and say what is wrong."""

import math
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_network import SmallNetwork, same, travelled
from small_training import DATA, run, spec_of

from qml_core.errors import SpecError, TrainingDiverged
from qml_core.training.loop import train
from qml_core.training.state import TrainingState


def test_a_loss_that_is_no_number_stops_at_its_step_with_the_last_checkpoint_good() -> None:
    class Failing(SmallNetwork):
        def forward(self, x: torch.Tensor, part: str = "") -> torch.Tensor:
            return super().forward(x, part) * (math.nan if part == "epoch 2 step 3" else 1)

    states: list[TrainingState] = []
    network = Failing()
    with pytest.raises(TrainingDiverged, match="epoch 2, step 3"):
        run("adam", network, checkpoint=states.append)
    assert (states[-1].epoch, states[-1].step) == (1, 2)
    assert torch.equal(network.theta, states[-1].parameters["theta"])
    assert same(run("adam", state=travelled(states[-1])), run("adam"))


@pytest.mark.parametrize("way", ["lbfgs", "cobyla", "rotosolve", "spsa"])
def test_a_step_that_fails_half_way_leaves_the_parameters(way: str) -> None:
    class Failing(SmallNetwork):
        def forward(self, x: torch.Tensor, part: str = "") -> torch.Tensor:
            failing = len(self.parts) == 4
            return super().forward(x, part) * (math.nan if failing else 1)

    states: list[TrainingState] = []
    network = Failing(bare=way == "rotosolve")
    start = network.theta.detach().clone()
    with pytest.raises(TrainingDiverged):
        run(way, network, checkpoint=states.append)
    assert torch.equal(network.theta, states[-1].parameters["theta"] if states else start)
    assert "cobyla" not in {thread.name for thread in threading.enumerate()}


def test_a_validation_loss_that_is_no_number_is_named_too() -> None:
    data = replace(DATA, X_validation=np.full((4, 2), np.nan))
    with pytest.raises(TrainingDiverged, match="validation loss is nan after epoch 1"):
        train(SmallNetwork(), data, spec_of("adam"), task="classification", seed=4)


def test_a_state_of_another_network_is_refused() -> None:
    state = run("adam")
    with pytest.raises(SpecError, match=r"'theta': \(12,\).*'theta': \(18,\)"):
        run("adam", SmallNetwork(layers=3), state=state)


def test_batches_larger_than_the_data_are_refused() -> None:
    with pytest.raises(SpecError, match="batch_size=11 was asked for, found 10"):
        run("adam", spec=spec_of("adam", batch_size=11))
