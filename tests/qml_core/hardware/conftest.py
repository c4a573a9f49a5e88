"""Backends that keep one contract, and circuits with known answers."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pennylane as qml
import pytest
from pennylane.tape import QuantumScript
from scipy.stats import binom
from scripted_orders import PATIENCE
from scripted_provider import BEGIN, Clock, Provider, ScriptedBackend

from qml_core.budget.ledger import Ledger, open_ledger
from qml_core.hardware.calibration import load_calibration
from qml_core.hardware.protocol import Circuit, Counts, JobResult, QuantumBackend
from qml_core.hardware.purchase import Buyer
from qml_core.hardware.registry import open_backend
from qml_core.references import Calibration
from qml_core.specs import BackendSpec


@dataclass(frozen=True)
class Contract:
    """How to open a backend, and what is known of it."""

    spec: BackendSpec
    service: str = ""
    """Fixture of the loopback service that stands for its provider."""
    noisy: bool = False
    calibrated: bool = False
    idempotent: bool = True
    """Whether a second submission under a key makes no second job."""
    unknown_job: str = "none"

    def open(self, seed: int = 7) -> QuantumBackend:
        return open_backend(self.spec, seed)


def _noisy(name: str) -> Contract:
    return Contract(BackendSpec(name=name, noise="ibm.fake_manila"), noisy=True)


CONTRACTS = {  # a line here, and a backend must pass the suite
    "qml.batched": Contract(BackendSpec(name="qml.batched")),
    "default.qubit": Contract(BackendSpec(name="default.qubit")),
    "lightning.qubit": Contract(BackendSpec(name="lightning.qubit")),
    "default.mixed": Contract(BackendSpec(name="default.mixed")),
    "qiskit.aer": Contract(BackendSpec(name="qiskit.aer")),
    "braket.dm": Contract(BackendSpec(name="braket.dm")),
    "default.mixed, noisy": _noisy("default.mixed"),
    "qiskit.aer, noisy": _noisy("qiskit.aer"),
    "braket.dm, noisy": _noisy("braket.dm"),
    "ibm.fake_manila": Contract(BackendSpec(name="ibm.fake_manila"), noisy=True, calibrated=True),
    "braket.iqm.Garnet": Contract(
        BackendSpec(name="braket.iqm.Garnet"),
        service="braket",
        calibrated=True,
        unknown_job="arn:aws:braket:eu-north-1:123456789012:quantum-task/none",
    ),
    "ionq.forte-1": Contract(
        BackendSpec(name="ionq.forte-1"), service="ionq", calibrated=True, idempotent=False
    ),
    "ionq.simulator": Contract(
        BackendSpec(name="ionq.simulator"), service="ionq", idempotent=False
    ),
}


@pytest.fixture(params=CONTRACTS)
def contract(request: pytest.FixtureRequest) -> Contract:
    """Each backend in turn, its loopback service running."""
    found = CONTRACTS[request.param]
    if found.service:
        request.getfixturevalue(found.service)
    return found


@pytest.fixture
def backend(contract: Contract) -> QuantumBackend:
    return contract.open()


@pytest.fixture(scope="session")
def manila() -> Calibration:
    """The bundled record of IBM's fake_manila: five qubits in a line."""
    return load_calibration("ibm.fake_manila")


@pytest.fixture(scope="session")
def collect() -> Callable[[QuantumBackend, str], JobResult]:
    """The result of a job, once it is done."""

    def wait(backend: QuantumBackend, job: str) -> JobResult:
        for attempt in range(200):
            state = backend.poll(job).state
            if state == "done":
                return backend.result(job)
            assert state in ("queued", "running")
            time.sleep(0.001 * attempt)
        raise AssertionError("the job did not end")

    return wait


@pytest.fixture(scope="session")
def kernel_circuit() -> Callable[..., Circuit]:
    """U†(y) U(x) of an IQP-like encoding, a barrier between the halves where it is asked for."""

    def encode(x: Sequence[float]) -> list[qml.operation.Operator]:
        n = len(x)
        single = [op for k in range(n) for op in (qml.Hadamard(k), qml.RZ(float(x[k]), k))]
        pairs = [qml.IsingZZ(float(x[k] * x[k + 1]), [k, k + 1]) for k in range(n - 1)]
        return [*single, *pairs, *(qml.RY(float(x[k]), k) for k in range(n))]

    def make(x: Sequence[float], y: Sequence[float], barrier: bool = True) -> Circuit:
        wires = range(len(x))
        between = [qml.Barrier(wires)] if barrier else []
        back = [qml.adjoint(op) for op in reversed(encode(y))]
        return QuantumScript([*encode(x), *between, *back], [qml.probs(wires=wires)])

    return make


@pytest.fixture(scope="session")
def random_circuits() -> Callable[[int, int, int], list[Circuit]]:
    """(seed, count, n): circuits of n ≥ 2 qubits in no special order of wires or angles."""
    one = (qml.RX, qml.RY, qml.RZ)

    def layer(rng: np.random.Generator, n: int) -> list[qml.operation.Operator]:
        ops = [one[rng.integers(3)](float(rng.uniform(-3, 3)), k) for k in range(n)]
        a, b = (int(wire) for wire in rng.permutation(n)[:2])
        return [*ops, qml.CNOT([a, b]), qml.SX(int(rng.integers(n)))]

    def make(seed: int, count: int, n: int) -> list[Circuit]:
        rng = np.random.default_rng(seed)
        return [
            QuantumScript(
                [op for _ in range(3) for op in layer(rng, n)], [qml.probs(wires=range(n))]
            )
            for _ in range(count)
        ]

    return make


@pytest.fixture(scope="session")
def exact() -> Callable[[Circuit], np.ndarray]:
    """Probabilities of all wires on default.qubit: (2^n,)."""

    def probabilities(circuit: Circuit) -> np.ndarray:
        (found,) = qml.execute([circuit], qml.device("default.qubit"), diff_method=None)
        return np.clip(found, 0, 1)

    return probabilities


@pytest.fixture(scope="session")
def assert_drawn() -> Callable[[Counts, np.ndarray], None]:
    """Every count is one that the probabilities (2^n,) give, to 5 sigma."""

    def check(counts: Counts, probabilities: np.ndarray) -> None:
        shots, n = sum(counts.values()), len(probabilities).bit_length() - 1
        for state, p in enumerate(probabilities):
            found = counts.get(format(state, f"0{n}b"), 0)
            tail = min(binom.cdf(found, shots, p), binom.sf(found - 1, shots, p))
            assert tail > 3e-7, (state, found, p * shots)

    return check


@pytest.fixture
def provider() -> Provider:
    """A provider of jobs whose clock, faults and bill a test sets."""
    return Provider(Clock())


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger of one project, `p`, with more than enough."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.set_budget("p", 10**9, BEGIN)
    return ledger


@pytest.fixture
def buyer(provider: Provider, ledger: Ledger) -> Callable[..., Buyer]:
    """buyer(holder): another one for every run."""
    clock = provider.clock
    return lambda holder="me": Buyer(
        ScriptedBackend(provider), ledger, holder, clock, clock.sleep, PATIENCE
    )
