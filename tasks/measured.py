"""The measured matrices of a run as a section of its report."""

from collections.abc import Sequence
from datetime import datetime

from qml_core.evaluation.report.measured import (
    MeasuredMatrix,
    Measurement,
    Spent,
    no_device,
)
from qml_core.hardware.shots import POOLED
from qml_core.references import Grant, MatrixRef
from tasks.measured_matrices import describe_matrix, measured_entries, plan_keys
from tasks.spending import Jobs, paid_for, spent_since

_MANY = 0.5
"""Share of entries too small for their shots that is worth a warning, as in the plan."""


def measurement_section(
    matrices: Sequence[MatrixRef],
    grants: Sequence[Grant],
    shown: MatrixRef,
    n_qubits: int,
    psd: str,
    jobs: Jobs,
    project: str,
    start: datetime,
) -> Measurement | None:
    """None where all entries are exact.

    Args:
        shown: the matrix that the report pictures.
        jobs: of the ledger.
        project: whose budget the run charges.
        start: of the run.
    """
    pairs = [(m, g) for m, g in zip(matrices, grants, strict=True) if g.backend_used.measured]
    if not pairs:
        return None
    described = tuple(describe_matrix(*pair, n_qubits, psd, jobs) for pair in pairs)
    keys = {key for pair in pairs for key in plan_keys(*pair)}
    shown_matrix = next(d for d in described if d.key == shown.key)
    entries = measured_entries(shown)
    spent, paid = spent_since(jobs, keys, project, start), paid_for(jobs, keys)
    return Measurement(
        matrices=described,
        shown=shown_matrix,
        raw=entries.raw,
        corrected=entries.corrected,
        errors=entries.errors,
        spent=spent,
        paid=paid,
        notes=_notes(pairs[0][1], shown_matrix, paid),
    )


def _notes(grant: Grant, shown: MeasuredMatrix, paid: Spent | None) -> tuple[str, ...]:
    used, notes = grant.backend_used, [f"Why there: {grant.reason}."]
    what = no_device(used)
    if what is not None:
        notes.append(f"{what}.")
    if grant.price is not None:
        notes.append(f"Price: {grant.price}.")
    if used.allocation == "adaptive":
        notes.append(f"Adaptive shots: {POOLED}.")
    if shown.concentrated >= _MANY:
        notes.append(
            f"{shown.concentrated:.0%} of the entries are below 1/√shots: indistinguishable from "
            "0; more shots or a smaller encoding.bandwidth would tell them apart."
        )
    if paid is None:
        notes.append(
            "The ledger did not answer when this was written: what was paid is unknown, not 0; "
            "see `qml budget history`."
        )
    elif paid.pending:
        notes.append(f"{paid.pending:,} jobs are not settled yet, their price is not in the sums.")
    return tuple(notes)
