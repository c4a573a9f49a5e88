"""Tuning: the limit of evaluations, starts, stages, parts of measurements, seeds."""

import itertools
from typing import Any

import networkx as nx
import numpy as np
import pytest

from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.qaoa.algorithm import QAOA
from qml_core.optimisation.qaoa.evaluators import ExactEvaluator
from qml_core.optimisation.qaoa.evolution import open_evolution
from qml_core.optimisation.qaoa.objectives import Expectation
from qml_core.optimisation.qaoa.samples import Samples
from qml_core.specs import QAOASpec


class Measured:
    """Values of shots that are drawn from an exact state, with the names of their parts."""

    differentiable = False

    def __init__(self, ising: Ising, shots: int = 512, spoil: float = 0.0) -> None:
        self.ising, self.shots, self.spoil = ising, shots, spoil
        self.parts: list[str] = []
        self.rng = np.random.default_rng(5)
        self.evolution = open_evolution(ising)

    def values(self, angles: np.ndarray, part: str) -> np.ndarray:
        self.parts.append(part)
        found = self.evolution.sample(angles[0], self.shots, self.rng)
        return np.array([Expectation().of_samples(found.energies(self.ising), found.counts)])

    def value_and_gradient(self, angles: np.ndarray) -> tuple[float, np.ndarray]:
        raise AssertionError("shots have no gradient")

    def samples(self, angles: np.ndarray, shots: int, part: str) -> Samples:
        self.parts.append(part)
        return self.evolution.sample(angles, shots, self.rng)


def spin_glass(n: int, seed: int, degree: int = 2) -> Ising:
    rng = np.random.default_rng(seed)
    sizes = range(1, degree + 1)
    wires = [some for k in sizes for some in itertools.combinations(range(n), k)]
    return Ising(n, {some: float(rng.normal()) for some in wires})


@pytest.mark.parametrize("settings", [{}, {"optimiser": "spsa", "angles": "random"}, {"starts": 3}])
def test_a_seed_gives_the_same_bits_and_another_one_others(settings):
    ising = spin_glass(7, 4)
    one, same, other = (
        QAOA(2, seed=seed, evaluations=30, **settings).fit(ising) for seed in (1, 1, 2)
    )
    assert one.history.tolist() == same.history.tolist()
    assert one.samples.bits.tolist() == same.samples.bits.tolist()
    assert one.samples.counts.tolist() == same.samples.counts.tolist()
    assert one.samples.counts.tolist() != other.samples.counts.tolist()


@pytest.mark.parametrize("optimiser", ["lbfgs", "adam", "cobyla", "spsa"])
@pytest.mark.parametrize("angles", ["ramp", "interp"])
@pytest.mark.parametrize(("evaluations", "starts"), [(1, 1), (7, 3), (40, 2)])
def test_evaluations_are_a_hard_limit_over_starts_and_stages(
    optimiser, angles, evaluations, starts
):
    ising = spin_glass(5, 6)
    calls = []

    class Counting(ExactEvaluator):
        def values(self, angles: np.ndarray, part: str = "") -> np.ndarray:
            calls.extend([part] * len(angles))
            return super().values(angles, part)

        def value_and_gradient(self, angles: np.ndarray) -> tuple[float, np.ndarray]:
            calls.append("")
            return super().value_and_gradient(angles)

    evaluator = Counting(open_evolution(ising), Expectation(), np.random.default_rng(0))
    spec = QAOASpec(
        layers=3, angles=angles, optimiser=optimiser, evaluations=evaluations, starts=starts
    )
    found = QAOA.from_spec(spec).fit(ising, evaluator)
    assert found.evaluations == len(found.history) == len(calls) <= evaluations
    assert found.evaluations >= 1
    assert found.objective == found.history[:, 0].min()
    best = found.history[found.history[:, 0].argmin(), 1:]
    assert best.tolist() == [*found.gammas, *found.betas]


def test_more_starts_are_never_worse_with_a_share_for_each():
    ising = spin_glass(6, 9)
    one = QAOA(3, evaluations=40).fit(ising)
    several = QAOA(3, evaluations=160, starts=4).fit(ising)
    assert several.objective <= one.objective + 1e-9


def test_parts_of_a_measurement_are_named_from_one():
    ising = spin_glass(4, 1)
    evaluator = Measured(ising)
    found = QAOA(1, evaluations=6, optimiser="cobyla").fit(ising, evaluator)
    assert evaluator.parts == [*(f"evaluation {k}" for k in range(1, 7)), "readout"]
    assert found.expectation == pytest.approx(
        Expectation().of_samples(found.samples.energies(ising), found.samples.counts)
    )
    evaluator = Measured(ising)
    QAOA(1, evaluations=6, optimiser="spsa").fit(ising, evaluator)
    pairs = [f"evaluation {k} {side}" for k in (1, 2) for side in ("plus", "minus")]
    assert evaluator.parts == [*pairs, "evaluation 3", "readout"]


def test_without_tuning_only_the_readout_is_measured():
    ising = spin_glass(4, 1)
    evaluator = Measured(ising)
    found = QAOA(2, optimiser="none", starts=3, samples=100).fit(ising, evaluator)
    assert evaluator.parts == ["readout"]
    assert found.evaluations == 0
    assert found.history.shape == (0, 5)
    assert found.objective == found.expectation


def test_shots_come_near_exact_values():
    ising = Ising.maxcut(nx.random_regular_graph(3, 8, seed=1))
    for optimiser in ("auto", "spsa"):
        settings: dict[str, Any] = {"optimiser": optimiser, "evaluations": 60, "angles": "ramp"}
        found = QAOA(2, **settings).fit(ising, Measured(ising, 2000))
        exact = QAOA(2, angles="ramp").fit(ising)
        assert found.approximation == pytest.approx(exact.approximation, abs=0.06)


@pytest.mark.parametrize("optimiser", ["lbfgs", "adam"])
def test_tuners_by_gradients_are_refused_where_there_are_none(optimiser):
    ising = spin_glass(3, 0)
    with pytest.raises(SpecError, match="optimiser=cobyla"):
        QAOA(1, optimiser=optimiser).fit(ising, Measured(ising))
