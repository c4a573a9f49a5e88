"""Probabilistic error cancellation of Pauli noise.

The inverse of a Pauli channel is a combination Σ_P q_P P·P of Paulis with Σ q_P = 1 and negative
q_P: after each noisy gate a Pauli is drawn with probability |q_P|/γ, γ = Σ |q_P|, and the value
counted with the signs' product times Π γ (Temme et al. 2017, arXiv:1612.02058; van den Berg et al.
2023, arXiv:2201.09866). It is unbiased as far as the noise is what the record says; the drawn
Paulis are taken as free of noise.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import product

import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.operation import Operation
from pennylane.tape import QuantumScript

from qml_core.errors import Refused
from qml_core.hardware.protocol import Circuit
from qml_core.references import Calibration

Array = NDArray[np.float64]

_PAULIS = (None, qml.X, qml.Y, qml.Z)
# +1 where Paulis commute, -1 where not; rows and columns I, X, Y, Z
_COMMUTE = np.array([[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]], dtype=float)


@dataclass(frozen=True)
class PauliChannel:
    """Paulis happen with these probabilities, (4^k,) in the order II, IX, IY, IZ, XI, …"""

    probabilities: tuple[float, ...]

    @cached_property
    def n_qubits(self) -> int:
        return round(math.log(len(self.probabilities), 4))

    @cached_property
    def inverse(self) -> Array:
        """Quasi-probabilities (4^k,), Σ q = 1; raises Refused where nothing inverts the channel."""
        signs = reduce(np.kron, [_COMMUTE] * self.n_qubits)
        factors = signs @ np.asarray(self.probabilities)
        if factors.min() <= 0:
            raise Refused(
                f"error cancellation needs noise that keeps a part of every Pauli, found one "
                f"that keeps {factors.min():.3g}",
                "use other qubits, or no error cancellation",
            )
        return np.asarray(signs @ (1 / factors) / len(factors))

    @property
    def gamma(self) -> float:
        """Σ |q_P| ≥ 1, the growth of the standard deviation."""
        return float(np.abs(self.inverse).sum())


NoiseOf = Callable[[Operation], PauliChannel | None]
"""The noise that follows a gate; none: it is free of noise."""


@dataclass(frozen=True)
class Cancellation:
    """What error cancellation is asked to do: against which noise, with how many draws."""

    noise: NoiseOf
    samples: int = 100


def depolarising(p: float, n_qubits: int) -> PauliChannel:
    """With probability p one of the 4^k − 1 Paulis that are not the identity, all alike."""
    others = 4**n_qubits - 1
    return PauliChannel((1 - p, *[p / others] * others))


def calibrated_noise(calibration: Calibration) -> NoiseOf:
    """Each gate of the record depolarises as its average infidelity r says: p = r (d+1)/d."""
    channels = {
        (gate.name, gate.wires): depolarising(
            gate.error * (1 + 2.0 ** -len(gate.wires)), len(gate.wires)
        )
        for gate in calibration.gates
        if gate.error > 0
    }
    return lambda gate: channels.get((gate.name, tuple(gate.wires)))


def gamma(circuit: Circuit, noise: NoiseOf) -> float:
    """Π γ of all gates: what values are multiplied with."""
    return math.prod(channel.gamma for gate in circuit.operations if (channel := noise(gate)))


def overhead(circuit: Circuit, noise: NoiseOf) -> float:
    """γ²: how many times as many shots give the same standard error."""
    return gamma(circuit, noise) ** 2


def draw_circuits(
    circuit: Circuit, cancellation: Cancellation, rng: np.random.Generator
) -> tuple[tuple[Circuit, ...], Array]:
    """Circuits with drawn Paulis after their noisy gates, and the sign of each, (samples,)."""
    noisy = [(i, c) for i, g in enumerate(circuit.operations) if (c := cancellation.noise(g))]
    drawn = np.empty((cancellation.samples, len(noisy)), dtype=np.int64)
    signs = np.ones(cancellation.samples)
    for column, (_, channel) in enumerate(noisy):
        q = channel.inverse
        drawn[:, column] = rng.choice(len(q), cancellation.samples, p=np.abs(q) / channel.gamma)
        signs *= np.sign(q)[drawn[:, column]]
    places = [i for i, _ in noisy]
    circuits = tuple(_with_paulis(circuit, dict(zip(places, row, strict=True))) for row in drawn)
    return circuits, signs


def cancelled(values: Array, signs: Array, gamma: float) -> tuple[float, float]:
    """Mean of γ · sign · value over draws (samples ≥ 2,) and its standard error."""
    weighted = gamma * signs * np.asarray(values, dtype=float)
    return float(weighted.mean()), float(weighted.std(ddof=1) / math.sqrt(len(weighted)))


def _with_paulis(circuit: Circuit, drawn: dict[int, int]) -> Circuit:
    gates: list[Operation] = []
    for i, gate in enumerate(circuit.operations):
        gates.append(gate)
        gates.extend(_paulis(int(drawn.get(i, 0)), gate))
    return QuantumScript(gates, circuit.measurements)


def _paulis(index: int, gate: Operation) -> list[Operation]:
    letters = list(product(_PAULIS, repeat=len(gate.wires)))[index] if index else ()
    return [pauli(wire) for pauli, wire in zip(letters, gate.wires, strict=False) if pauli]
