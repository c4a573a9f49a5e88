"""What a diagnosis says in words."""

import numpy as np
import pytest

from qml_core.references import Interval
from qml_core.training.diagnostics.decay import fit_decay
from qml_core.training.diagnostics.noise_decay import NoiseDecay
from qml_core.training.diagnostics.verdict import advice, verdict

NOISE = NoiseDecay(
    np.array([1.0, 5.0]), np.array([0.5, 0.25]), Interval(value=-0.25, low=-0.3, high=-0.2), -1.0
)


@pytest.fixture
def plateau():
    rng = np.random.default_rng(0)
    samples = [2.0 ** (-n / 2) * rng.standard_normal((300, 3)) for n in range(2, 9)]
    return fit_decay(range(2, 9), samples, rng)


@pytest.fixture
def flat():
    rng = np.random.default_rng(0)
    return fit_decay(range(2, 9), [rng.standard_normal((300, 3)) for _ in range(7)], rng)


def test_the_worst_series_is_named_first(plateau, flat):
    words = verdict({"1 layer": flat, "8 layers": plateau}, None)
    assert words.startswith("Barren plateau: ")
    assert "exponentially with the qubits (8 layers). Slope" in words
    assert words.index("1 layer ") < words.index("8 layers −")


def test_noise_is_said_in_layers(flat):
    words = verdict({"2 layers": flat}, NOISE)
    assert words.startswith("No barren plateau: the gradient's variance hardly falls")
    assert words.endswith("Noise halves the gradient every 4.0 layers, whatever the parameters.")


def test_without_two_sizes_there_is_no_slope():
    assert verdict({"2 layers": None}, None).startswith("No slope")


def test_a_local_cost_is_advised_where_all_qubits_are_read(plateau, flat):
    assert any("--cost local" in text for text in advice([plateau], None, "global"))
    assert not any("--cost local" in text for text in advice([plateau], None, "local"))
    assert advice([flat], None, "global") == ()
    assert "2007.14384" in advice([flat], NOISE, "z")[0]
