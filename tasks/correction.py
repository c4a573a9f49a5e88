"""Measured matrices corrected as a task: raw values stay, corrected ones are a matrix beside."""

from collections.abc import Sequence

import numpy as np
from prefect import task

from qml_core.hardware.correction import Measured, correct_matrix
from qml_core.hardware.mitigation.depolarising import Corrected, Diagonal
from qml_core.kernels.blocks import EDGE, block_slices, cover
from qml_core.keys import key
from qml_core.references import ArtifactRef, BlockReceipt, Grant, KernelPlan, MatrixRef
from qml_core.storage.block_format import Measurement
from qml_core.storage.blocks import find_block, put_block
from qml_core.storage.matrices import commit_matrix, load_measurement
from qml_core.storage.probe import open_checked_store
from tasks.options import STORE
from tasks.provenance import matrix_document


@task(name="correct-matrices", **STORE)
def correct_matrices(
    plans: Sequence[KernelPlan],
    grants: Sequence[Grant],
    raw: Sequence[MatrixRef],
    diagonals: Sequence[MatrixRef | None],
) -> tuple[MatrixRef, ...]:
    """Each measured matrix with its errors corrected; exact ones as they are.

    Raises:
        Refused: a measured diagonal is too small for the depolarising correction; what was
            measured stays in the store.
    """
    return tuple(_correct(*each) for each in zip(plans, grants, raw, diagonals, strict=True))


def _correct(
    plan: KernelPlan, grant: Grant, raw: MatrixRef, own_diagonal: MatrixRef | None
) -> MatrixRef:
    if not plan.measured:
        return raw
    diagonal = own_diagonal or (raw if plan.symmetric else None)
    corrections = grant.backend_asked.applied_corrections
    if grant.backend_used != grant.backend_asked:
        corrections = grant.backend_used.applied_corrections
    if not corrections:
        return raw.model_copy(update={"diagonal": _plain(diagonal)})
    measured = Measured(*load_measurement(raw))
    rows = columns = None
    if own_diagonal is not None and "depolarising" in corrections:
        rows = Measured(*load_measurement(own_diagonal)).diagonal(corrections)
        columns = _columns(plan, rows, corrections)
    found = correct_matrix(measured, corrections, plan.n_qubits, rows, columns)
    return _put(plan, grant, raw, diagonal, corrections, measured, found)


def _columns(plan: KernelPlan, rows: Diagonal, corrections: tuple[str, ...]) -> Diagonal:
    """Of the columns: those of other rows, or of the landmarks among the rows."""
    found = rows
    if plan.column_diagonal is not None:
        measured = Measured(*load_measurement(plan.column_diagonal))
        found = measured.diagonal(corrections)  # type: ignore[arg-type]
    chosen = list(plan.landmarks)
    return Diagonal(found.values[chosen], found.errors[chosen]) if chosen else found


def _put(
    plan: KernelPlan,
    grant: Grant,
    raw: MatrixRef,
    diagonal: MatrixRef | None,
    corrections: tuple[str, ...],
    measured: Measured,
    found: Corrected,
) -> MatrixRef:
    """The corrected matrix, whose blocks are cut as those of exact ones."""
    used = [d for d in (_plain(diagonal), plan.column_diagonal) if d is not None]
    own = key(
        "corrected kernel matrix",
        raw=raw.sha256,
        diagonals=[d.sha256 for d in used],
        corrections=corrections,
    )
    whole = plan.model_copy(
        update={"key": own, "edge": EDGE, "extends": None, "prefixes": (), "shards": ()}
    )
    store = open_checked_store(plan.store)
    receipts: list[BlockReceipt] = []
    values = found.values.astype(plan.backend.storage)
    for block in cover(plan.shape, EDGE, symmetric=plan.symmetric):
        place = block_slices(block, plan.shape, EDGE)
        beside = measured.beside
        kept = Measurement(
            counts=beside.counts[place],
            shots=beside.shots[place],
            corrected=found.values[place],
            errors=found.errors[place],
        )
        receipts.append(
            find_block(store, own, block)
            or put_block(store, own, block, values[place].copy(), 0.0, measurement=kept)
        )
    document = {
        **matrix_document(plan, grant),
        "raw": _plain(raw).model_dump(mode="json"),  # type: ignore[union-attr]
        "diagonals": [d.model_dump(mode="json") for d in used],
        "corrections": corrections,
        "readout_known": bool(np.any(measured.beside.corrected != measured.values)),
    }
    manifest = commit_matrix(store, whole, receipts, document)
    return raw.model_copy(
        update={
            **manifest.model_dump(),
            "key": own,
            "extends": raw.extends,
            "raw": _plain(raw),
            "diagonal": _plain(diagonal),
        }
    )


def _plain(matrix: MatrixRef | None) -> ArtifactRef | None:
    if matrix is None:
        return None
    return ArtifactRef(store=matrix.store, path=matrix.path, sha256=matrix.sha256)
