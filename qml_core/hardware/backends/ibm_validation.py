"""The limits of an IBM device, and its compiled circuits in the words of the validation."""

from typing import Any

from qml_core.backend_names import JobLimits
from qml_core.hardware.backends.ibm_calibration import NAMES
from qml_core.hardware.backends.ibm_circuits import Compiled, read_qubits
from qml_core.hardware.protocol import Circuit
from qml_core.hardware.qiskit_circuits import from_qiskit
from qml_core.hardware.validation import DeviceLimits


def device_limits(device: Any, job: JobLimits) -> DeviceLimits:
    """What a device takes.

    Args:
        device: a qiskit backend.
        job: of the service; the device may allow fewer shots.
    """
    coupling = device.target.build_coupling_map()
    return DeviceLimits(
        qubits=device.num_qubits,
        job=JobLimits(job.circuits, job.executions, min(job.shots, most_shots(device, job.shots))),
        gates=frozenset(NAMES[name] for name in device.target.operation_names if name in NAMES),
        coupling=None if coupling is None else frozenset(map(tuple, coupling.get_edges())),
    )


def most_shots(device: Any, otherwise: int) -> int:
    """Shots of a circuit that the device says it takes."""
    configuration = getattr(device, "configuration", None)
    most = getattr(configuration(), "max_shots", None) if configuration else None
    return most if isinstance(most, int) and most > 0 else otherwise


def as_written(compiled: Compiled) -> Circuit:
    """A compiled circuit without its readout, wires being the device's qubits."""
    gates = compiled.copy_empty_like()
    for step in compiled.data:
        if step.operation.name != "measure":
            gates.append(step)
    return from_qiskit(gates, read_qubits(compiled))
