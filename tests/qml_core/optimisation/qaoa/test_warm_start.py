"""The relaxed problem, and QAOA from there."""

import itertools

import numpy as np
import pytest

from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.qaoa.algorithm import QAOA
from qml_core.optimisation.qaoa.warm_start import relaxed_energy, warm_probabilities


def problem(seed: int, n: int = 6) -> Ising:
    rng = np.random.default_rng(seed)
    wires = [some for k in (1, 2, 3) for some in itertools.combinations(range(n), k)]
    return Ising(n, {some: float(rng.normal()) for some in wires} | {(): 0.7})


def test_relaxed_energy_at_the_corners_is_the_energy_and_its_gradient_is_right():
    ising, rng = problem(0), np.random.default_rng(1)
    relaxed = relaxed_energy(ising)
    for row in rng.integers(0, 2, (5, 6)):
        assert relaxed(row.astype(float))[0] == pytest.approx(ising.energies(row[None])[0])
    x, step = rng.uniform(size=6), 1e-6
    slopes = relaxed(x)[1]
    for j, unit in enumerate(np.eye(6) * step):
        difference = relaxed(x + unit)[0] - relaxed(x - unit)[0]
        assert slopes[j] == pytest.approx(difference / (2 * step), abs=1e-6)


def test_two_bits_are_relaxed_to_their_optimum():
    ising = Ising.from_qubo([[1.0, 0.4], [0.4, -3.0]])
    found = warm_probabilities(ising, 0.1, np.random.default_rng(0))
    assert found == pytest.approx([0.1, 0.9], abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_relaxed_optimum_is_a_corner_that_no_flip_of_a_bit_improves(seed):
    ising = problem(seed)
    found = warm_probabilities(ising, 1e-6, np.random.default_rng(seed))
    corner = np.round(found).astype(np.uint8)
    assert found == pytest.approx(corner, abs=2e-6)
    flipped = ising.energies(corner ^ np.eye(6, dtype=np.uint8))
    assert (flipped >= ising.energies(corner[None])).all()


def test_the_relaxed_optimum_of_most_problems_is_that_of_the_bits():
    # multilinear: nothing in the cube lies below its lowest corner
    bits, reached = np.array(list(itertools.product((0, 1), repeat=6))), 0
    for seed in range(10):
        found = warm_probabilities(problem(seed), 1e-6, np.random.default_rng(seed))
        best = problem(seed).energies(bits).argmin()
        reached += bool((np.round(found) == bits[best]).all())
    assert reached >= 7


def test_probabilities_are_kept_from_0_and_1():
    found = warm_probabilities(problem(2), 0.25, np.random.default_rng(0))
    assert found.min() >= 0.25
    assert found.max() <= 0.75


def test_half_is_the_plain_start():
    ising = problem(1)
    warm, plain = (QAOA(2, warm_start=w, angles="ramp", samples=8).fit(ising) for w in (0.5, None))
    assert warm.gammas == pytest.approx(plain.gammas, abs=1e-4)
    assert warm.betas == pytest.approx(-plain.betas, abs=1e-4)
    assert warm.expectation == pytest.approx(plain.expectation, abs=1e-8)


@pytest.mark.parametrize("optimiser", ["none", "lbfgs"])
def test_warm_starts_lie_lower_than_plain_ones(optimiser):
    ising = problem(3)
    warm, plain = (
        QAOA(1, warm_start=w, angles="ramp", optimiser=optimiser).fit(ising) for w in (0.2, None)
    )
    assert warm.expectation < plain.expectation
