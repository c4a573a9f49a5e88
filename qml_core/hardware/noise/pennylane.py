"""A calibration record as PennyLane's noise model, for default.mixed."""

from typing import Any

import pennylane as qml
from pennylane.measurements import MeasurementProcess
from pennylane.operation import Operator

from qml_core.hardware.noise.channels import noise_of_gates, readout_channel
from qml_core.references import Calibration


def pennylane_noise(calibration: Calibration) -> qml.NoiseModel:
    """Channels after the native gates, on the wires in their order, and readout before `probs`.

    A gate that the record does not have gets no noise: compile the circuit first.
    """
    channels = {place: noise.kraus for place, noise in noise_of_gates(calibration).items()}
    readout = [readout_channel(qubit) for qubit in calibration.qubits]

    def after_gate(op: Operator, **_: Any) -> None:
        qml.QubitChannel(channels[op.name, tuple(op.wires)], wires=op.wires)

    def before_readout(measured: MeasurementProcess, **_: Any) -> None:
        for wire in measured.wires:
            qml.QubitChannel(readout[wire], wires=wire)

    # exact ordered wires: a condition on their set would match a CNOT of either direction
    is_noisy = qml.BooleanFn(lambda op: (op.name, tuple(op.wires)) in channels)
    return qml.NoiseModel(
        {is_noisy: after_gate}, meas_map={qml.noise.meas_eq(qml.probs): before_readout}
    )
