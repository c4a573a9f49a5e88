"""The measured matrices of a run as a section of its report."""

from collections.abc import Sequence
from datetime import datetime

from qml_core.evaluation.report.measured import Measurement, Spent, no_device
from qml_core.references import Grant, MatrixRef
from tasks.measured_matrices import describe_matrix, measured_entries, plan_keys
from tasks.spending import Jobs, paid_for, spent_since


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
    entries = measured_entries(shown)
    spent, paid = spent_since(jobs, keys, project, start), paid_for(jobs, keys)
    return Measurement(
        matrices=described,
        shown=next(d for d in described if d.key == shown.key),
        raw=entries.raw,
        corrected=entries.corrected,
        errors=entries.errors,
        spent=spent,
        paid=paid,
        notes=_notes(pairs[0][1], paid),
    )


def _notes(grant: Grant, paid: Spent | None) -> tuple[str, ...]:
    notes = []
    what = no_device(grant.backend_used)
    if what is not None:
        notes.append(f"{what}.")
    if grant.price is not None:
        notes.append(f"Price: {grant.price}.")
    if paid is None:
        notes.append(
            "The ledger did not answer when this was written: what was paid is unknown, not 0; "
            "see `qml budget history`."
        )
    elif paid.pending:
        notes.append(f"{paid.pending:,} jobs are not settled yet, their price is not in the sums.")
    return tuple(notes)
