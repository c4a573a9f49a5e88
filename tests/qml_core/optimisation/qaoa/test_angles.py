"""Starting angles: fixed, ramp, INTERP, transfer, random, and their units."""

import itertools

import networkx as nx
import numpy as np
import pytest

from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.algorithm import QAOA
from qml_core.optimisation.qaoa.angle_units import AngleUnits
from qml_core.optimisation.qaoa.evolution import open_evolution
from qml_core.optimisation.qaoa.fixed_angles import fixed_angles, published_ratio, regular_coupling
from qml_core.optimisation.qaoa.interp import one_more_layer, stage_ends
from qml_core.optimisation.qaoa.ramp import ramp
from qml_core.optimisation.qaoa.scales import energy_spread, phase_scale
from qml_core.optimisation.qaoa.transfer import smaller_instance, transferred
from qml_core.specs import QAOASpec


def spin_glass(n: int, seed: int, fields: bool = True) -> Ising:
    rng = np.random.default_rng(seed)
    terms = {pair: float(rng.normal()) for pair in itertools.combinations(range(n), 2)}
    return Ising(n, terms | ({(i,): float(rng.normal()) for i in range(n)} if fields else {}))


def ratio(ising: Ising, **settings) -> float:
    found = QAOA(optimiser="none", **settings).fit(ising)
    assert found.approximation is not None
    return found.approximation


@pytest.mark.parametrize(
    ("graph", "layers"),
    [(nx.petersen_graph(), 1), (nx.heawood_graph(), 1), (nx.heawood_graph(), 2)],
)
def test_fixed_angles_cut_the_published_share_of_the_edges(graph, layers):
    ising = Ising.maxcut(graph)
    energy = open_evolution(ising).values(fixed_angles(ising, layers)[None])[0]
    published = {1: 0.692450, 2: 0.75591}[layers]
    assert -energy / graph.size() == pytest.approx(published, abs=5e-6)
    assert published_ratio(layers) == pytest.approx(published, abs=5e-6)


@pytest.mark.parametrize("layers", range(1, 12))
def test_fixed_angles_keep_the_conjectured_bound_on_random_regular_graphs(layers):
    ising = Ising.maxcut(nx.random_regular_graph(3, 12, seed=layers))
    assert ratio(ising, layers=layers, angles="fixed") >= published_ratio(layers)


@pytest.mark.parametrize("degree", [4, 5, 6])
@pytest.mark.parametrize("layers", [1, 3])
def test_fixed_angles_of_other_degrees_come_near_tuned_ones(degree, layers):
    ising = Ising.maxcut(nx.random_regular_graph(degree, 12, seed=4))
    tuned = QAOA(layers, angles="fixed", optimiser="lbfgs").fit(ising).approximation
    assert 0 <= tuned - ratio(ising, layers=layers, angles="fixed") < 0.04


@pytest.mark.parametrize("weight", [-3.0, 0.01, 250.0])
def test_fixed_angles_scale_with_the_coupling_of_either_sign(weight):
    edges = nx.heawood_graph().edges
    ising = Ising(14, {tuple(sorted(edge)): weight for edge in edges})
    value = open_evolution(ising).values(fixed_angles(ising, 2)[None])[0]
    assert value / (21 * abs(weight)) == pytest.approx(1 - 2 * 0.75591, abs=2e-5)


@pytest.mark.parametrize(
    "ising",
    [
        Ising(3, {(0, 1): 1.0, (1, 2): 1.0}),
        Ising(3, {(0, 1): 1.0, (1, 2): 1.0, (0, 2): 2.0}),
        Ising(3, {(0, 1): 1.0, (1, 2): 1.0, (0, 2): 1.0, (0,): 0.1}),
        Ising(4, {(0, 1): 1.0, (1, 2): 1.0, (0, 2): 1.0}),
        Ising(2, {(0, 1): 1.0}),
        Ising(2, {(): 1.0}),
    ],
    ids=["path", "weights", "field", "lone node", "one edge", "constant"],
)
def test_fixed_angles_of_anything_else_are_refused(ising):
    assert regular_coupling(ising) is None
    with pytest.raises(SpecError, match="regular graph"):
        fixed_angles(ising, 1)


