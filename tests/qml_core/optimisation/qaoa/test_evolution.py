"""Evolutions in their reduced spaces against PennyLane's circuit on all qubits."""

import math

import numpy as np
import pennylane as qml
import pytest
import torch

from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.evolution import open_evolution
from qml_core.optimisation.qaoa.feasible_evolution import FeasibleEvolution
from qml_core.optimisation.qaoa.transverse_evolution import TransverseEvolution
from qml_core.simulation.register_mixers import complete_pairs, ring_pairs

PAIRS = {"xy_ring": ring_pairs, "xy_complete": complete_pairs}
MIXED = Registers(((0, 1, 2), (3,), (4, 5, 6, 7)))
SHUFFLED = Registers(((6, 1), (3,), (0, 7, 2), (5,), (4,)))
TERMS = {
    (): 0.4,
    (0,): 0.3,
    (3,): -0.8,
    (1, 4): 0.7,
    (2, 3): 0.45,
    (0, 5, 7): -0.4,
    (1, 3, 4, 6): 0.25,
}
GENERAL = Ising(8, TERMS)
EVEN = Ising(8, {wires: c for wires, c in TERMS.items() if len(wires) % 2 == 0})


def angles(p=2, seed=0):
    return np.random.default_rng(seed).uniform(-1.5, 1.5, (2, p))


def add_cost(ising, gamma):
    for wires, c in ising.terms.items():
        if len(wires) == 1:
            qml.RZ(2 * gamma * c, wires=wires)
        elif len(wires) == 2:
            qml.IsingZZ(2 * gamma * c, wires=wires)
        elif wires:
            qml.MultiRZ(2 * gamma * c, wires=wires)


def add_mixer(groups, mixer, beta):
    for group in groups:
        if len(group) == 1:
            qml.RX(2 * beta, wires=group)
        else:
            for a, b in PAIRS[mixer](len(group)):
                qml.IsingXY(-2 * beta, wires=[group[a], group[b]])


def add_start(groups, start):
    for group in groups:
        if len(group) == 1:
            qml.Hadamard(group)
        elif start == "basis":
            qml.X(group[0])
        else:
            w = np.zeros(2 ** len(group))
            w[2 ** np.arange(len(group))] = len(group) ** -0.5
            qml.StatePrep(w, wires=group)


def circuit_probabilities(ising, begin, mix, pair):
    @qml.qnode(qml.device("default.qubit", wires=ising.n_qubits))
    def circuit():
        begin()
        for gamma, beta in pair.T:
            add_cost(ising, gamma)
            mix(beta)
        return qml.probs(wires=range(ising.n_qubits))

    return np.asarray(circuit())


def all_bits(n):
    return (np.arange(2**n)[:, None] >> np.arange(n - 1, -1, -1) & 1).astype(np.uint8)


def on_all_qubits(evolution, registers, pair):
    """Probabilities (2^n,) from those of the levels."""
    codes = np.stack(np.unravel_index(np.arange(registers.size), registers.levels), axis=1)
    places = registers.bits_of(codes) @ (1 << np.arange(registers.n_qubits - 1, -1, -1))
    found = np.zeros(2**registers.n_qubits)
    found[places] = evolution.probabilities(pair).numpy()
    return found


def slopes_by_differences(evolution, pair, observable=None, step=1e-6):
    found = np.zeros_like(pair)
    for index in np.ndindex(pair.shape):
        change = np.zeros_like(pair)
        change[index] = step
        above, below = evolution.values(np.stack([pair + change, pair - change]), observable)
        found[index] = (above - below) / (2 * step)
    return found


@pytest.mark.parametrize("start", ["w", "basis"])
@pytest.mark.parametrize("mixer", list(PAIRS))
@pytest.mark.parametrize("registers", [MIXED, SHUFFLED], ids=["mixed", "shuffled"])
def test_one_hot_groups_evolve_as_on_all_qubits_and_never_leave_their_space(
    registers, mixer, start
):
    pair, groups = angles(), registers.groups
    evolution = open_evolution(GENERAL, registers, mixer, start=start)
    reference = circuit_probabilities(
        GENERAL, lambda: add_start(groups, start), lambda b: add_mixer(groups, mixer, b), pair
    )
    assert isinstance(evolution, FeasibleEvolution)
    found = on_all_qubits(evolution, registers, pair)
    np.testing.assert_allclose(found, reference, atol=1e-12)
    feasible = registers.codes_of(all_bits(8))[1]
    assert reference[~feasible].max() < 1e-25
    value = reference @ GENERAL.energies(all_bits(8))
    assert evolution.values(pair[None])[0] == pytest.approx(value, abs=1e-12)


def test_a_warm_start_evolves_as_its_rotations_do():
    warm, pair = np.linspace(0.1, 0.9, 8), angles(3, 1)
    thetas = 2 * np.arcsin(np.sqrt(warm))

    def begin():
        for wire, theta in enumerate(thetas):
            qml.RY(theta, wires=wire)

    def mix(beta):
        for wire, theta in enumerate(thetas):
            qml.RY(-theta, wires=wire)
            qml.RZ(-2 * beta, wires=wire)
            qml.RY(theta, wires=wire)

    evolution = open_evolution(GENERAL, warm=warm)
    reference = circuit_probabilities(GENERAL, begin, mix, pair)
    np.testing.assert_allclose(evolution.probabilities(pair), reference, atol=1e-12)


