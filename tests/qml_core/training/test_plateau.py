"""Plateaus are told from runs that converged."""

import math
from dataclasses import replace

import numpy as np
import pytest
from small_network import SmallNetwork

from qml_core.specs.training import TrainingSpec
from qml_core.training.data import TrainingData
from qml_core.training.loop import train
from qml_core.training.plateau import WINDOW, plateau_warning, sits_on_plateau
from qml_core.training.state import EpochRecord, TrainingState

LOG2 = math.log(2)


def history(
    losses: list[float], spreads: list[float], noise: float = math.nan, layers: int = 2
) -> list[EpochRecord]:
    each = {"score": 0.5, "validation_loss": math.nan, "validation_score": math.nan}
    each |= {
        "learning_rate": 0.1,
        "gradient_norm": 1.0,
        "movement": 0.1,
        "seconds": 0.0,
        "usd": 0.0,
    }
    return [
        EpochRecord(
            epoch=k + 1,
            active_layers=layers,
            loss=loss,
            gradient_variance=spread**2,
            layer_norms=(),
            layer_variances=(),
            signal_to_noise=noise,
            circuits=0,
            **each,
        )
        for k, (loss, spread) in enumerate(zip(losses, spreads, strict=True))
    ]


def trained(
    features: int, layers: int, epochs: int, measurement: str, **spec: object
) -> TrainingState:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1.5, 1.5, (64, features))
    network = SmallNetwork(
        features=features, layers=layers, measurement=measurement, bare=spec.get("loss") == "linear"
    )
    options = TrainingSpec.model_validate({"epochs": epochs, "validation": 0, **spec})
    data = TrainingData(x, (x[:, 0] > 0).astype(int))
    return train(network, data, options, task="classification", seed=0)


@pytest.mark.parametrize("loss", ["linear", "cross_entropy"])
def test_a_deep_global_circuit_sits_on_a_plateau_and_says_what_to_try(loss: str) -> None:
    state = trained(10, 6, 5, "global", loss=loss)
    assert state.history[-1].plateau
    warning = plateau_warning(state.history)
    assert "since epoch 1" in warning
    for remedy in ("fewer qubits or layers", "local cost", "small or identity", "layerwise"):
        assert remedy in warning
    assert "more shots" not in warning


def test_a_run_that_learns_and_converges_sits_on_none() -> None:
    state = trained(2, 2, 40, "z", learning_rate=0.2)
    assert state.history[-1].score > 0.95
    assert not any(record.plateau for record in state.history)
    assert plateau_warning(state.history) == ""


def test_a_run_that_converged_at_a_poor_loss_had_a_slope_and_sits_on_none() -> None:
    down = [0.1, 0.05, 0.02, 0.01, 0.005, *[1e-4] * 8]
    losses = [0.75, 0.72, 0.69, 0.68, 0.675, *[0.672] * 8]
    assert not sits_on_plateau(history(losses, down), LOG2)
    assert sits_on_plateau(history(losses, [1e-4] * 13), LOG2)


def test_a_small_gradient_at_a_small_loss_is_a_minimum() -> None:
    assert not sits_on_plateau(history([0.2] * 9, [1e-5] * 9), LOG2)


def test_a_loss_that_moves_is_on_no_plateau() -> None:
    assert not sits_on_plateau(history([0.70, 0.69, 0.685, 0.675, 0.665], [1e-4] * 5), LOG2)


def test_a_local_cost_of_the_same_circuit_sits_on_none() -> None:
    assert not any(record.plateau for record in trained(10, 3, 8, "z").history)


def test_too_few_epochs_of_a_phase_say_nothing() -> None:
    before = history([LOG2] * 9, [1e-4] * 9, layers=1)
    after = history([LOG2] * (WINDOW - 1), [1e-4] * (WINDOW - 1))
    assert not sits_on_plateau([*before, *after], LOG2)
    assert sits_on_plateau([*before, *after, after[-1]], LOG2)


def test_without_gradients_nothing_is_told() -> None:
    assert not sits_on_plateau(history([LOG2] * 9, [math.nan] * 9), LOG2)


@pytest.mark.parametrize(("noise", "drowned"), [(0.4, True), (2.0, False)])
def test_a_gradient_below_its_shot_noise_at_the_trivial_loss_is_a_plateau(
    noise: float, drowned: bool
) -> None:
    rows = history([LOG2] * 9, [0.02] * 9, noise)
    assert sits_on_plateau(rows, LOG2) is drowned
    marked = [replace(r, plateau=r.epoch >= 7) for r in rows]
    warning = plateau_warning(marked)
    assert "since epoch 3" in warning
    assert "more shots" in warning


def test_a_gradient_that_once_was_clear_of_its_noise_converged() -> None:
    rows = history([LOG2] * 9, [0.02] * 9, 0.4)
    assert not sits_on_plateau([replace(rows[0], signal_to_noise=8.0), *rows[1:]], LOG2)
