"""Parameters that a training starts from."""

import math

import numpy as np
from numpy.typing import NDArray

from qml_core.circuits.variational import BEFORE, VariationalCircuit
from qml_core.errors import SpecError
from qml_core.specs.training import TrainingSpec


def initial_parameters(
    circuit: VariationalCircuit, spec: TrainingSpec, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Parameters (P,): angles, radians, by `spec.initialisation`, and feature factors, all 1.

    uniform: in [0, 2π). small: normal with the variance 1/(4S(L+2)) of L layers and an observable
    on S = 1 qubits (Zhang et al. 2022, arXiv:2203.09376). identity: uniform in pairs
    of mirrored layers that cancel, the angles before them 0 (Grant et al. 2019, arXiv:1903.05076).
    Layers that layerwise training adds start at 0 (Skolik et al. 2021, arXiv:2006.14904).

    Raises:
        SpecError: identity, and the circuit is not mirrored or has an odd number of layers.
    """
    layer = np.asarray(circuit.layer_of)
    theta = _angles(circuit, spec, rng)
    if spec.layerwise:
        theta[layer > 0] = 0.0
    theta[np.asarray(circuit.is_factor, dtype=bool)] = 1.0
    return theta


def small_deviation(layers: int) -> float:
    """Standard deviation of small angles, radians."""
    return math.sqrt(1 / (4 * (layers + 2)))


def _angles(
    circuit: VariationalCircuit, spec: TrainingSpec, rng: np.random.Generator
) -> NDArray[np.float64]:
    if spec.initialisation == "small":
        return rng.normal(0.0, small_deviation(circuit.layers), circuit.n_parameters)
    theta = rng.uniform(0.0, 2 * math.pi, circuit.n_parameters)
    if spec.initialisation == "identity":
        _cancel(theta, circuit)
    return theta


def _cancel(theta: NDArray[np.float64], circuit: VariationalCircuit) -> None:
    """Make the ansatz the identity, in place."""
    if not circuit.mirrored or circuit.layers % 2:
        raise SpecError(
            "initialisation=identity pairs mirrored layers, found "
            f"mirrored={circuit.mirrored} and {circuit.layers} layers",
            "open the circuit with mirrored=True and an even number of layers",
        )
    layer = np.asarray(circuit.layer_of)
    theta[layer == BEFORE] = 0.0
    for index in range(0, circuit.layers, 2):
        theta[layer == index + 1] = theta[layer == index]
