"""Backends by name; a vendor's client is imported when its first backend is opened."""

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from qml_core.backend_names import provider_of
from qml_core.errors import BackendDenied
from qml_core.hardware.calibration import load_calibration
from qml_core.hardware.protocol import QuantumBackend
from qml_core.references import Calibration
from qml_core.specs import BackendSpec

Environment = Mapping[str, str]
_FOLDER = "qml_core.hardware.backends"


def open_backend(
    spec: BackendSpec, seed: int = 0, environment: Environment | None = None
) -> QuantumBackend:
    """The backend of a spec, ready to be asked and to run circuits.

    Args:
        seed: of the shots of simulators, and of compilers.
        environment: where credentials and addresses come from; none: the process's.

    Raises:
        BackendDenied: credentials are missing or refused, or the vendor's client is not installed.
        DataError: there is no such calibration record.
    """
    environment = os.environ if environment is None else environment
    provider = provider_of(spec.name)
    try:
        if provider is not None:
            return _OPEN[provider](spec.name, seed, environment)
        return _simulator(spec, seed)
    except ImportError as error:
        package = (error.name or "a package").partition(".")[0]
        raise BackendDenied(
            f"backend {spec.name} needs {package}, which is not installed",
            f"pip install 'qml-flows[{_EXTRA.get(provider or spec.name, 'ibm')}]'",
        ) from error


def noise_record(spec: BackendSpec) -> Calibration | None:
    """The calibration record that a noisy simulator follows; raises DataError."""
    return None if spec.noise is None else load_calibration(spec.noise)


def _simulator(spec: BackendSpec, seed: int) -> QuantumBackend:
    if spec.kind == "exact":
        exact: QuantumBackend = _class("statevector", "StatevectorBackend")(spec.name, seed)
        return exact
    noisy: QuantumBackend = _class(*_NOISY[spec.name])(noise_record(spec), seed)
    return noisy


def _class(module: str, name: str) -> Any:
    return getattr(import_module(f"{_FOLDER}.{module}"), name)


_NOISY = {
    "default.mixed": ("density", "DensityBackend"),
    "qiskit.aer": ("aer", "AerBackend"),
    "braket.dm": ("braket_density", "BraketDensityBackend"),
}
_EXTRA = {"ibm": "ibm", "braket": "braket", "ionq": "ionq", "qiskit.aer": "ibm"}
_EXTRA |= {"braket.dm": "braket"}

_OPEN: dict[str, Callable[[str, int, Environment], QuantumBackend]] = {
    "ibm": lambda name, seed, of: _class("ibm", "IBMBackend")(name, seed, environment=of),
    "braket": lambda name, seed, of: _class("braket", "BraketBackend")(name, environment=of),
    "ionq": lambda name, seed, of: _class("ionq", "IonQBackend")(name, seed=seed, environment=of),
}
