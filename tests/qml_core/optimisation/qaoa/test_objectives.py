"""Expectation, CVaR and Gibbs of exact probabilities and of samples."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from qml_core.errors import DataError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.qaoa.evaluators import ExactEvaluator
from qml_core.optimisation.qaoa.evolution import open_evolution
from qml_core.optimisation.qaoa.objectives import CVaR, Expectation, Gibbs, open_objective
from qml_core.specs import QAOASpec

ENERGIES = hnp.arrays(np.float64, 6, elements=st.integers(-3, 3).map(float))
COUNTS = hnp.arrays(np.int64, 6, elements=st.integers(1, 9))


def problem(even: bool) -> Ising:
    rng = np.random.default_rng(3)
    terms = {pair: float(rng.integers(-2, 3)) for pair in itertools.combinations(range(5), 2)}
    return Ising(5, terms if even else terms | {(i,): float(rng.normal()) for i in range(5)})


def evaluator(ising: Ising, objective: Expectation | CVaR | Gibbs) -> ExactEvaluator:
    return ExactEvaluator(open_evolution(ising), objective, np.random.default_rng(0))


@given(ENERGIES, COUNTS, st.sampled_from([0.05, 0.2, 0.5, 0.77, 1.0]))
def test_cvar_of_samples_is_the_mean_of_the_lowest_share_ties_split(energies, counts, alpha):
    order = np.argsort(energies)
    left, total = alpha * counts.sum(), 0.0
    for energy, count in zip(energies[order], counts[order], strict=True):
        taken = min(left, count)
        total, left = total + taken * energy, left - taken
    expected = total / (alpha * counts.sum())
    assert CVaR(alpha).of_samples(energies, counts) == pytest.approx(expected, abs=1e-12)


@given(ENERGIES, COUNTS, st.sampled_from([0.1, 1.0, 3.0]))
def test_exact_objectives_agree_with_those_of_samples_of_the_same_shares(energies, counts, eta):
    probabilities = torch.from_numpy(counts / counts.sum())
    for objective in (CVaR(min(eta, 1) / 2), Gibbs(eta)):
        diagonal = objective.observable(torch.from_numpy(energies))(probabilities)
        found = float(diagonal @ probabilities)
        assert found == pytest.approx(objective.of_samples(energies, counts), abs=1e-12)


def test_gibbs_of_samples_follows_its_definition():
    energies, counts = np.array([-1.0, 0.5, 2.0]), np.array([1, 2, 5])
    expected = -np.log(np.exp(-0.7 * energies) @ counts / 8)
    assert Gibbs(0.7).of_samples(energies, counts) == pytest.approx(expected, abs=1e-14)


def test_gibbs_of_large_energies_neither_overflows_nor_vanishes():
    energies = np.array([-1e5, 1e5])
    assert Gibbs(1.0).of_samples(energies, np.array([1, 1])) == pytest.approx(np.log(2) - 1e5)
    diagonal = Gibbs(1.0).observable(torch.from_numpy(energies))
    state = torch.tensor([0.0, 1.0], dtype=torch.float64)
    assert float(diagonal(state) @ state) == pytest.approx(1e5)


@pytest.mark.parametrize("even", [True, False], ids=["half space", "full space"])
@pytest.mark.parametrize("objective", [Expectation(), CVaR(0.3), CVaR(0.9), Gibbs(0.8)], ids=str)
def test_gradients_agree_with_finite_differences(objective, even):
    own = evaluator(problem(even), objective)
    angles = np.random.default_rng(1).uniform(0.1, 0.6, (2, 2))
    value, gradient = own.value_and_gradient(angles)
    assert own.values(angles[None])[0] == pytest.approx(value, abs=1e-12)
    step = 1e-6
    for row, layer in np.ndindex(2, 2):
        shift = np.zeros((2, 2))
        shift[row, layer] = step
        above, below = own.values(np.stack([angles + shift, angles - shift]))
        assert gradient[row, layer] == pytest.approx((above - below) / (2 * step), abs=1e-6)


@pytest.mark.parametrize("objective", [Expectation(), CVaR(0.25), Gibbs(0.8)], ids=str)
def test_exact_value_is_that_of_all_probabilities(objective):
    ising = problem(False)
    angles = np.array([[0.3, 0.5], [-0.4, -0.2]])
    own = evaluator(ising, objective)
    shares = own.evolution.probabilities(angles).numpy()
    bits = np.array(list(itertools.product((0, 1), repeat=5)))
    counts = np.round(shares * 1e12).astype(np.int64)
    kept = counts > 0
    expected = objective.of_samples(ising.energies(bits)[kept], counts[kept])
    assert own.values(angles[None])[0] == pytest.approx(expected, abs=1e-9)


def test_cvar_of_all_samples_is_the_expectation():
    ising, angles = problem(True), np.array([[[0.3], [-0.4]]])
    all_of_it = evaluator(ising, CVaR(1.0)).values(angles)
    assert all_of_it == pytest.approx(evaluator(ising, Expectation()).values(angles), abs=1e-14)
    assert CVaR(1.0).of_samples(np.array([1.0, 4.0]), np.array([3, 1])) == 1.75


def test_eta_has_the_unit_of_one_over_the_spread_of_all_energies():
    ising = problem(False)
    bits = np.array(list(itertools.product((0, 1), repeat=5)))
    found = open_objective(QAOASpec(objective="gibbs", eta=2.0), ising)
    assert found == Gibbs(pytest.approx(2 / ising.energies(bits).std(), rel=1e-12))


def test_objective_of_no_samples_is_refused():
    with pytest.raises(DataError, match="0 shots"):
        Expectation().of_samples(np.zeros(0), np.zeros(0, dtype=np.int64))
