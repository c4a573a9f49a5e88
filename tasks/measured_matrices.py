"""What the report shows of measured matrices, read from store and ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import ArtifactNotFound, CorruptArtifact
from qml_core.evaluation.report.measured import (
    CanaryResult,
    Correction,
    MeasuredMatrix,
    Range,
    Repaired,
    Snapshot,
)
from qml_core.hardware.correction import Measured
from qml_core.hardware.mitigation.depolarising import survival
from qml_core.hardware.registry import noise_record
from qml_core.kernels.psd import LARGEST_REPAIRED, repair
from qml_core.references import ArtifactRef, BlockReceipt, Calibration, Grant, MatrixRef
from qml_core.specs import BackendSpec
from qml_core.specs.backend import Correction as CorrectionName
from qml_core.storage.block_format import NOT_COUNTED
from qml_core.storage.blocks import receipts
from qml_core.storage.jobs import get_calibration, job_documents
from qml_core.storage.matrices import load_measurement, open_matrix
from qml_core.storage.store import ArtifactStore, open_store
from tasks.canary import canary_of
from tasks.spending import Jobs, paid_for

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Entries:
    """Entries of a measured matrix off the diagonal (m,): raw, corrected, standard errors."""

    raw: Array
    corrected: Array
    errors: Array


def plan_keys(matrix: MatrixRef, grant: Grant) -> tuple[str, ...]:
    """Of what was measured: the raw matrix, and the diagonal beside it where it has none.

    Rows that were measured for all matrices of their role have a key of their own.
    """
    diagonal = () if matrix.diagonal is None else (open_matrix(matrix.diagonal).key,)
    rows = open_matrix(matrix).document.get("rows_key")
    return tuple(dict.fromkeys((grant.plan_key, *diagonal, *([rows] if rows else []))))


def describe_matrix(
    matrix: MatrixRef, grant: Grant, n_qubits: int, psd: str, jobs: Jobs
) -> MeasuredMatrix:
    """Where it was measured, at what price, and how well.

    Args:
        psd: repair that the run used; none: it used none.
        jobs: of the ledger.
    """
    store, used, keys = open_store(matrix.store), grant.backend_used, plan_keys(matrix, grant)
    found = [receipt for key in keys for receipt in receipts(store, key).values()]
    raw = Measured(*load_measurement(matrix.raw or matrix))
    values, errors = _corrected(matrix, raw)
    entries = _entries(raw, values, errors, matrix.symmetric)
    shots = _shots(raw, matrix.symmetric)
    assert used.shots is not None
    return MeasuredMatrix(
        key=matrix.key,
        shape=matrix.shape,
        asked=grant.backend_asked.name,
        used=used.name,
        reason=grant.reason,
        shots=used.shots,
        circuits=_circuits(matrix, raw, used),
        all_shots=sum(receipt.shots or 0 for receipt in found),
        jobs=tuple(dict.fromkeys(job for r in found for job in (r.job or "").split())),
        calibrations=_snapshots(store, keys, found, used),
        canary=_canary(store, grant.plan_key),
        paid=paid_for(jobs, keys),
        correction=_correction(matrix, grant, raw, values, entries, n_qubits),
        median_error=float(np.median(entries.errors)),
        concentrated=float(np.mean(entries.corrected < 1 / np.sqrt(shots))),
        repaired=_repaired(values, psd) if matrix.symmetric else None,
    )


def measured_entries(matrix: MatrixRef) -> Entries:
    """For the charts of a matrix."""
    raw = Measured(*load_measurement(matrix.raw or matrix))
    return _entries(raw, *_corrected(matrix, raw), matrix.symmetric)


def _corrected(matrix: MatrixRef, raw: Measured) -> tuple[Array, Array]:
    """Values and standard errors after all corrections; raw ones where there were none."""
    if matrix.raw is None:
        found = raw.after_readout(())
        return found.values, found.errors
    values, beside = load_measurement(matrix)
    return values, beside.errors


def _entries(raw: Measured, values: Array, errors: Array, symmetric: bool) -> Entries:
    chosen = _off_diagonal(values, symmetric)
    return Entries(raw.values[chosen], values[chosen], errors[chosen])


def _off_diagonal(values: Array, symmetric: bool) -> NDArray[np.bool_]:
    """Which entries were measured as pairs: each once, rows with themselves left out."""
    everywhere = np.ones(values.shape, dtype=bool)
    return np.triu(everywhere, 1) if symmetric else everywhere


def _shots(raw: Measured, symmetric: bool) -> Array:
    """Of each entry; where rows were measured, and not pairs, 1/error²."""
    chosen = _off_diagonal(raw.values, symmetric)
    if (raw.beside.counts == NOT_COUNTED).any():
        return np.asarray(raw.beside.errors[chosen] ** -2.0)
    return np.maximum(raw.beside.shots[chosen], 1.0)


def _circuits(matrix: MatrixRef, raw: Measured, used: BackendSpec) -> int:
    if used.estimator == "randomised":
        return matrix.shape[0] * used.bases  # its columns are rows of another matrix, or its own
    beside = 0 if matrix.symmetric or matrix.diagonal is None else matrix.shape[0]
    return int(np.count_nonzero(raw.beside.shots)) + beside


def _snapshots(
    store: ArtifactStore, keys: Sequence[str], found: Sequence[BlockReceipt], used: BackendSpec
) -> tuple[Snapshot, ...]:
    documents = [d for key in keys for d in job_documents(store, key)]
    result = []
    for digest in dict.fromkeys(r.calibration for r in found if r.calibration):
        record = _record(store, digest, used)
        taken = None if record is None else record.taken_at
        held = [d.held_at - taken for d in documents if taken and d.calibration == digest]
        result.append(
            Snapshot(
                digest=digest,
                backend="" if record is None else record.backend,
                taken_at=taken,
                age_h=max(held) / timedelta(hours=1) if held else None,
                blocks=sum(r.calibration == digest for r in found),
            )
        )
    return tuple(result)


def _record(store: ArtifactStore, digest: str, used: BackendSpec) -> Calibration | None:
    """A stored snapshot, or the record that a noisy simulator follows."""
    try:
        return get_calibration(store, digest)
    except (ArtifactNotFound, CorruptArtifact):
        followed = noise_record(used)
        return followed if followed is not None and followed.digest == digest else None


def _canary(store: ArtifactStore, plan_key: str) -> CanaryResult | None:
    found = canary_of(store, plan_key)
    if found is None:
        return None
    return CanaryResult(
        backend=found.backend,
        fidelity=found.fidelity,
        upper=found.upper,
        circuits=len(found.pairs),
        shots=found.shots,
        job=found.job,
    )


def _correction(
    matrix: MatrixRef,
    grant: Grant,
    raw: Measured,
    values: Array,
    entries: Entries,
    n_qubits: int,
) -> Correction | None:
    if matrix.raw is None:
        return None
    names: tuple[CorrectionName, ...] = tuple(open_matrix(matrix).document["corrections"])
    measured = raw if matrix.symmetric else _diagonal_of(matrix.diagonal)
    plain = None if measured is None else measured.diagonal(()).values
    kept = None
    if measured is not None and "depolarising" in names:
        kept = survival(measured.diagonal(names), n_qubits)
    return Correction(
        names=names,
        mean_change=float(np.abs(entries.corrected - entries.raw).mean()),
        raw_diagonal=None if plain is None else _range(plain),
        corrected_diagonal=_range(np.diagonal(values)) if matrix.symmetric else None,
        survival=None if kept is None else _range(kept),
    )


def _diagonal_of(ref: ArtifactRef | None) -> Measured | None:
    return None if ref is None else Measured(*load_measurement(ref))


def _range(values: Array) -> Range:
    return Range(least=float(values.min()), median=float(np.median(values)))


def _repaired(values: Array, psd: str) -> Repaired | None:
    """How far the nearest PSD matrix is, by the run's own repair or by clipping."""
    if len(values) > LARGEST_REPAIRED:
        return None
    method = psd if psd != "none" else "clip"
    found = repair(values, method)
    return Repaired(
        min_eigenvalue=found.lambda_min,
        method=method,
        shift=found.frobenius_shift,
        applied=psd != "none" and found.applied,
    )
