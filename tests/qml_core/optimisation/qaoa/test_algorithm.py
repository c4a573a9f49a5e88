"""QAOA from the angles to the readout, against published values and brute force."""

import itertools

import networkx as nx
import numpy as np
import pytest
from pydantic import ValidationError

from qml_core.errors import CircuitRefused, DataError, SpecError
from qml_core.optimisation.problems.extremes import Extremes
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.algorithm import QAOA, warm_of
from qml_core.optimisation.qaoa.evolution import open_evolution
from qml_core.optimisation.qaoa.samples import Samples
from qml_core.specs import QAOASpec


def spin_glass(n: int, seed: int, degree: int = 2) -> Ising:
    rng = np.random.default_rng(seed)
    sizes = range(1, degree + 1)
    wires = [some for k in sizes for some in itertools.combinations(range(n), k)]
    return Ising(n, {some: float(rng.normal()) for some in wires})


def lowest(ising: Ising) -> float:
    bits = np.array(list(itertools.product((0, 1), repeat=ising.n_qubits)), dtype=np.uint8)
    return float(ising.energies(bits).min())


@pytest.mark.parametrize(("n", "layers"), [(4, 1), (8, 1), (6, 2), (8, 2), (8, 3), (10, 3)])
def test_even_rings_reach_the_known_ratio(n, layers):
    found = QAOA(layers, angles="ramp").fit(Ising.maxcut(nx.cycle_graph(n)))
    assert found.approximation == pytest.approx((2 * layers + 1) / (2 * layers + 2), abs=1e-6)
    assert (found.optimum, found.worst) == (-n, 0)


@pytest.mark.parametrize("graph", [nx.petersen_graph(), nx.heawood_graph()], ids=["10", "14"])
def test_triangle_free_regular_graphs_reach_the_known_cut_per_edge(graph):
    found = QAOA(1).fit(Ising.maxcut(graph))
    assert -found.expectation / graph.size() == pytest.approx(0.692450, abs=1e-6)
    assert found.gammas == pytest.approx([0.61548], abs=1e-4)
    assert found.betas == pytest.approx([-0.39270], abs=1e-4)


@pytest.mark.parametrize(("n", "seed", "degree"), [(5, 0, 2), (8, 1, 3), (12, 2, 2), (14, 3, 2)])
def test_samples_are_never_below_the_optimum_and_enough_layers_find_it(n, seed, degree):
    ising = spin_glass(n, seed, degree)
    found = QAOA(4, evaluations=60, samples=4096).fit(ising)
    assert found.best_energy == pytest.approx(lowest(ising), abs=1e-9)
    assert found.best_energy >= found.optimum
    assert found.best_approximation <= 1
    assert found.samples.energies(ising).min() == found.best_energy
    assert ising.energies(found.best_bits[None])[0] == found.best_energy
    assert found.samples.counts.sum() == 4096


@pytest.mark.parametrize("objective", ["cvar", "gibbs"])
def test_other_objectives_are_reported_beside_the_expectation(objective):
    ising = spin_glass(7, 3)
    found = QAOA(2, objective=objective, alpha=0.5).fit(ising)
    angles = np.stack([found.gammas, found.betas])
    assert found.expectation == pytest.approx(open_evolution(ising).values(angles[None])[0])
    assert found.objective != found.expectation
    assert found.objective == found.history[:, 0].min() < found.history[0, 0]


def test_cvar_draws_better_samples_from_its_own_optimum():
    ising = spin_glass(8, 12)
    plain, cvar = (QAOA(1, objective=o, alpha=0.05) for o in ("expectation", "cvar"))
    assert cvar.fit(ising).objective < plain.fit(ising).expectation


@pytest.mark.parametrize("mixer", ["xy_ring", "xy_complete"])
def test_one_hot_registers_stay_feasible_and_find_the_optimum(mixer):
    registers = Registers.of_levels([3, 2, 4, 3])
    ising = spin_glass(registers.n_qubits, 8)
    found = QAOA(3, mixer, registers, samples=500).fit(ising)
    assert found.feasibility == 1.0
    assert registers.codes_of(found.samples.bits)[1].all()
    assert found.best_energy == pytest.approx(float(registers.diagonal(ising).min()))
    assert found.best_approximation == pytest.approx(1.0)


def test_infeasible_samples_are_counted_and_never_the_best():
    registers = Registers.of_levels([3, 3])
    ising = Ising(6, {(j,): 1.0 for j in range(6)})  # all ones is the least, and infeasible
    found = QAOA(1, "x", registers, samples=2000, optimiser="none", angles="random").fit(ising)
    feasible = registers.codes_of(found.samples.bits)[1]
    assert 0 < found.feasibility < 1
    share = found.samples.counts[feasible].sum() / 2000
    assert found.feasibility == pytest.approx(share)
    assert registers.codes_of(found.best_bits[None])[1].all()
    assert (found.best_energy, found.best_approximation) == (2.0, 1.0)


def test_no_feasible_sample_is_an_error():
    registers = Registers.of_levels([3, 3])
    nothing = QAOA(1, "x", registers, angles="given", gammas=(0,), betas=(0,), optimiser="none")

    class Zeros:
        differentiable = False

        def samples(self, angles: np.ndarray, shots: int, part: str) -> Samples:
            return Samples(np.zeros((1, 6), dtype=np.uint8), np.array([shots]))

    ising = spin_glass(6, 0)
    with pytest.raises(DataError, match="none that keeps"):
        nothing.fit(ising, Zeros())


def test_the_optimum_may_be_known_from_elsewhere():
    ising = spin_glass(4, 1)
    known = Extremes(-100.0, 100.0, np.zeros(4, dtype=np.uint8))
    found = QAOA(1).fit(ising, known=known)
    assert found.approximation == pytest.approx((100 - found.expectation) / 200)
    assert (found.optimum, found.worst) == (-100, 100)


def test_a_constant_problem_has_nothing_to_tune():
    found = QAOA(2, samples=10).fit(Ising(3, {(): 2.5}))
    assert (found.expectation, found.best_energy) == (pytest.approx(2.5), 2.5)
    assert found.approximation == found.best_approximation == 1.0


def test_memory_that_is_too_small_is_refused():
    with pytest.raises(CircuitRefused, match="bytes"):
        QAOA(1).fit(spin_glass(10, 0), memory_bytes=1000)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"layers": 0}, "layers"),
        ({"angles": "given", "gammas": (0.1,)}, "given"),
        ({"recursive": 3, "mixer": "xy_ring"}, "recursive"),
        ({"depth": 3}, "depth"),
    ],
)
def test_settings_that_contradict_are_refused(settings, match):
    with pytest.raises(ValidationError, match=match):
        QAOA(**settings)


@pytest.mark.parametrize("settings", [{"recursive": 2}, {"warm_start": 0.1}])
def test_single_qubit_methods_are_refused_for_one_hot_groups(settings):
    registers = Registers.of_levels([3, 3])
    with pytest.raises(SpecError, match="one-hot groups"):
        QAOA(1, registers=registers, **settings).fit(spin_glass(6, 0))
    with pytest.raises(SpecError, match="registers of 6"):
        QAOA(1, "x", registers).fit(spin_glass(5, 0))


def test_warm_starts_follow_the_seed_and_are_off_by_default():
    ising = spin_glass(6, 2)
    assert warm_of(QAOASpec(), ising, 0) is None
    spec = QAOASpec(warm_start=0.2)
    first, again = warm_of(spec, ising, 0), warm_of(spec, ising, 0)
    assert first is not None
    assert again is not None
    assert first.tolist() == again.tolist()
