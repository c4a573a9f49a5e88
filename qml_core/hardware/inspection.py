"""How a backend stands, asked of the backend itself; what cannot be opened says why."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Any

from qml_core.backend_names import EXACT, kind_of
from qml_core.budget.prices import Price, find_price
from qml_core.errors import PriceUnknown, QMLError
from qml_core.hardware.protocol import QuantumBackend
from qml_core.references import BackendStanding
from qml_core.simulation.memory import WORK_SPACE

AMPLITUDE_BYTES = 16
CLIENTS = {"qiskit.aer": "qiskit_aer", "braket.dm": "braket.default_simulator"}
"""Modules that simulators outside the main dependencies need."""

FindBackend = Callable[[str], QuantumBackend]
"""Opens a backend by its name; raises QMLError."""


def inspect_backend(
    name: str, find: FindBackend, prices: Iterable[Price], now: datetime, memory_bytes: int
) -> BackendStanding:
    """Status, queue, qubits, calibration age and price of a backend; never raises.

    Args:
        memory_bytes: what a simulation may take; it limits the qubits of a simulator.
    """
    kind = kind_of(name)
    if kind is None:
        raise ValueError(f"no backend can be called {name!r}")
    if kind != "qpu":
        missing = CLIENTS.get(name)
        serves = missing is None or _installed(missing)
        reason = "" if serves else f"{missing} is not installed"
        found: dict[str, Any] = {"serves": serves or None, "reason": reason}
        found["qubits"] = _fitting(name, memory_bytes)
    else:
        found = {**_priced(name, prices), **_asked(name, find, now)}
    return BackendStanding.model_validate({"name": name, "kind": kind, **found})


def _asked(name: str, find: FindBackend, now: datetime) -> dict[str, Any]:
    """Status first: a device that serves is shown even where its calibration cannot be read."""
    found: dict[str, Any] = {"serves": None}
    try:
        backend = find(name)
        status = backend.status()
        found |= {"serves": status.operational, "queue": status.queue, "reason": status.reason}
        calibration = backend.calibration()
    except Exception as error:
        return {**found, "reason": why(error)}
    if calibration is not None:
        age = calibration.age(now)
        hours = None if age is None else age / timedelta(hours=1)
        found |= {"qubits": len(calibration.qubits), "calibration_age_h": hours}
    return found


def why(error: Exception) -> str:
    """One line; of an error that is not ours only the kind, its words may hold a credential."""
    words = str(error) if isinstance(error, QMLError) else type(error).__name__
    return " ".join(words.split())


def _priced(name: str, prices: Iterable[Price]) -> dict[str, Any]:
    try:
        price = find_price(name, prices)
    except PriceUnknown:
        return {}
    return {
        "price": price_in_words(price),
        "price_as_of": price.as_of,
        "price_source": price.source,
    }


def price_in_words(price: Price) -> str:
    """`0.3 USD a job + 0.00145 USD a shot`, or `free`."""
    asked = {
        "a job": price.usd_per_job,
        "a circuit": price.usd_per_circuit,
        "a shot": price.usd_per_shot,
        "a second": price.usd_per_second,
        "a one-qubit gate and shot": price.usd_per_one_qubit_gate_shot,
        "a two-qubit gate and shot": price.usd_per_two_qubit_gate_shot,
    }
    words = " + ".join(f"{_plain(usd)} USD {unit}" for unit, usd in asked.items() if usd)
    least = price.minimum_usd_per_circuit
    return (words or "free") + (f", {_plain(least)} USD a circuit at least" if least else "")


def _plain(usd: float) -> str:
    """At least two decimals, never an exponent."""
    whole, _, fraction = f"{usd:.10f}".rstrip("0").partition(".")
    return f"{whole}.{fraction:0<2}"


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:
        return False


def _fitting(name: str, memory_bytes: int) -> int:
    """Qubits of a state vector, or of a density matrix, that fit with their work space."""
    amplitudes = memory_bytes // (WORK_SPACE * AMPLITUDE_BYTES)
    most = max(amplitudes, 1).bit_length() - 1
    return most if name in EXACT else most // 2
