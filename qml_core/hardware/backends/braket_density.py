"""Braket's local density-matrix simulator with the noise of a calibration record, sampled."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qml_core.hardware.backends.simulated import SimulatedBackend, sample
from qml_core.hardware.braket_circuits import to_braket
from qml_core.hardware.gates import expand
from qml_core.hardware.noise.braket import braket_noise
from qml_core.hardware.protocol import Circuit, Counts
from qml_core.references import Calibration

if TYPE_CHECKING:
    from braket.circuits.noise_model import NoiseModel

MAX_QUBITS = 10
"""At which a circuit takes about a second."""


class BraketDensityBackend(SimulatedBackend):
    """braket_dm; without a record, exact."""

    def __init__(self, calibration: Calibration | None, seed: int) -> None:
        super().__init__("braket.dm", _counts, seed, MAX_QUBITS, calibration)


def _counts(
    circuits: Sequence[Circuit], shots: int, rng: np.random.Generator, noise: Calibration | None
) -> tuple[Counts, ...]:
    if noise is None:
        circuits = [expand(circuit) for circuit in circuits]
    model = None if noise is None else braket_noise(noise)
    return tuple(sample(probabilities(circuit, model), shots, rng) for circuit in circuits)


def probabilities(circuit: Circuit, model: "NoiseModel | None") -> NDArray[np.float64]:
    """Of the wires that the circuit's measurement reads, readout errors included: (2^n,).

    The SDK draws shots from NumPy's global generator, so it is asked for none.
    """
    from braket.circuits import Circuit as BraketCircuit
    from braket.circuits.measure import Measure
    from braket.devices import LocalSimulator

    read = circuit.measurements[0].wires.tolist()
    written = to_braket(circuit)
    if model is not None:
        measured = model.apply(written.measure(read))  # readout noise goes before `measure`
        kept = [i for i in measured.instructions if not isinstance(i.operator, Measure)]
        written = BraketCircuit(kept)
    written.probability()
    # the SDK warns of pure states as density matrices
    simulator = LocalSimulator("braket_sv" if model is None else "braket_dm")
    result = simulator.run(written, shots=0).result()
    # all qubits in their own order: the SDK turns cyclic orders of targets the wrong way round
    count = written.qubit_count
    of_all = np.asarray(result.values[0], dtype=np.float64).reshape((2,) * count)
    others = [qubit for qubit in range(count) if qubit not in read]
    by_wire = of_all.transpose([*read, *others]).reshape(2 ** len(read), -1)
    return np.asarray(by_wire.sum(axis=1))
