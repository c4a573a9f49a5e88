"""The sentence of a space."""

import numpy as np
import pytest

from qml_core.optimisation.comparison.tests_of_seeds import contrasts
from qml_core.optimisation.comparison.verdict import verdict
from qml_core.specs.comparison import LEAST_SEEDS


def sentence(against_random: float, against_anneal: float, seeds: int = 15) -> str:
    rng = np.random.default_rng(0)
    qaoa = rng.random(seeds)
    noise = np.tile([0.02, -0.021, 0.019, -0.018, 0.0], seeds // 5 + 1)[:seeds]
    table = {
        "qaoa": qaoa,
        "random": qaoa - against_random + noise,
        "anneal": qaoa - against_anneal + noise,
    }
    return verdict(contrasts(table), seeds)


@pytest.mark.parametrize(
    ("against_random", "against_anneal", "said"),
    [
        (-0.1, -0.1, ("beat random", ") and simulated annealing", "so does the quantum part")),
        (-0.1, 0.0, ("beat random", "but not simulated annealing", "is not seen to")),
        (-0.1, 0.1, ("beat random", "lost to simulated annealing", "quantum part harms")),
        (0.0, -0.1, ("QAOA did not beat random at this budget", "it beat simulated annealing")),
        (0.0, 0.0, ("QAOA did not beat random at this budget", "nor simulated annealing")),
        (0.0, 0.1, ("QAOA did not beat random at this budget", "and lost to simulated")),
        (0.1, -0.1, ("QAOA lost to random at this budget", "it beat simulated annealing")),
        (0.1, 0.0, ("QAOA lost to random at this budget", "did not beat simulated annealing")),
        (0.1, 0.1, ("QAOA lost to random at this budget", "and to simulated annealing")),
    ],
)
def test_each_outcome_has_its_sentence(against_random, against_anneal, said) -> None:
    found = sentence(against_random, against_anneal)
    assert all(part in found for part in said)
    assert found.count("p = ") == 2
    assert "\n" not in found


def test_the_numbers_stand_beside_their_contrast() -> None:
    found = sentence(-0.3, 0.0)
    random, anneal = found.split("simulated annealing")
    assert "area −0.3" in random
    assert "p = 1" in anneal


def test_fewer_seeds_than_ten_have_no_verdict_whatever_they_say() -> None:
    assert sentence(-0.9, -0.9, seeds=9) == "No verdict: 9 seeds, it needs at least 10"
    assert sentence(-0.9, -0.9, seeds=LEAST_SEEDS).startswith("QAOA beat random")


def test_without_the_control_there_is_no_verdict() -> None:
    table = {"qaoa": np.zeros(12), "random": np.ones(12), "tpe": np.ones(12)}
    found = verdict(contrasts(table), 12)
    assert found == "No verdict: it needs the searchers anneal, qaoa, random"


def test_a_rare_difference_that_is_always_for_one_side_counts() -> None:
    """30 ties and 10 seeds in favour: the median difference is 0, its direction is not."""
    qaoa = np.zeros(40)
    random = np.r_[np.zeros(30), np.linspace(0.1, 0.2, 10)]
    table = {"qaoa": qaoa, "random": random, "anneal": qaoa}
    assert contrasts(table)[1].estimate == 0.0
    assert verdict(contrasts(table), 40).startswith("QAOA beat random")
