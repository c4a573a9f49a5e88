"""Pretraining, early stopping and learning-rate schedules, each beside the same without it."""

import numpy as np
import pytest
import torch
from mitigation_cases import LOG_2, model, opened, trained, two_clouds

from qml_core.models.network import pretrain
from qml_core.training.data import TrainingData
from qml_core.training.loop import load_best
from qml_core.training.state import TrainingState

SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]


def half_spaces(features: int, seed: int) -> TrainingData:
    """Two sides of a plane through the origin: 128 rows to train on, 128 to validate."""
    generator = np.random.default_rng(seed)
    X = generator.normal(0, 1, (256, features))
    y = (X @ generator.normal(0, 1, features) > 0).astype(np.int64)
    return TrainingData(X[:128], y[:128], X[128:], y[128:])


def hybrid(pretraining: int, seed: int) -> TrainingState:
    data = half_spaces(30, 0)
    asked = model("hybrid", epochs=4, pretraining=pretraining)
    network = opened(asked, data, seed)
    generator = np.random.default_rng([seed, 2])
    pretrain(network, data, asked.training, "classification", generator)
    return trained(asked, data, seed, network)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pretrained_encoder_gives_the_circuit_angles_that_tell_the_classes_apart(
    seed: int,
) -> None:
    """30 features on 4 qubits: one epoch of the circuit, and new rows are told apart too."""
    cold, warm = hybrid(0, seed).history, hybrid(30, seed).history
    assert warm[0].validation_score > 0.74
    assert warm[0].validation_score > cold[0].validation_score + 0.1
    assert warm[3].validation_loss < 0.85 * cold[3].validation_loss
    assert warm[0].gradient_norm > 1.5 * cold[0].gradient_norm


def test_pretraining_changes_the_encoder_and_nothing_else() -> None:
    data = half_spaces(30, 0)
    asked = model("hybrid", pretraining=2)
    network = opened(asked, data, 0)
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    pretrain(network, data, asked.training, "classification", np.random.default_rng(1))
    changed = {n for n, p in network.named_parameters() if not torch.equal(p, before[n])}
    assert changed == {n for n in before if n.startswith("encoder.")}
    assert changed


def noisy_sides(seed: int) -> tuple[TrainingData, torch.Tensor, torch.Tensor]:
    """Two sides of a plane, a quarter of the labels turned round: 40 rows to train on, 50 to
    validate; and 400 rows with their true labels."""
    generator = np.random.default_rng(seed)
    X = generator.uniform(-1.5, 1.5, (490, 3))
    truth = (X.sum(axis=1) > 0).astype(np.int64)
    labels = truth[:90] ^ (generator.random(90) < 0.25)
    data = TrainingData(X[:40], labels[:40], X[40:90], labels[40:90])
    return data, torch.from_numpy(X[90:]), torch.from_numpy(truth[90:]).double()


@pytest.mark.parametrize("seed", SEEDS)
def test_early_stopping_keeps_what_was_there_before_the_noise_was_learnt(seed: int) -> None:
    data, x, truth = noisy_sides(seed)
    kept = TrainingData(data.X, data.y)
    circuit = {"layers": 8}
    longer = {"epochs": 60, "learning_rate": 0.1, "batch_size": 10}
    patient = model(circuit=circuit, **longer, validation=0.4, patience=8)
    network = opened(patient, data, seed)
    stopped = trained(patient, data, seed, network)
    load_best(network, stopped)
    early = true_loss(network, x, truth)
    network = opened(patient, data, seed)
    whole = trained(model(circuit=circuit, **longer), kept, seed, network)
    load_best(network, whole)
    assert whole.history[-1].loss < stopped.history[-1].loss
    assert true_loss(network, x, truth) > early + 0.02
    assert stopped.epoch <= 25
    assert stopped.best is not None
    assert stopped.best.epoch == stopped.epoch - 8


@pytest.mark.parametrize("seed", SEEDS)
def test_the_kept_epoch_validates_better_than_the_last_of_a_long_training(seed: int) -> None:
    data, _, _ = noisy_sides(seed)
    longer = {"epochs": 60, "learning_rate": 0.1, "batch_size": 10, "validation": 0.4}
    state = trained(model(circuit={"layers": 8}, **longer), data, seed)
    assert state.best is not None
    assert state.best.loss < 0.9 * state.history[-1].validation_loss


def true_loss(network: torch.nn.Module, x: torch.Tensor, truth: torch.Tensor) -> float:
    with torch.no_grad():
        logits = network(x)[:, 0]
    return float(torch.nn.functional.binary_cross_entropy_with_logits(logits, truth))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("schedule", ["cosine", "exponential"])
def test_a_rate_that_falls_settles_where_a_large_one_keeps_jumping(
    schedule: str, seed: int
) -> None:
    """Steps of Adam of one radian: too large to come to rest, good to find a valley."""
    data = two_clouds(32, 4, width=0.6)
    fast = {"learning_rate": 1.0, "epochs": 30, "batch_size": 8}
    constant = trained(model(**fast), data, seed).history
    falling = trained(model(**fast, schedule=schedule, decay=0.85), data, seed).history
    assert constant[0].loss == falling[0].loss
    late = [r.loss for r in constant[-6:]]
    assert np.ptp(late) > 10 * np.ptp([r.loss for r in falling[-6:]])
    assert falling[-1].loss < 0.85 * min(late) < LOG_2
    assert falling[-1].movement < 0.02 * constant[-1].movement
