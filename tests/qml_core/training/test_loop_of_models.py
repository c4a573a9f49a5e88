"""The loop around the networks that models build."""

import numpy as np
import pytest
import torch
from small_network import same, travelled

from qml_core.models.network import Network, build_network
from qml_core.specs import ModelSpec
from qml_core.specs.training import FULL_BATCH, TrainingSpec
from qml_core.training.data import TrainingData
from qml_core.training.loop import load_best, train
from qml_core.training.state import TrainingState

RNG = np.random.default_rng(1)
X = RNG.uniform(-1.5, 1.5, (24, 3))
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
DATA = TrainingData(X[:16], Y[:16], X[16:], Y[16:])


def network(spec: TrainingSpec, name: str, seed: int) -> Network:
    model = ModelSpec.model_validate({"name": name, "training": spec})
    return build_network(model, "classification", 3, 2, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("name", "optimiser"),
    [("vqc", "adam"), ("vqc", "qng"), ("vqc", "lbfgs"), ("hybrid", "adam"), ("hybrid", "cobyla")],
)
def test_a_model_learns_and_continues_bit_by_bit(name: str, optimiser: str) -> None:
    batch = None if optimiser in FULL_BATCH else 8
    spec = TrainingSpec(optimiser=optimiser, epochs=8, batch_size=batch, checkpoint_s=0)
    states: list[TrainingState] = []
    first = network(spec, name, 0)
    whole = train(first, DATA, spec, task="classification", seed=2, checkpoint=states.append)
    assert min(r.loss for r in whole.history) < whole.history[0].loss
    for state in states[:: len(states) // 3]:
        second = network(spec, name, 1)
        again = train(second, DATA, spec, task="classification", seed=2, state=travelled(state))
        assert same(again, whole)


def test_layerwise_training_predicts_with_the_layers_of_its_best_epoch() -> None:
    spec = TrainingSpec(layerwise=2, epochs=6, batch_size=8)
    used = network(spec, "vqc", 0)
    state = train(used, DATA, spec, task="classification", seed=2)
    load_best(used, state)
    fresh = network(spec, "vqc", 3)
    load_best(fresh, state)
    x = torch.from_numpy(X)
    assert torch.equal(used(x), fresh(x))