def test_auto_takes_fixed_angles_where_there_are_some_and_a_ramp_elsewhere():
    ring = Ising.maxcut(nx.cycle_graph(6))
    for ising, layers, kind in (
        (ring, 2, "fixed"),
        (ring, 18, "ramp"),
        (spin_glass(5, 0), 2, "ramp"),
    ):
        found = QAOA(layers, optimiser="none", samples=8).fit(ising)
        expected = QAOA(layers, angles=kind, optimiser="none", samples=8).fit(ising)
        assert found.gammas.tolist() == expected.gammas.tolist()
    with pytest.raises(SpecError, match="known are up to 17"):
        QAOA(18, angles="fixed").fit(ring)


@pytest.mark.parametrize(
    ("ising", "least"),
    [
        (Ising.maxcut(nx.random_regular_graph(3, 12, seed=1)), (0.72, 0.8, 0.86, 0.92)),
        (spin_glass(10, 1, fields=False), (0.7, 0.78, 0.82, 0.83)),
        (spin_glass(10, 2), (0.65, 0.72, 0.8, 0.83)),
        (Ising.independent_set(nx.random_regular_graph(3, 12, seed=2)), (0.85, 0.88, 0.88, 0.9)),
    ],
    ids=["3-regular", "normal couplings", "with fields", "independent set"],
)
def test_ramp_is_good_without_tuning_and_better_with_more_layers(ising, least):
    found = [ratio(ising, layers=p, angles="ramp") for p in (1, 2, 4, 8)]
    assert all(value >= bound for value, bound in zip(found, least, strict=True)), found


@pytest.mark.parametrize("levels", [[3, 3, 3], [4, 2, 5], [7, 7]])
@pytest.mark.parametrize("mixer", ["xy_ring", "xy_complete"])
def test_ramp_serves_one_hot_groups_as_well(levels, mixer):
    registers = Registers.of_levels(levels)
    ising = spin_glass(registers.n_qubits, 3)
    settings = {"mixer": mixer, "registers": registers, "angles": "ramp"}
    start = ratio(ising, layers=4, **settings)
    states = open_evolution(ising, registers, mixer).energies
    uniform = float((states.max() - states.mean()) / (states.max() - states.min()))
    assert start > uniform + 0.4 * (1 - uniform)


@pytest.mark.parametrize("factor", [2.0**-20, 2.0**20])
def test_energies_in_other_units_change_nothing_but_gammas(factor):
    ising = spin_glass(6, 1)
    scaled = Ising(6, {wires: factor * c for wires, c in ising.terms.items()})
    for optimiser in ("lbfgs", "cobyla", "adam", "spsa"):
        settings = {"layers": 2, "optimiser": optimiser, "evaluations": 30}
        one, other = QAOA(**settings).fit(ising), QAOA(**settings).fit(scaled)
        assert other.approximation == pytest.approx(one.approximation, rel=1e-5)
        assert other.gammas * factor == pytest.approx(one.gammas, rel=1e-3)


def test_phase_scale_of_one_hot_groups_of_two_levels_is_that_of_the_free_qubits_they_stand_for():
    free = spin_glass(4, 5)
    doubled = Ising(
        8,
        {
            tuple(2 * w + 1 for w in wires): -c if len(wires) == 1 else c
            for wires, c in free.terms.items()
        },
    )
    pairs = Registers(tuple((2 * v, 2 * v + 1) for v in range(4)))
    assert phase_scale(doubled, pairs) == pytest.approx(phase_scale(free), rel=0.1)
    assert phase_scale(Ising.maxcut(nx.random_regular_graph(4, 9, seed=0))) == pytest.approx(1.0)


