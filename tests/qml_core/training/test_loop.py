"""The training loop: order of rows, phases, the best epoch, early stopping."""

import math

import pytest
import torch
from small_network import SmallNetwork, same
from small_training import DATA, X, Y, network_of, run, spec_of

from qml_core.training.data import TrainingData
from qml_core.training.loop import load_best, train
from qml_core.training.state import TrainingState


def test_the_same_seed_gives_the_same_bits_and_another_one_others() -> None:
    assert same(run("adam"), run("adam"))
    other = train(network_of("adam"), DATA, spec_of("adam"), task="classification", seed=5)
    assert not torch.equal(other.parameters["theta"], run("adam").parameters["theta"])


def test_torchs_global_generator_is_neither_used_nor_moved() -> None:
    before = torch.get_rng_state()
    first = run("adam by spsa")
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(123)
    assert same(run("adam by spsa"), first)


def test_every_row_is_seen_once_an_epoch_in_another_order_each_time() -> None:
    seen: list[list[float]] = []

    class Watching(SmallNetwork):
        def forward(self, x: torch.Tensor, part: str = "") -> torch.Tensor:
            if "step" in part:
                seen.append(x[:, 0].tolist())
            return super().forward(x, part)

    run("adam", Watching(), until=2)
    assert [len(rows) for rows in seen] == [4, 4, 2, 4, 4, 2]
    first, second = ([row for rows in three for row in rows] for three in (seen[:3], seen[3:]))
    assert sorted(first) == sorted(second) == sorted(X[:10, 0])
    assert first != second


def test_evaluations_are_named_once_each() -> None:
    network = SmallNetwork()
    run("adam", network, until=2)
    steps = [[*(f"epoch {e} step {s}" for s in (1, 2, 3)), f"epoch {e} validation"] for e in (1, 2)]
    assert network.parts == steps[0] + steps[1]


def test_layerwise_training_enters_each_phase_and_freezes_what_was_before() -> None:
    network = SmallNetwork()
    states: list[TrainingState] = []
    state = run("adam, layerwise", network, checkpoint=states.append)
    assert network.phases[1:] == [(1, 0), (2, 1), (2, 0)]
    assert [r.active_layers for r in state.history] == [1, 2, 2, 2]
    ends = {s.epoch: s.parameters["theta"] for s in states if s.step == 0}
    assert torch.equal(ends[1][:6], ends[2][:6])
    assert not torch.equal(ends[1][6:], ends[2][6:])
    assert not torch.equal(ends[2][:6], ends[3][:6])


def test_the_best_epoch_is_one_of_the_last_phase_reached() -> None:
    state = run("adam, layerwise")
    assert state.best is not None
    joint = [r for r in state.history if r.epoch >= 3]
    assert state.best.epoch == min(joint, key=lambda r: r.validation_loss).epoch
    assert run("adam, layerwise", until=1).best.epoch == 1  # type: ignore[union-attr]


def test_the_best_parameters_have_the_best_validation_loss() -> None:
    state = run("adam, patient")
    assert state.best is not None
    smallest = min(state.history, key=lambda r: r.validation_loss)
    assert (state.best.epoch, state.best.loss) == (smallest.epoch, smallest.validation_loss)
    network = SmallNetwork(seed=5)
    load_best(network, state)
    z = network(torch.from_numpy(DATA.X_validation))[:, 0]
    loss = torch.nn.functional.softplus(z) - torch.from_numpy(DATA.y_validation) * z
    assert loss.mean().item() == pytest.approx(state.best.loss, abs=1e-12)


def test_patience_ends_it_before_its_last_epoch_and_says_why() -> None:
    state = run("adam, patient")
    assert state.epoch < 30
    assert "no better validation loss than" in state.finished
    assert same(run("adam, patient", state=state), state)


def test_without_validation_rows_the_last_epoch_is_the_best() -> None:
    data = TrainingData(X, Y)
    state = train(SmallNetwork(), data, spec_of("adam"), task="classification", seed=4)
    assert state.best is not None
    assert state.best.epoch == 3
    assert torch.equal(state.best.parameters["theta"], state.parameters["theta"])
    assert math.isnan(state.history[0].validation_loss)
