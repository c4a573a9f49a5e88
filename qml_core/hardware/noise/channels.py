"""The noise that a calibration record stands for, as Kraus operators.

After a gate of average infidelity e, depolarising acts on its qubits, then thermal relaxation to
the ground state on each of them for the gate's duration (T1, and T2 cut to 2·T1). The depolarising
probability is such that both together have the infidelity e; relaxation alone may have more
already, then there is none. Readout flips each bit by itself: 0 → 1 with p10, 1 → 0 with p01.
Qubits that wait keep their state; coherent errors and crosstalk are not in a record.

This is what qiskit-aer's `NoiseModel.from_backend` builds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from qml_core.hardware.gates import native_gates
from qml_core.references import Calibration, GateCalibration, QubitCalibration

Kraus = NDArray[np.complex128]
"""Kraus operators (k, 2^n, 2^n), the first wire the most significant bit."""

Place = tuple[str, tuple[int, ...]]
"""A gate by PennyLane's name and ordered wires."""

_NOTHING = 1e-15
"""Probabilities below are rounding."""


@dataclass(frozen=True)
class Damping:
    """Relaxation of a qubit during a gate."""

    amplitude: float
    """Probability that the excited state decays."""
    phase: float
    """λ of phase damping beside it, which multiplies coherence by √(1−λ)."""


@dataclass(frozen=True)
class GateNoise:
    """Depolarising ρ ↦ (1−p)·ρ + p·1/d on all qubits of a gate, then damping of each."""

    depolarising: float
    damping: tuple[Damping, ...]

    @property
    def damps(self) -> bool:
        return any(each.amplitude or each.phase for each in self.damping)

    @property
    def damping_kraus(self) -> Kraus:
        """Of all qubits side by side: (3^n, 2^n, 2^n)."""
        return reduce(_side_by_side, [_of_qubit(each) for each in self.damping])

    @property
    def kraus(self) -> Kraus:
        """The whole channel: (k ≤ 4^n, 2^n, 2^n)."""
        damping = self.damping_kraus
        d = damping.shape[1]
        # in place of the state, with probability p, the maximally mixed one, which is damped
        mixed = np.einsum("koi,kpi->op", damping, damping.conj()) / d
        choi = (1 - self.depolarising) * _choi(damping)
        return _of_choi(choi + self.depolarising * np.kron(mixed, np.eye(d)), d)


def noise_of_gates(calibration: Calibration) -> dict[Place, GateNoise]:
    """Noise after each native gate; gates without any are left out."""
    found = {
        place: noise_of_gate(gate, [calibration.qubits[w] for w in gate.wires])
        for place, gate in native_gates(calibration).items()
    }
    return {place: noise for place, noise in found.items() if noise.depolarising or noise.damps}


def noise_of_gate(gate: GateCalibration, qubits: Iterable[QubitCalibration]) -> GateNoise:
    """Relaxation for the gate's duration, and what depolarising its error leaves room for."""
    damping = tuple(relaxation(qubit, gate.duration or 0.0) for qubit in qubits)
    kraus = GateNoise(0.0, damping).damping_kraus
    p = depolarising_probability(gate.error, average_fidelity(kraus), kraus.shape[1])
    return GateNoise(p, damping)


def relaxation(qubit: QubitCalibration, duration: float) -> Damping:
    """T1 and T2 for a time, seconds; a time that is not known is infinite."""
    t1 = np.inf if qubit.t1 is None else qubit.t1
    t2 = min(np.inf if qubit.t2 is None else qubit.t2, 2 * t1)
    pure = 1 / t2 - 1 / (2 * t1)  # rate of dephasing beside the decay
    return Damping(float(-np.expm1(-duration / t1)), float(-np.expm1(-2 * duration * pure)))


def depolarising_probability(error: float, fidelity: float, d: int) -> float:
    """p with which a channel of this average fidelity F' comes to infidelity e; in [0, 1].

    1 − e = (1−p)·F' + p/d.
    """
    room = fidelity - 1 / d
    return min(max((fidelity - 1 + error) / room, 0.0), 1.0) if room > _NOTHING else 0.0


def readout_channel(qubit: QubitCalibration) -> Kraus:
    """Flips before a measurement in the computational basis: (4, 2, 2)."""
    p01, p10 = qubit.p01, qubit.p10
    weights = [((0, 0), 1 - p10), ((1, 0), p10), ((1, 1), 1 - p01), ((0, 1), p01)]
    kraus = np.zeros((4, 2, 2), dtype=np.complex128)
    for operator, ((read, prepared), probability) in zip(kraus, weights, strict=True):
        operator[read, prepared] = np.sqrt(probability)
    return kraus


def average_fidelity(kraus: Kraus) -> float:
    """Of a channel with the identity, over Haar random states (Nielsen, quant-ph/0205035)."""
    d = kraus.shape[1]
    traces = np.einsum("kii->k", kraus)
    return float((np.sum(np.abs(traces) ** 2) + d) / (d * (d + 1)))


def little_endian(kraus: Kraus) -> Kraus:
    """The same operators with the first wire the least significant bit, as Qiskit counts."""
    k, d, _ = kraus.shape
    n = d.bit_length() - 1
    bits = kraus.reshape(k, *(2,) * 2 * n)
    reverse = (0, *range(n, 0, -1), *range(2 * n, n, -1))
    return bits.transpose(reverse).reshape(k, d, d)


def _of_qubit(damping: Damping) -> Kraus:
    kept, decay = 1 - damping.amplitude, damping.amplitude
    kraus = np.zeros((3, 2, 2), dtype=np.complex128)
    kraus[0] = np.diag([1, np.sqrt(kept * (1 - damping.phase))])
    kraus[1, 0, 1] = np.sqrt(decay)
    kraus[2, 1, 1] = np.sqrt(kept * damping.phase)
    return kraus


def _side_by_side(a: Kraus, b: Kraus) -> Kraus:
    return np.array([np.kron(x, y) for x in a for y in b])


def _choi(kraus: Kraus) -> NDArray[np.complex128]:
    vectors = kraus.reshape(len(kraus), -1)
    choi: NDArray[np.complex128] = vectors.T @ vectors.conj()
    return choi


def _of_choi(choi: NDArray[np.complex128], d: int) -> Kraus:
    """The fewest Kraus operators, orthogonal to each other."""
    weights, vectors = np.linalg.eigh(choi)
    kept = weights > _NOTHING
    kraus: Kraus = (vectors[:, kept] * np.sqrt(weights[kept])).T.reshape(-1, d, d)
    return kraus
