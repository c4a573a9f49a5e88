"""A training that goes on from the store ends with the bits of one that was never interrupted."""

import numpy as np
import pytest
from training_states import KEY, bits_of, sorted_mappings

from qml_core.models.network import build_network
from qml_core.specs import CircuitSpec, ModelSpec, TrainingSpec
from qml_core.storage.checkpoint_document import network_shape
from qml_core.storage.checkpoints import latest_checkpoint, put_checkpoint
from qml_core.training.data import TrainingData
from qml_core.training.loop import train
from qml_core.training.state import TrainingState

SEED = 3
TRAININGS = {
    "adam": {"patience": 2},
    "sgd": {"schedule": "exponential", "layerwise": 1},
    "lbfgs": {},
    "qng": {},
    "spsa": {},
    "cobyla": {},
    "rotosolve": {"loss": "linear"},
}


class Killed(Exception):
    """Stands for a process that ends between two steps."""


def make_model(optimiser: str, epochs: int = 3) -> ModelSpec:
    asked = {"batch_size": 8} if optimiser not in ("lbfgs", "cobyla", "rotosolve") else {}
    training = TrainingSpec(
        optimiser=optimiser, epochs=epochs, checkpoint_s=0, **asked, **TRAININGS[optimiser]
    )
    return ModelSpec(name="vqc", circuit=CircuitSpec(layers=2), training=training)


def run(store, model: ModelSpec, steps: int | None, until: int | None = None) -> TrainingState:
    """Go on from the store, for so many checkpoints."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(22, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
    data = TrainingData(X[:16], y[:16], X[16:], y[16:])
    network = build_network(model, "classification", 2, 2, np.random.default_rng(SEED))
    shape = network_shape(model, dict(network.named_parameters()))
    goal = model.training.epochs if until is None else until
    found = latest_checkpoint(store, KEY, until=goal, network=shape)
    stored = []

    def put(state: TrainingState) -> None:
        stored.append(put_checkpoint(store, KEY, state, shape))
        if len(stored) == steps:
            raise Killed

    return train(
        network,
        data,
        model.training,
        task="classification",
        seed=SEED,
        state=found and found[1],
        until=goal,
        checkpoint=put,
    )


def bits(state: TrainingState):
    return bits_of(sorted_mappings(state))


@pytest.mark.parametrize("optimiser", TRAININGS)
def test_a_training_killed_after_any_step_ends_with_the_same_bits(
    local_store, second_store, optimiser: str
) -> None:
    model = make_model(optimiser)
    whole = run(second_store, model, None)
    kills = 0
    while True:
        try:
            found = run(local_store, model, 1)
        except Killed:
            kills += 1
            assert kills < 40
            continue
        break
    assert kills >= 3
    assert bits(found) == bits(whole)


def test_more_epochs_extend_a_finished_training(local_store, second_store) -> None:
    run(local_store, make_model("adam", epochs=2), None)
    extended = run(local_store, make_model("adam", epochs=4), None)
    assert bits(extended) == bits(run(second_store, make_model("adam", epochs=4), None))
    again = run(local_store, make_model("adam", epochs=2), None)
    assert again.epoch == 2, "a shorter one finds its own end"


def test_segments_end_with_the_same_bits(local_store, second_store) -> None:
    model = make_model("adam")
    for until in (1, 2, 3):
        found = run(local_store, model, None, until)
        assert found.epoch == until
    assert bits(found) == bits(run(second_store, model, None))


def test_damage_on_the_way_costs_time_and_no_bits(local_store, second_store, flip_bit) -> None:
    model = make_model("adam")
    with pytest.raises(Killed):
        run(local_store, model, 5)
    newest = [e.path for e in local_store.list(f"trainings/{KEY}") if e.path.endswith("json")][-1]
    flip_bit(local_store, newest, 1001)
    assert bits(run(local_store, model, None)) == bits(run(second_store, model, None))


@pytest.fixture
def second_store(tmp_path):
    from qml_core.storage.store import open_store

    return open_store((tmp_path / "second").as_uri())
