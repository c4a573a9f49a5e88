"""A calibration record as the Braket SDK's noise model, for its density-matrix simulator."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from qml_core.hardware.braket_circuits import gate_class
from qml_core.hardware.noise.channels import GateNoise, noise_of_gates, readout_channel
from qml_core.references import Calibration

if TYPE_CHECKING:
    from braket.circuits import Noise
    from braket.circuits.noise_model import NoiseModel


def braket_noise(calibration: Calibration) -> "NoiseModel":
    """Channels after the native gates, on the qubits in their order, and readout before `measure`.

    A gate that the record does not have gets no noise: compile the circuit first.
    """
    from braket.circuits.noise_model import GateCriteria, MeasureCriteria, NoiseModel
    from braket.circuits.noises import Kraus

    model = NoiseModel()
    for (name, wires), noise in noise_of_gates(calibration).items():
        target = wires if len(wires) > 1 else wires[0]
        for channel in _channels(noise):
            model.add_noise(channel, GateCriteria(gate_class(name), qubits=[target]))
    for position, qubit in enumerate(calibration.qubits):
        if qubit.p01 or qubit.p10:
            model.add_noise(Kraus(list(readout_channel(qubit))), MeasureCriteria(qubits=position))
    return model


def _channels(noise: GateNoise) -> Iterator["Noise"]:
    """Named channels where the SDK has them: it writes Kraus operators out as text, slowly.

    Braket gives the probability of a Pauli error, (1 − 1/d²) of that of losing the state.
    """
    from braket.circuits import noises

    if noise.depolarising and len(noise.damping) == 1:
        yield noises.Depolarizing(noise.depolarising * 3 / 4)
    elif noise.depolarising:
        yield noises.TwoQubitDepolarizing(noise.depolarising * 15 / 16)
    if len(noise.damping) == 1:
        yield noises.AmplitudeDamping(noise.damping[0].amplitude)
        yield noises.PhaseDamping(noise.damping[0].phase)
    elif noise.damps:  # one channel of both: a named one would act alike on either qubit
        yield noises.Kraus(list(noise.damping_kraus))
