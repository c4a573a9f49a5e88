"""What a kernel machine needs in memory, and the Nyström approximation offered where it is not."""

import math

from qml_core.errors import Refused
from qml_core.references import KernelPlan
from qml_core.simulation.memory import gib

EXACT_COPIES = 4
"""N×N arrays of float64 held at once: the matrix, its copy, the halves of (K + Kᵀ)/2."""

NYSTROM_COPIES = 5
"""N×m arrays held at once: C, its features, those of a fold, the same with 1s, its rows in use."""

_LEAST, _MOST = 100, 5000


def machine_bytes(rows: int, columns: int) -> int:
    """Memory a machine takes that is trained on K(rows, columns), bytes.

    Args:
        columns: as many as rows: the exact matrix; fewer: landmarks.
    """
    return 8 * rows * columns * (EXACT_COPIES if rows == columns else NYSTROM_COPIES)


def offered_landmarks(rows: int, memory_bytes: int) -> int:
    """About √N·ln N landmarks, in hundreds, as many as fit.

    Their number grows as in the rates of Rudi, Camoriano & Rosasco, NIPS 28 (2015), theorem 1.
    """
    enough = 100 * math.ceil(math.sqrt(rows) * math.log(max(rows, 2)) / 100)
    fitting = memory_bytes // (8 * rows * NYSTROM_COPIES)
    return max(1, min(max(enough, _LEAST), _MOST, fitting, rows))


def fits(plan: KernelPlan, memory_bytes: int) -> bool:
    """Whether the matrix stays in its blocks, or the machine trained on it finds room."""
    trains = plan.rows == plan.columns == "train"
    return not trains or machine_bytes(*plan.shape) <= memory_bytes


def check_machine(plan: KernelPlan, memory_bytes: int, measured: str = "") -> None:
    """Raise Refused where no machine can be trained on the matrix of the plan.

    Args:
        measured: the error of the approximation that is offered, as a phrase.
    """
    if fits(plan, memory_bytes):
        return
    rows, columns = plan.shape
    raise Refused(
        f"training on a kernel matrix of {rows:,} × {columns:,} needs "
        f"{gib(machine_bytes(rows, columns))} for it and its copies, {gib(memory_bytes)} may "
        "be used",
        offer(offered_landmarks(rows, memory_bytes), "model.kernel", measured),
    )


def offer(landmarks: int, path: str, measured: str = "") -> str:
    """What to ask for instead of the exact matrix.

    Args:
        path: of the kernel in the job's parameters, `kernel` or `model.kernel`.
    """
    said = f", {measured}" if measured else ""
    return f"approximate it (Nyström) with --set {path}.landmarks={landmarks}{said}"
