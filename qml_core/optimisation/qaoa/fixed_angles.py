"""Published angles of regular graphs, which need no tuning; the numbers are in fixed_angles.json.

Three-regular graphs: Wurtz, Lykov 2021, arXiv:2107.00677. Other degrees: those of large-girth
graphs of large degree, Basso et al. 2021, arXiv:2110.14206; for p = 1 the closed form
γ = arctan(1/√(D − 1)), β = π/8 of Wang et al. 2018, arXiv:1706.02998.
"""

import json
import math
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising

Array = NDArray[np.float64]

_EQUAL = 1e-9


def fixed_angles(ising: Ising, layers: int) -> Array:
    """(2, p) for an Ising model with one coupling w on a regular graph.

    They maximise the cut with γ; energies are minimised with γ/(2|w|) and −β, since minus the cut
    has couplings 1/2, and a sign of w can be turned where the graph looks like a tree.

    Raises:
        SpecError: another kind of problem, or no angles of so many layers.
    """
    found = regular_coupling(ising)
    if found is None:
        raise SpecError(
            f"fixed angles of a problem of {ising.n_qubits} qubits and {len(ising.coefficients)} "
            "terms asked, they are of equal couplings on a regular graph of degree 2 at least",
            "use angles=ramp or angles=interp",
        )
    degree, coupling = found
    if layers > most_layers():
        raise SpecError(
            f"fixed angles of {layers} layers asked, known are up to {most_layers()}",
            "use angles=ramp or angles=interp",
        )
    gammas, betas = _of_the_cut(degree, layers)
    return np.stack([gammas / (2 * abs(coupling)), -betas])


def most_layers() -> int:
    """Layers that angles are known of."""
    return max(map(int, _published()["large_degree"]["depths"]))


def regular_coupling(ising: Ising) -> tuple[int, float] | None:
    """Degree and coupling of an Ising model with equal couplings on a regular graph, or None."""
    pairs = [wires for wires in ising.terms if wires]
    degrees = Counter(wire for wires in pairs for wire in wires)
    if not pairs or any(len(wires) != 2 for wires in pairs) or len(degrees) < ising.n_qubits:
        return None
    coefficients = ising.coefficients
    tolerance = _EQUAL * abs(coefficients[0])
    equal = bool((abs(coefficients - coefficients[0]) <= tolerance).all())
    degree = degrees[0]
    if not equal or degree < 2 or set(degrees.values()) != {degree}:
        return None
    return degree, float(coefficients[0])


def published_ratio(layers: int) -> float | None:
    """Cut per edge of a 3-regular graph whose girth exceeds 2p + 1; None: not known."""
    depth = _published()["degree_3"]["depths"].get(str(layers))
    return None if depth is None else float(depth["ratio"])


def _of_the_cut(degree: int, layers: int) -> tuple[Array, Array]:
    """γ and β (p,) that maximise the cut."""
    if layers == 1:
        return np.array([math.atan(1 / math.sqrt(degree - 1))]), np.array([math.pi / 8])
    exact = _published()["degree_3"]["depths"].get(str(layers)) if degree == 3 else None
    if exact is not None:
        return np.array(exact["gammas"]), np.array(exact["betas"])
    shared = _published()["large_degree"]["depths"][str(layers)]
    gammas = 2 / math.sqrt(degree - 1) * np.array(shared["gammas"])
    return gammas, np.array(shared["betas"])


@cache
def _published() -> dict[str, Any]:
    text = files("qml_core.optimisation.qaoa").joinpath("fixed_angles.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
