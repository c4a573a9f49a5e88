"""What the tests of the Braket backend share: its device, a circuit, and the end of its jobs."""

from collections.abc import Callable
from typing import Any

import pennylane as qml
import pytest
from pennylane.tape import QuantumScript

from qml_core.hardware.backends.braket import BraketBackend
from qml_core.hardware.protocol import Circuit, JobStatus, QuantumBackend


@pytest.fixture
def garnet(braket: Any) -> BraketBackend:
    """The device of the loopback Braket."""
    return BraketBackend("braket.iqm.Garnet")


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Botocore's waits between retries take no time; how often it retries stays."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)


@pytest.fixture(scope="session")
def last_status() -> Callable[[QuantumBackend, str], JobStatus]:
    """Polls a job until it ended, however."""

    def poll(backend: QuantumBackend, job: str) -> JobStatus:
        for _ in range(6):
            status = backend.poll(job)
            if status.state in ("done", "failed", "cancelled"):
                return status
        raise AssertionError(f"{job} is still {status.state}")

    return poll


@pytest.fixture(scope="session")
def lopsided() -> Callable[..., Circuit]:
    """A circuit whose distribution shows every exchange of its wires."""

    def make(angle: float = 0.4, width: int = 3) -> Circuit:
        operations = [
            qml.RY(angle, 0),
            qml.CNOT([0, width - 1]),
            qml.RX(1.1, 1),
            qml.Barrier(range(width)),
            qml.IsingZZ(0.7, [1, width - 1]),
            qml.RY(2.5 * angle, width - 1),
        ]
        return QuantumScript(operations, [qml.probs(wires=range(width))])

    return make
