"""What IBM's job objects say, real or local ones, in the nouns of the protocol."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from qml_core.hardware.backends.ibm_circuits import read_counts, read_qubits
from qml_core.hardware.protocol import Counts, State

_STATES: Mapping[str, State] = {
    "INITIALIZING": "queued",
    "QUEUED": "queued",
    "VALIDATING": "queued",
    "RUNNING": "running",
    "DONE": "done",
    "ERROR": "failed",
    "CANCELLED": "cancelled",
    "CANCELLED - RAN TOO LONG": "failed",
}


def tag_of(key: str) -> str:
    """IBM's job tag of an idempotency key: its first 128 bits, which fit where tags are short."""
    return f"qml-{key[:32]}"


def seed_of(seed: int, key: str) -> int:
    """Seed of a simulated job's shots: another one for every job, the same where it runs again.

    Never 0, which the client takes for none.
    """
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return 1 + int.from_bytes(digest[:4], "big") % (2**31 - 2)


def state_of(job: Any) -> State:
    """Where a job stands; a state nobody knows counts as running, until our wait ends.

    Args:
        job: a RuntimeJobV2, whose status is a word, or a local job, whose status is an enum.
    """
    status = job.status()
    return _STATES.get(str(getattr(status, "name", status)).upper(), "running")


def counts_of(result: Any) -> tuple[Counts, ...]:
    """Counts of each circuit of a PrimitiveResult, wire 0 first."""
    return tuple(read_counts(part.data.meas) for part in result)


def qubits_of(job: Any, result: Any) -> tuple[tuple[int, ...], ...]:
    """Of each circuit, the physical qubits that wires 0 … n−1 were read from.

    They travel with the circuits; where the service does not send them back, the circuits
    themselves are fetched.
    """
    sent = [(part.metadata or {}).get("circuit_metadata") or {} for part in result]
    if all("qubits" in metadata for metadata in sent):
        return tuple(tuple(int(q) for q in metadata["qubits"]) for metadata in sent)
    return tuple(read_qubits(_circuit(pub)) for pub in job.inputs["pubs"])


def _circuit(pub: Any) -> Any:
    return getattr(pub, "circuit", None) or pub[0]


def quantum_seconds(job: Any) -> float | None:
    """QPU time the provider counts for a job; None: it does not say."""
    usage = (job.metrics() or {}).get("usage") or {}
    seconds = usage.get("quantum_seconds")
    return None if seconds is None else float(seconds)


def finished_at(job: Any) -> datetime | None:
    """When a job ended; None: not said."""
    stamp = ((job.metrics() or {}).get("timestamps") or {}).get("finished")
    if isinstance(stamp, str):
        stamp = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    return stamp.astimezone(timezone.utc) if isinstance(stamp, datetime) else None


def queue_position(job: Any) -> int | None:
    """Jobs ahead of this one, where the client can tell."""
    ask = getattr(job, "queue_position", None)
    position = ask() if callable(ask) else ask
    return position if isinstance(position, int) else None


def error_message(job: Any) -> str:
    """Why a job failed, as the provider says."""
    ask = getattr(job, "error_message", None)
    return str((ask() if callable(ask) else None) or "")
