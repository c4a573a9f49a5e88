"""PennyLane's density matrices with the noise of a calibration record, sampled."""

from collections.abc import Sequence

import numpy as np
import pennylane as qml

from qml_core.hardware.backends.simulated import SimulatedBackend, sample
from qml_core.hardware.noise.pennylane import pennylane_noise
from qml_core.hardware.protocol import Circuit, Counts
from qml_core.references import Calibration

MAX_QUBITS = 8
"""At which a circuit takes about a second."""


class DensityBackend(SimulatedBackend):
    """default.mixed; without a record, exact."""

    def __init__(self, calibration: Calibration | None, seed: int) -> None:
        super().__init__("default.mixed", _counts, seed, MAX_QUBITS, calibration)


def _counts(
    circuits: Sequence[Circuit], shots: int, rng: np.random.Generator, noise: Calibration | None
) -> tuple[Counts, ...]:
    if noise is not None:
        model = pennylane_noise(noise)
        circuits = [qml.noise.add_noise(circuit, model)[0][0] for circuit in circuits]
    wires = 1 + max(wire for circuit in circuits for wire in circuit.wires)
    results = qml.execute(circuits, qml.device("default.mixed", wires=wires), diff_method=None)
    return tuple(sample(np.asarray(p, dtype=np.float64), shots, rng) for p in results)
