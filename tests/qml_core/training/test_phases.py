"""Layerwise training grows the circuit, then trains all of it."""

from hypothesis import given
from hypothesis import strategies as st

from qml_core.specs.training import TrainingSpec
from qml_core.training.phases import Phase, phase_at, phases


def test_without_layerwise_training_there_is_one_phase_of_all_layers() -> None:
    assert phases(TrainingSpec(), 3) == (Phase(1, None, 3, 0),)


def test_each_layer_is_trained_alone_then_all_together() -> None:
    assert phases(TrainingSpec(layerwise=4), 3) == (
        Phase(1, 4, 1, 0),
        Phase(5, 8, 2, 1),
        Phase(9, 12, 3, 2),
        Phase(13, None, 3, 0),
    )


@given(st.integers(0, 5), st.integers(1, 5), st.integers(1, 60))
def test_every_epoch_is_in_the_one_phase_that_holds_it(each: int, layers: int, epoch: int) -> None:
    spec = TrainingSpec(layerwise=each)
    holding = [
        p
        for p in phases(spec, layers)
        if p.first_epoch <= epoch and (p.last_epoch is None or epoch <= p.last_epoch)
    ]
    assert holding == [phase_at(spec, layers, epoch)]