def test_scales_of_a_constant_are_one():
    assert phase_scale(Ising(2, {(): 3.0})) == energy_spread(Ising(2, {(): 3.0})) == 1.0


def test_units_go_there_and_back():
    units, angles = AngleUnits(0.3, -0.5), np.arange(6.0).reshape(2, 3)
    assert units.radians(units.of_radians(angles)) == pytest.approx(angles)
    assert units.radians(np.ones(4))[:, 0].tolist() == [0.3, -0.5]


def test_interpolation_follows_its_equation():
    angles = np.array([[0.1, 0.4, 0.7], [0.9, 0.5, 0.2]])
    found = one_more_layer(angles)
    assert found[0] == pytest.approx([0.1, 0.1 / 3 + 0.8 / 3, 0.8 / 3 + 0.7 / 3, 0.7])
    assert one_more_layer(np.array([[0.3], [0.5]])).tolist() == [[0.3, 0.3], [0.5, 0.5]]


@pytest.mark.parametrize(("layers", "begin", "end"), [(3, 0, 60), (5, 7, 9), (4, 0, 1), (1, 2, 5)])
def test_stages_share_what_there_is_and_leave_one_for_the_last(layers, begin, end):
    ends = stage_ends(layers, begin, end)
    assert len(ends) == layers
    assert ends == sorted(ends)
    assert ends[-1] == end
    assert [begin, *ends][-2] < end


def test_interp_comes_at_least_as_far_as_a_random_start_of_all_layers():
    ising = Ising.maxcut(nx.random_regular_graph(3, 10, seed=7))
    settings = {"layers": 5, "evaluations": 150}
    layered = QAOA(angles="interp", **settings).fit(ising)
    assert layered.evaluations <= 150
    assert layered.approximation >= QAOA(angles="random", **settings).fit(ising).approximation
    assert layered.approximation > published_ratio(5)
    assert (layered.history[0, [2, 3, 4, 5, 7, 8, 9, 10]] == 0).all()  # one layer, zeros behind


def test_a_smaller_instance_keeps_terms_per_qubit_and_their_coefficients():
    graph = nx.random_regular_graph(3, 20, seed=1)
    ising = Ising.maxcut(graph)
    small = smaller_instance(ising, 10, np.random.default_rng(0))
    assert small.n_qubits == 10
    degrees = np.bincount([wire for wires in small.terms for wire in wires], minlength=10)
    assert len(small.coefficients) == 15
    assert set(small.coefficients) == {0.5}
    assert set(degrees) <= {2, 3, 4}
    assert smaller_instance(small, 10, np.random.default_rng(0)) is small


def test_transferred_angles_come_near_those_tuned_on_the_larger_instance():
    ising = Ising.maxcut(nx.random_regular_graph(3, 14, seed=2))
    for problem in (ising, spin_glass(13, 4)):
        moved = ratio(problem, layers=3, angles="transfer")
        tuned = QAOA(3, angles="ramp").fit(problem).approximation
        assert tuned - 0.03 < moved <= tuned + 1e-9
    units, small = transferred(ising, QAOASpec(layers=1), np.random.default_rng(0))
    assert small.n_qubits == 10
    assert units[:, 0] == pytest.approx([0.53, 0.39], abs=0.1)


def test_angles_of_free_qubits_are_refused_for_one_hot_groups():
    registers = Registers.of_levels([3, 3])
    for angles in ("fixed", "transfer"):
        with pytest.raises(SpecError, match="free qubits"):
            QAOA(2, angles=angles, registers=registers).fit(spin_glass(6, 0))
    with pytest.raises(SpecError, match="one-hot groups"):
        QAOA(2, mixer="xy_ring").fit(spin_glass(6, 0))


def test_the_ramp_is_linear():
    assert np.diff(ramp(7), n=2) == pytest.approx(np.zeros((2, 5)), abs=1e-14)
