"""Warm starts from the relaxed problem (Egger, Mareček, Woerner 2021, arXiv:2009.10095)."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from qml_core.optimisation.problems.ising import Ising

Array = NDArray[np.float64]

_STARTS = 16
_SMALLEST = 1e-300


def warm_probabilities(ising: Ising, epsilon: float, rng: np.random.Generator) -> Array:
    """(n,) probability of 1 that each qubit starts with: a relaxed optimum, kept from 0 and 1.

    The relaxation puts independent bits of probability x_j into the energy, (−1)^{z_j} → 1 − 2x_j,
    over [0, 1]^n. It is not convex: L-BFGS-B descends from several starts, the lowest end counts.

    Args:
        epsilon: least distance from 0 and 1.
    """
    energy = relaxed_energy(ising)
    scale = max(float(np.abs(ising.coefficients).max(initial=0.0)), _SMALLEST)

    def scaled(x: Array) -> tuple[float, Array]:
        value, slopes = energy(x)
        return value / scale, slopes / scale

    bounds = [(0.0, 1.0)] * ising.n_qubits
    ends = [
        minimize(scaled, start, jac=True, method="L-BFGS-B", bounds=bounds)
        for start in rng.uniform(size=(_STARTS, ising.n_qubits))
    ]
    best = min(ends, key=lambda end: round(float(end.fun), 9))  # the first of equal ones
    found: Array = np.clip(best.x, epsilon, 1 - epsilon)
    return found


def relaxed_energy(ising: Ising) -> Callable[[Array], tuple[float, Array]]:
    """Of x (n,) the mean energy of independent bits that are 1 with probability x_j, and its
    gradient (n,)."""
    of_degree: dict[int, list[tuple[tuple[int, ...], float]]] = {}
    for wires, coefficient in ising.terms.items():
        of_degree.setdefault(len(wires), []).append((wires, coefficient))
    constant = ising.terms.get((), 0.0)
    terms = [
        (np.array([wires for wires, _ in some]), np.array([c for _, c in some]))
        for degree, some in of_degree.items()
        if degree
    ]

    def energy(x: Array) -> tuple[float, Array]:
        means, value, slopes = 1 - 2 * x, constant, np.zeros(len(x))
        for wires, coefficients in terms:
            factors = means[wires]
            value += float(coefficients @ factors.prod(1))
            for position, column in enumerate(wires.T):
                others = np.delete(factors, position, axis=1).prod(1)
                np.add.at(slopes, column, -2 * coefficients * others)
        return value, slopes

    return energy
