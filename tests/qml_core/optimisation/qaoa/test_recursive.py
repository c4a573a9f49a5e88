"""Recursive QAOA and the substitutions that it makes."""

import itertools

import networkx as nx
import numpy as np
import pytest

from qml_core.errors import SpecError
from qml_core.optimisation.problems.extremes import extremes
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.substitution import Substitution, strongest
from qml_core.optimisation.qaoa.algorithm import QAOA
from qml_core.optimisation.qaoa.evolution import open_evolution
from qml_core.optimisation.qaoa.objectives import Expectation
from qml_core.optimisation.qaoa.recursive import correlations_of
from qml_core.optimisation.qaoa.samples import Samples


class Rounds:
    """Measured values of whatever problem a round has, with the names of all parts."""

    differentiable = False

    def __init__(self, ising: Ising, parts: list[str]) -> None:
        self.ising, self.parts = ising, parts
        self.evolution, self.rng = open_evolution(ising), np.random.default_rng(0)

    def of_round(self, ising: Ising, prefix: str) -> "Rounds":
        return Rounds(ising, self.parts)

    def values(self, angles: np.ndarray, part: str) -> np.ndarray:
        found = self.samples(angles[0], 400, part)
        return np.array([Expectation().of_samples(found.energies(self.ising), found.counts)])

    def value_and_gradient(self, angles: np.ndarray) -> tuple[float, np.ndarray]:
        raise AssertionError("shots have no gradient")

    def samples(self, angles: np.ndarray, shots: int, part: str) -> Samples:
        self.parts.append(part)
        return self.evolution.sample(angles, shots, self.rng)


def planted(n: int, seed: int) -> tuple[Ising, np.ndarray]:
    """A sparse ±1 problem whose couplings all agree with one assignment."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, n).astype(np.uint8)
    spins = 1 - 2 * bits.astype(int)
    graph = nx.random_regular_graph(3, n, seed=seed)
    return Ising(
        n, {(min(e), max(e)): -float(spins[e[0]] * spins[e[1]]) for e in graph.edges}
    ), bits


def brute(ising: Ising) -> float:
    found = extremes(ising)
    assert found is not None
    return found.lowest


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("partner", [None, 1, 4])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_substitution_keeps_the_energy_of_every_lifted_row(seed, partner, sign):
    rng = np.random.default_rng(seed)
    wires = [some for k in (0, 1, 2, 3) for some in itertools.combinations(range(5), k)]
    ising = Ising(5, {some: float(rng.normal()) for some in wires})
    made = Substitution(2, partner, sign)
    smaller = made.apply(ising)
    for row in itertools.product((0, 1), repeat=4):
        lifted = made.lift(np.array(row, dtype=np.uint8))
        spin = 1 - 2 * int(lifted[2])
        assert spin == sign * (1 if partner is None else 1 - 2 * int(lifted[partner]))
        assert np.delete(lifted, 2).tolist() == list(row)
        expected = ising.energies(lifted[None])[0]
        assert smaller.energies(np.array([row]))[0] == pytest.approx(expected, abs=1e-12)


def test_the_strongest_correlation_is_fixed_and_fields_of_even_problems_are_noise():
    z = np.array([0.9, 0.1, -0.2])
    zz = np.array([[1, -0.95, 0.3], [-0.95, 1, 0.2], [0.3, 0.2, 1]])
    assert strongest(z, zz, even=False) == Substitution(1, 0, -1)
    assert strongest(z, zz / 2, even=False) == Substitution(0, None, 1)
    assert strongest(z, zz / 2, even=True) == Substitution(1, 0, -1)
    assert strongest(np.array([-0.3]), np.ones((1, 1)), even=True) == Substitution(0, None, -1)


@pytest.mark.parametrize(
    "graph",
    [nx.cycle_graph(8), nx.cycle_graph(9), nx.random_labeled_tree(10, seed=3), nx.path_graph(6)],
    ids=["even ring", "odd ring", "tree", "path"],
)
def test_rings_and_trees_are_solved_exactly(graph):
    ising = Ising.maxcut(graph)
    found = QAOA(1, recursive=2, samples=1, evaluations=200).fit(ising)
    assert found.best_energy == brute(ising)
    assert found.best_approximation == 1.0
    assert ising.energies(found.best_bits[None])[0] == found.best_energy


@pytest.mark.parametrize("seed", range(3))
def test_planted_instances_are_solved_where_plain_qaoa_samples_rarely_do(seed):
    ising, bits = planted(12, seed)
    found = QAOA(1, recursive=4, samples=4, seed=seed).fit(ising)
    plain = QAOA(1, samples=4, seed=seed).fit(ising)
    assert found.best_energy == ising.energies(bits[None])[0] == brute(ising)
    assert found.best_energy <= plain.best_energy
    assert (found.best_bits == bits).all() or (found.best_bits == 1 - bits).all()


def test_fields_and_cubic_terms_are_substituted_as_well():
    rng = np.random.default_rng(4)
    wires = [some for k in (1, 2, 3) for some in itertools.combinations(range(7), k)]
    ising = Ising(7, {some: float(rng.normal()) for some in wires})
    found = QAOA(2, recursive=3, samples=1, evaluations=120).fit(ising)
    assert found.best_energy == pytest.approx(brute(ising), abs=0.15 * abs(brute(ising)))
    assert ising.energies(found.best_bits[None])[0] == pytest.approx(found.best_energy)


@pytest.mark.parametrize("evaluations", [1, 5, 60])
def test_evaluations_are_limited_over_all_rounds(evaluations):
    ising, _ = planted(8, 1)
    found = QAOA(1, recursive=2, evaluations=evaluations).fit(ising)
    assert found.evaluations == len(found.history) <= evaluations
    assert found.best_energy == brute(ising)


def test_few_variables_take_one_round_and_brute_force():
    ising, _ = planted(6, 0)
    found = QAOA(1, recursive=10, samples=2).fit(ising)
    assert found.best_energy == brute(ising)
    assert found.notes[-1].startswith("1 rounds, the last 6 variables")


def test_rounds_are_measured_under_their_own_names():
    ising, _ = planted(8, 2)
    parts: list[str] = []
    found = QAOA(1, recursive=5, evaluations=6).fit(ising, Rounds(ising, parts))
    names = ["evaluation 1", "evaluation 2", "readout"]
    assert parts == [f"round {k} {name}" for k in (1, 2, 3) for name in names]
    assert found.best_energy == brute(ising)


def test_an_evaluator_of_one_problem_is_refused():
    class Single:
        differentiable = False

    with pytest.raises(SpecError, match="of_round"):
        QAOA(1, recursive=2).fit(planted(6, 0)[0], Single())


def test_correlations_of_samples_are_weighted_by_their_counts():
    samples = Samples(np.array([[0, 1], [1, 1]], dtype=np.uint8), np.array([3, 1]))
    z, zz = correlations_of(samples)
    assert z.tolist() == [0.5, -1.0]
    assert zz.tolist() == [[1.0, -0.5], [-0.5, 1.0]]
