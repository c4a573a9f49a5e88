"""Jobs of the loopback IonQ: what was asked, how far it is, what it gives and costs."""

import itertools
import math
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import ionq_circuits
import numpy as np

WALK = ("submitted", "ready", "started", "completed")
ENDED = ("completed", "failed", "canceled")
FIELDS = {
    *("backend", "type", "input", "name", "metadata", "shots", "settings"),
    *("dry_run", "noise", "session_id"),
}
SIMULATOR = "simulator"
ONE_GATE, TWO_GATE, LEAST = 0.00022, 0.000975, 12.4166
"""USD of a gate in a shot, and the least of a circuit: Azure's of 2024-12, without mitigation."""


def now() -> str:
    return datetime.now(timezone.utc).isoformat()


def price(one: int, two: int, shots: int) -> float:
    return max(LEAST, shots * (one * ONE_GATE + two * TWO_GATE))


@dataclass
class Job:
    """A job of one circuit, or of children that have one each."""

    request: dict[str, Any]
    gates: list[dict[str, Any]] = field(default_factory=list)
    gateset: str = "qis"
    qubits: int = 1
    name: str | None = None
    parent: "Job | None" = None
    children: list["Job"] = field(default_factory=list)
    fails_with: str = ""
    status: str = "submitted"
    submitted_at: str = field(default_factory=now)
    completed_at: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    probabilities: dict[str, float] | None = None

    @property
    def shots(self) -> int:
        return int(self.request.get("shots", 100))

    def advance(self) -> None:
        self.end(WALK[WALK.index(self.status) + 1])

    def end(self, status: str) -> None:
        """Come to a status, the children too; the end of a job that fails is `failed`."""
        self.status = "failed" if status == "completed" and self.fails_with else status
        if self.status in ENDED:
            self.completed_at = now()
        for child in self.children:
            child.end(status)

    def usd(self) -> float | None:
        """None: the simulator is free."""
        if self.request["backend"] == SIMULATOR:
            return None
        if self.children:
            return math.fsum(child.usd() or 0.0 for child in self.children)
        return price(*ionq_circuits.count(self.gates), self.shots)

    def microusd(self) -> int:
        """What is billed: credit of a job that does not complete is given back."""
        return round((self.usd() or 0.0) * 1e6) if self.status == "completed" else 0

    def result(self, rng: np.random.Generator, mixing: float) -> dict[str, Any]:
        if self.children:
            return {child.id: child.result(rng, mixing) for child in self.children}
        if self.probabilities is None:
            exact = ionq_circuits.probabilities(self.gates, self.gateset, self.qubits)
            found = (1 - mixing) * exact + mixing / len(exact)
            if self.request["backend"] != SIMULATOR:
                found = rng.multinomial(self.shots, found / found.sum()) / self.shots
            self.probabilities = {str(k): float(p) for k, p in enumerate(found) if p > 0}
        return self.probabilities

    def description(self, reverse_children: bool = False) -> dict[str, Any]:
        failure = {"code": self.fails_with, "message": "injected"} if self.fails_with else None
        base = f"/v0.4/jobs/{self.id}/results/probabilities"
        done = {"probabilities": {"url": base}} if self.status == "completed" else None
        ids = [child.id for child in self.children]
        return {
            "id": self.id,
            "status": self.status,
            "type": self.request["type"] if self.parent is None else "ionq.circuit.v1",
            "backend": self.request["backend"],
            "name": self.name,
            "metadata": self.request.get("metadata") if self.parent is None else None,
            "shots": self.shots,
            "parent_job_id": self.parent.id if self.parent else None,
            "child_job_ids": (ids[::-1] if reverse_children else ids) or None,
            "submitted_at": self.submitted_at,
            "completed_at": self.completed_at,
            "failure": failure if self.status == "failed" else None,
            "stats": {"qubits": self.qubits, "circuits": len(self.children) or 1},
            "results": done,
        }


def new_job(request: dict[str, Any]) -> Job:
    """Raises ValueError with what the service would answer."""
    if unknown := set(request) - FIELDS:
        raise ValueError(f"unknown fields {sorted(unknown)}")
    if not all(isinstance(v, str) for v in (request.get("metadata") or {}).values()):
        raise ValueError("metadata values must be strings")
    if not 1 <= int(request.get("shots", 100)) <= 1_000_000:
        raise ValueError("shots must be 1 to 1000000")
    asked = request["input"]
    gateset, qubits = asked["gateset"], int(asked["qubits"])
    if request["type"] == "ionq.circuit.v1":
        return _circuit(request, asked["circuit"], gateset, qubits, request.get("name"))
    job = Job(request, gateset=gateset, qubits=qubits, name=request.get("name"))
    for each in asked["circuits"]:
        size, kind = int(each.get("qubits", qubits)), each.get("gateset", gateset)
        child = _circuit(request, each["circuit"], kind, size, each.get("name"))
        child.parent = job
        job.children.append(child)
    return job


def _circuit(
    request: dict[str, Any], gates: list[Any], gateset: str, qubits: int, name: str | None
) -> Job:
    ionq_circuits.check(gates, gateset, qubits)
    return Job(request, gates, gateset, qubits, name)


def listed(jobs: list[Job]) -> list[Job]:
    """The newest first, children after their parent."""
    return list(itertools.chain.from_iterable((job, *job.children) for job in reversed(jobs)))
