"""The gate a plan passes before its first block: a pure decision, `now` and limits passed in."""

from datetime import datetime

from qml_core.budget.memory import check_machine
from qml_core.errors import CircuitRefused
from qml_core.references import Estimate, Grant, KernelPlan
from qml_core.specs import BackendSpec

WORK_SPACE = 4
"""State vectors held at once while one is computed: itself, phases, factor, product."""


def open_gate(plan: KernelPlan, memory_bytes: int, now: datetime, measured: str = "") -> Grant:
    """Grant the backend asked for, or refuse with what to lower.

    Args:
        memory_bytes: memory the simulation, and then the machine, may take, bytes.
        measured: the error of the approximation that is offered where the matrix does not fit.

    Raises:
        CircuitRefused: one state vector and its work space do not fit.
        Refused: the matrix a machine is to be trained on does not fit.
    """
    check_memory(max(plan.parts), plan.backend, memory_bytes)
    check_machine(plan, memory_bytes, measured)
    return Grant(
        plan_key=plan.key,
        backend_asked=plan.backend,
        backend_used=plan.backend,
        reason=reason(plan.backend, plan.estimate),
        estimate=plan.estimate,
        granted_at=now,
    )


def check_memory(n_qubits: int, backend: BackendSpec, memory_bytes: int) -> None:
    """Raise CircuitRefused where a state vector of n qubits cannot be simulated here."""
    amplitude_bytes = 16 if backend.precision == "double" else 8
    needed = WORK_SPACE * amplitude_bytes << n_qubits
    if needed > memory_bytes:
        most = (memory_bytes // (WORK_SPACE * amplitude_bytes)).bit_length() - 1
        raise CircuitRefused(
            f"{n_qubits} qubits on {backend.name} need {_gib(needed)} for one state vector and its "
            f"work space, {_gib(memory_bytes)} may be used",
            f"reduce the features to {most} qubits with preprocessing.n_components={most}",
        )


def reason(backend: BackendSpec, estimate: Estimate) -> str:
    return f"{backend.name} is an exact simulator: {estimate.usd:.2f} USD, no calibration needed"


def _gib(n_bytes: int) -> str:
    gib = n_bytes / 2**30
    return f"{gib:,.2f} GiB" if gib < 1e6 else f"{gib:.0e} GiB"
