"""The gate a plan passes before its first block: a pure decision, `now` and limits passed in."""

from datetime import datetime

from qml_core.budget.memory import check_machine
from qml_core.kernels.estimates import COMPLEX_BYTES
from qml_core.references import Estimate, Grant, KernelPlan
from qml_core.simulation import memory
from qml_core.specs import BackendSpec

_FEWER_FEATURES = "reduce the features to {most} qubits with preprocessing.n_components={most}"


def open_gate(plan: KernelPlan, memory_bytes: int, now: datetime, measured: str = "") -> Grant:
    """Grant the backend asked for, or refuse with what to lower.

    Args:
        memory_bytes: memory the simulation, and then the machine, may take, bytes.
        measured: the error of the approximation that is offered where the matrix does not fit.

    Raises:
        CircuitRefused: one state vector and its work space do not fit.
        Refused: the matrix a machine is to be trained on does not fit.
    """
    check_memory(simulated_qubits(plan), plan.backend, memory_bytes)
    check_machine(plan, memory_bytes, measured)
    return Grant(
        plan_key=plan.key,
        backend_asked=plan.backend,
        backend_used=plan.backend,
        reason=reason(plan.backend, plan.estimate),
        estimate=plan.estimate,
        granted_at=now,
    )


def simulated_qubits(plan: KernelPlan) -> int:
    """Qubits of the largest state; a density matrix takes as much as twice the qubits."""
    return 2 * plan.n_qubits if plan.backend.kind == "noisy" else max(plan.parts)


def check_memory(
    n_qubits: int,
    backend: BackendSpec,
    memory_bytes: int,
    remedy: str = _FEWER_FEATURES,
) -> None:
    """Raise CircuitRefused where a state vector of n qubits cannot be simulated here.

    Args:
        remedy: where `{most}` stands for the number of qubits that can.
    """
    memory.check_memory(
        n_qubits,
        COMPLEX_BYTES[backend.precision],
        memory_bytes,
        backend.name,
        remedy,
    )


def check_circuit(
    n_qubits: int, backend: BackendSpec, memory_bytes: int, remedy: str = _FEWER_FEATURES
) -> None:
    """`check_memory` of the state that a backend has of a circuit: a density matrix takes as much
    as twice the qubits, and on a QPU nothing is simulated."""
    if backend.kind != "qpu":
        doubled = 2 if backend.kind == "noisy" else 1
        check_memory(doubled * n_qubits, backend, memory_bytes, remedy)


def reason(backend: BackendSpec, estimate: Estimate) -> str:
    """Why a simulator may run: it costs nothing and has no calibration."""
    if backend.shots is None:
        return (
            f"{backend.name} is an exact simulator: {estimate.usd:.2f} USD, no calibration needed"
        )
    noise = f" with the noise of {backend.noise}" if backend.noise else ""
    return f"{backend.name} simulates {backend.shots:,} shots a circuit{noise}: 0.00 USD"
