"""What helps a circuit out of a barren plateau: where it starts, what it reads, how it grows."""

import numpy as np
import pytest
import torch
from mitigation_cases import LOG_2, model, opened, trained, two_clouds

from qml_core.specs import ModelSpec
from qml_core.training.evaluations import Evaluations, Rows
from qml_core.training.state import TrainingState

WIDE = two_clouds(8, 10)
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]
DEEP = {"layers": 10, "measurement": {"kind": "global"}}
"""Ten layers on ten qubits with the cost of all of them."""


def deep(initialisation: str, seed: int) -> TrainingState:
    asked = model(circuit=DEEP, initialisation=initialisation, epochs=12)
    return trained(asked, WIDE, seed)


@pytest.fixture(scope="module", params=SEEDS)
def starts(request: pytest.FixtureRequest) -> dict[str, TrainingState]:
    """The same training from each initialisation."""
    return {way: deep(way, request.param) for way in ("uniform", "small", "identity")}


@pytest.mark.parametrize("way", ["small", "identity"])
def test_small_angles_and_identity_blocks_start_on_a_slope(
    starts: dict[str, TrainingState], way: str
) -> None:
    """Variance over entries: Haar random states have 4^-n of it, states near |0…0⟩ order 1/n."""
    flat, steep = starts["uniform"].history[0], starts[way].history[0]
    assert steep.gradient_norm > 5 * flat.gradient_norm
    assert steep.gradient_variance > 30 * flat.gradient_variance
    assert flat.gradient_variance < 1e-4


@pytest.mark.parametrize("way", ["small", "identity"])
def test_and_learn_where_uniform_angles_do_not(starts: dict[str, TrainingState], way: str) -> None:
    lost, learned = starts["uniform"].history[-1], starts[way].history[-1]
    assert lost.loss > LOG_2
    assert lost.score == 0.5
    assert learned.loss < 0.7 * LOG_2
    assert learned.score > 0.6


def shallow(kind: str, seed: int) -> TrainingState:
    circuit = {"layers": 2, "measurement": {"kind": kind}}
    return trained(model(circuit=circuit, epochs=12), WIDE, seed)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_local_cost_has_a_slope_where_the_global_one_has_none(seed: int) -> None:
    """Two layers on ten qubits (Cerezo et al., Nat. Commun. 12, 1791 (2021), theorems 1 and 2)."""
    flat, steep = shallow("global", seed), shallow("local", seed)
    assert steep.history[0].gradient_variance > 5 * flat.history[0].gradient_variance
    assert flat.history[-1].loss > LOG_2
    assert flat.history[-1].score == 0.5
    assert steep.history[-1].loss < 0.9 * LOG_2
    assert steep.history[-1].score > 0.8


def test_over_many_starts_the_global_slope_is_smaller_by_orders_of_magnitude() -> None:
    first = {
        kind: np.median([_first_slope(kind, seed) for seed in range(7)])
        for kind in ("global", "local")
    }
    assert first["local"] > 100 * first["global"]


def _first_slope(kind: str, seed: int) -> float:
    circuit = {"layers": 2, "measurement": {"kind": kind}}
    asked = model(circuit=circuit, epochs=1)
    return trained(asked, WIDE, seed).history[0].gradient_variance


@pytest.fixture(scope="module", params=SEEDS)
def grown(request: pytest.FixtureRequest) -> dict[int, TrainingState]:
    """28 epochs of 14 layers: all at once (0), or an epoch for each layer alone before (1)."""
    return {each: trained(growing(each), WIDE, request.param) for each in (0, 1)}


def growing(each: int, layers: int = 14) -> ModelSpec:
    circuit = {
        "ansatz": "simplified_two_design",
        "layers": layers,
        "measurement": {"kind": "local"},
    }
    return model(
        circuit=circuit, layerwise=each, epochs=2 * layers, optimiser="sgd", learning_rate=0.2
    )


def test_layers_that_grow_one_by_one_keep_a_slope(grown: dict[int, TrainingState]) -> None:
    """The variance over a phase's entries, beside that of the whole circuit at random: 2.5 to 9
    times as large in the median of the phases of five starts."""
    at_once, one_by_one = grown[0].history, grown[1].history
    phases = one_by_one[:15]
    assert [r.active_layers for r in phases] == [*range(1, 15), 14]
    slopes = [r.gradient_variance for r in phases]
    assert np.median(slopes) > 2 * at_once[0].gradient_variance


def test_and_the_joint_phase_ends_lower(grown: dict[int, TrainingState]) -> None:
    at_once, one_by_one = grown[0].history, grown[1].history
    assert one_by_one[-1].loss < 0.75 * at_once[-1].loss
    assert one_by_one[-1].loss < 0.6 * one_by_one[14].loss


def test_growing_takes_fewer_circuits_on_a_device() -> None:
    """Half of the epochs have the gradient of one layer only."""

    def circuits(each: int) -> int:
        asked = growing(each, layers=4)
        network, rows = opened(asked, WIDE, 0), Rows(8, 0, 0)
        said = Evaluations(asked.training, network.circuit, network.readout, rows)
        return sum(found.circuits * times for found, times in said.counted())

    assert circuits(1) < 0.7 * circuits(0)


def test_growing_freezes_what_was_trained_before() -> None:
    states: list[TrainingState] = []
    asked = model(
        circuit={"layers": 3}, layerwise=2, epochs=9, learning_rate=0.1, checkpoint_epochs=1
    )
    data = two_clouds(8, 3)
    network = opened(asked, data, 0)
    before = network.theta.detach().clone()
    layer = np.array(network.circuit.layer_of)
    trained(asked, data, 0, network, checkpoint=states.append)
    after = {state.epoch: state.parameters["theta"] for state in states}
    moved = [_moved(layer, a, b) for a, b in ((before, after[2]), (after[2], after[4]))]
    assert moved == [{0}, {1}]
    assert _moved(layer, after[4], after[6]) == {2}
    assert _moved(layer, after[6], after[9]) == {0, 1, 2}


def _moved(layer: np.ndarray, before: torch.Tensor, after: torch.Tensor) -> set[int]:
    """Layers."""
    return set(layer[(before != after).numpy()].tolist())
