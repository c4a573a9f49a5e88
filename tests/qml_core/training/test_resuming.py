"""Stopped after any step, a training ends with the same bits."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_network import same, travelled
from small_training import WAYS, network_of, run, spec_of

from qml_core.training.state import TrainingState


@pytest.mark.parametrize("way", WAYS)
def test_whatever_step_it_stops_after_it_continues_bit_by_bit(way: str) -> None:
    states: list[TrainingState] = []
    whole = run(way, checkpoint=states.append)
    assert len(states) >= 3
    assert same(states[-1], whole)
    for state in states:
        network = network_of(way, seed=8)
        again = run(way, network, state=travelled(state))
        assert same(again, whole), (state.epoch, state.step)
        assert all(torch.equal(p, whole.parameters[n]) for n, p in network.named_parameters())


class Killed(Exception):
    pass


@settings(deadline=None, max_examples=15)
@given(
    st.sampled_from(["adam", "lbfgs", "spsa", "cobyla", "qng, layerwise"]),
    st.lists(st.integers(1, 4), max_size=5),
    st.integers(1, 3),
)
def test_killed_again_and_again_it_ends_with_the_same_bits(
    way: str, lives: list[int], every: int
) -> None:
    kept: list[TrainingState] = []

    def mortal(life: int) -> None:
        count = 0

        def checkpoint(state: TrainingState) -> None:
            nonlocal count
            count += 1
            if count % every == 0:
                kept.append(travelled(state))
            if count == life:
                raise Killed

        run(
            way, network_of(way, len(kept)), state=kept[-1] if kept else None, checkpoint=checkpoint
        )

    kept.append(run(way, until=0))
    for life in lives:
        try:
            mortal(life)
        except Killed:
            continue
    assert same(run(way, network_of(way, 9), state=kept[-1]), run(way))


@pytest.mark.parametrize("way", ["adam", "sgd", "lbfgs", "spsa", "cobyla", "adam, layerwise"])
def test_more_epochs_extend_a_finished_training(way: str) -> None:
    first = run(way, spec=spec_of(way, epochs=5), until=5)
    assert first.epoch == 5
    longer = run(way, spec=spec_of(way, epochs=9), state=travelled(first))
    assert same(longer, run(way, spec=spec_of(way, epochs=9)))