@pytest.mark.parametrize("ising", [GENERAL, EVEN], ids=["general", "even"])
def test_both_engines_agree_on_free_qubits(ising):
    pair, free = angles(3, 2), Registers.free(8)
    x = open_evolution(ising, MIXED)  # the X mixer knows no groups
    product = FeasibleEvolution.of(ising, free, "x")
    warm = open_evolution(ising, warm=np.full(8, 0.5))
    assert isinstance(x, TransverseEvolution)
    assert len(x.energies) == (128 if ising.even else 256)
    value, slopes = x.value_and_gradient(pair)
    for other, sign in ((product, 1), (warm, -1)):  # the warm start's axis is −X at ½
        signs = np.array([[1], [sign]])
        there, their_slopes = other.value_and_gradient(pair * signs)
        assert there == pytest.approx(value, abs=1e-12)
        np.testing.assert_allclose(their_slopes * signs, slopes, atol=1e-11)
        for a, b in zip(x.correlations(pair), other.correlations(pair * signs), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-12)


def evolutions():
    return [
        open_evolution(GENERAL),
        open_evolution(EVEN),
        open_evolution(GENERAL, MIXED, "xy_ring"),
        open_evolution(GENERAL, SHUFFLED, "xy_complete", start="basis"),
        open_evolution(GENERAL, warm=np.linspace(0.1, 0.9, 8)),
    ]


NAMES = ["general", "even", "ring", "complete", "warm"]


@pytest.mark.parametrize("evolution", evolutions(), ids=NAMES)
def test_gradients_are_those_of_finite_differences(evolution):
    pair = angles(2, 3)
    value, slopes = evolution.value_and_gradient(pair)
    assert value == pytest.approx(evolution.values(pair[None])[0], abs=1e-12)
    assert value == pytest.approx(float(evolution.probabilities(pair) @ evolution.energies))
    np.testing.assert_allclose(slopes, slopes_by_differences(evolution, pair), atol=1e-7)


@pytest.mark.parametrize("evolution", evolutions(), ids=NAMES)
def test_the_mean_of_the_lowest_share_is_differentiated_through_its_observable(evolution):
    energies, alpha, pair = evolution.energies, 0.3, angles(2, 4)
    order = torch.argsort(energies)

    def lowest_share(weights):
        reached = int((weights[order].cumsum(0) < alpha).sum())
        border = energies[order[reached]]
        return border + (energies - border).clamp(max=0) / alpha

    _, slopes = evolution.value_and_gradient(pair, lowest_share)
    wanted = slopes_by_differences(evolution, pair, lowest_share)
    np.testing.assert_allclose(slopes, wanted, atol=1e-6)
    samples = evolution.sample(pair, 400_000, np.random.default_rng(0))
    found = np.repeat(samples.energies(EVEN if len(energies) == 128 else GENERAL), samples.counts)
    share = np.sort(found)[: int(alpha * len(found))].mean()
    assert evolution.values(pair[None], lowest_share)[0] == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("evolution", evolutions(), ids=NAMES)
def test_batches_give_what_singles_give(evolution):
    several = np.stack([angles(2, seed) for seed in range(5)])
    together = evolution.values(several)
    alone = [evolution.values(pair[None])[0] for pair in several]
    np.testing.assert_allclose(together, alone, atol=1e-12)


@pytest.mark.parametrize("evolution", evolutions(), ids=NAMES)
def test_samples_follow_the_probabilities_and_correlations_are_theirs(evolution):
    pair, shots = angles(2, 5), 200_000
    samples = evolution.sample(pair, shots, np.random.default_rng(1))
    again = evolution.sample(pair, shots, np.random.default_rng(1))
    np.testing.assert_array_equal(samples.bits, again.bits)
    np.testing.assert_array_equal(samples.counts, again.counts)
    assert samples.shots == shots
    assert len(np.unique(samples.bits, axis=0)) == len(samples.bits)
    spins = 1.0 - 2.0 * samples.bits
    z, zz = evolution.correlations(pair)
    error = 5 / math.sqrt(shots)
    np.testing.assert_allclose(samples.counts @ spins / shots, z, atol=error)
    np.testing.assert_allclose((spins.T * samples.counts) @ spins / shots, zz, atol=error)
    np.testing.assert_allclose(np.diag(zz), 1, atol=1e-12)


def test_samples_of_one_hot_groups_are_feasible_and_of_even_costs_symmetric():
    feasible = open_evolution(GENERAL, MIXED, "xy_ring").sample(
        angles(), 10_000, np.random.default_rng(2)
    )
    assert MIXED.codes_of(feasible.bits)[1].all()
    even = open_evolution(EVEN).sample(angles(), 50_000, np.random.default_rng(3))
    first = even.counts[even.bits[:, 0] == 1].sum()
    assert abs(first - 25_000) < 5 * math.sqrt(12_500)
