"""qiskit-aer with the noise of a calibration record: many circuits in one run."""

from collections.abc import Sequence

import numpy as np

from qml_core.hardware.backends.simulated import SimulatedBackend
from qml_core.hardware.gates import expand
from qml_core.hardware.noise.aer import aer_noise
from qml_core.hardware.protocol import Circuit, Counts
from qml_core.hardware.qiskit_circuits import to_qiskit
from qml_core.references import Calibration

MAX_QUBITS = 12
"""A density matrix of 268 MB."""


class AerBackend(SimulatedBackend):
    """AerSimulator's density matrices; without a record, exact."""

    def __init__(self, calibration: Calibration | None, seed: int) -> None:
        super().__init__("qiskit.aer", _counts, seed, MAX_QUBITS, calibration)


def _counts(
    circuits: Sequence[Circuit], shots: int, rng: np.random.Generator, noise: Calibration | None
) -> tuple[Counts, ...]:
    from qiskit_aer import AerSimulator

    if noise is None:
        circuits = [expand(circuit) for circuit in circuits]
    simulator = AerSimulator(
        method="density_matrix", noise_model=None if noise is None else aer_noise(noise)
    )
    written = [to_qiskit(circuit, circuit.measurements[0].wires.tolist()) for circuit in circuits]
    seed = int(rng.integers(2**31))
    result = simulator.run(written, shots=shots, seed_simulator=seed).result()
    # Qiskit writes the last bit first
    return tuple(
        {bits[::-1]: int(n) for bits, n in result.get_counts(k).items()}
        for k in range(len(written))
    )
