"""A calibration record as qiskit-aer's noise model."""

from typing import TYPE_CHECKING

from qml_core.hardware.gates import GATES, native_gates
from qml_core.hardware.noise.channels import little_endian, noise_of_gates
from qml_core.references import Calibration

if TYPE_CHECKING:
    from qiskit_aer.noise import NoiseModel


def aer_noise(calibration: Calibration) -> "NoiseModel":
    """Channels after the native gates, on the qubits in their order, and readout of counts.

    A gate that the record does not have gets no noise: compile the circuit first.
    """
    from qiskit_aer.noise import NoiseModel, ReadoutError, kraus_error

    names = {GATES[name].qiskit for name, _ in native_gates(calibration)}
    model = NoiseModel(basis_gates=sorted({"rz", *names}))
    for (name, wires), noise in noise_of_gates(calibration).items():
        error = kraus_error(list(little_endian(noise.kraus)))
        model.add_quantum_error(error, GATES[name].qiskit, list(wires))
    for position, qubit in enumerate(calibration.qubits):
        if qubit.p01 or qubit.p10:
            table = [[1 - qubit.p10, qubit.p10], [qubit.p01, 1 - qubit.p01]]
            model.add_readout_error(ReadoutError(table), [position])
    return model
