"""The loopback IonQ's backends, and what the QPU was characterized to."""

from typing import Any

from ionq_jobs import SIMULATOR, now

QPU = "qpu.forte-1"
QUBITS = 36
CHARACTERIZATION = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
FIDELITY = {"spam": 0.9962, "1q": 0.9998, "2q": 0.99}
TIMING = {"readout": 3e-4, "reset": 2e-5, "1q": 1.3e-4, "2q": 9e-4, "t1": 100, "t2": 1}


def backends(status: str, degraded: bool, taken_at: str | None) -> list[dict[str, Any]]:
    common = {"average_queue_time": 1181215, "last_updated": now()}
    qpu = {"backend": QPU, "status": status, "degraded": degraded, "qubits": QUBITS}
    known = {"characterization_id": CHARACTERIZATION} if taken_at else {}
    ideal = {"backend": SIMULATOR, "status": "available", "degraded": False, "qubits": 29}
    return [{**qpu, **known, **common}, {**ideal, **common}]


def characterizations(taken_at: str | None) -> list[dict[str, Any]]:
    """The newest first; none without a date."""
    found = {
        "id": CHARACTERIZATION,
        "date": taken_at,
        "backend": QPU,
        "qubits": QUBITS,
        "connectivity": [[a, b] for a in range(QUBITS) for b in range(a)],
        "fidelity": {name: {"median": median} for name, median in FIDELITY.items()},
        "timing": TIMING,
    }
    return [found] if taken_at else []
