"""The canary as a task: a small first job that may stop the run before the rest is bought."""

from collections.abc import Sequence

import numpy as np
from prefect import task

from qml_core.circuits.encodings import open_encoding
from qml_core.errors import DeviceRefused
from qml_core.events import StageStarted, emit
from qml_core.hardware.canary import canary_fidelity, canary_pairs, judge
from qml_core.hardware.pairs import pair_circuits, zero_counts
from qml_core.kernels.matrix import kernel_matrix
from qml_core.kernels.nystrom import exact_kernel
from qml_core.references import Grant, KernelPlan
from qml_core.specs import RunSpec, Spec
from qml_core.storage.blocks import stored_blocks
from qml_core.storage.content import find_model
from qml_core.storage.probe import open_checked_store
from qml_core.storage.store import ArtifactStore
from tasks.datasets import read_columns
from tasks.devices import device_slot, open_run
from tasks.options import STORE

_ROWS = 40
_SIMULABLE = 20
"""Qubits up to which pairs of known K are added to the diagonals."""


class CanaryRecord(Spec):
    """What the first job of a matrix gave."""

    backend: str
    pairs: tuple[tuple[int, int], ...]
    exact: tuple[float, ...]
    zeros: tuple[int, ...]
    shots: int
    fidelity: float
    upper: float
    calibration: str | None
    job: str | None


@task(name="send-canary", **STORE)
def send_canary(plans: Sequence[KernelPlan], grants: Sequence[Grant], run: RunSpec) -> None:
    """Measure the canary of the first matrix, once; judge it by today's threshold.

    Raises:
        DeviceRefused: even the upper 95 % bound of its fidelity is below run.canary_fidelity.
    """
    plan, grant = plans[0], grants[0]
    if grant.backend_used.kind != "qpu" or not run.canary or _complete(plans):
        return
    record = find_canary(plan) or _measured(plan, grant, run)
    if not judge(record.upper, run.canary_fidelity):
        raise DeviceRefused(
            f"canary on {record.backend}: fidelity {record.fidelity:.3f}, at most "
            f"{record.upper:.3f} with 95 % confidence, {run.canary_fidelity:g} asked; only its "
            f"{len(record.pairs)} circuits were charged",
            "use fewer qubits or repetitions, another device, lower run.canary_fidelity, "
            "run.canary=false, or run.remeasure=1 after a recalibration",
        )


def canary_stored(plan: KernelPlan) -> bool:
    """Whether the canary of a matrix is paid for already."""
    return find_canary(plan) is not None


def find_canary(plan: KernelPlan) -> CanaryRecord | None:
    return canary_of(open_checked_store(plan.store), plan.key)


def canary_of(store: ArtifactStore, plan_key: str) -> CanaryRecord | None:
    """What the canary of a matrix gave; None: none was sent."""
    return find_model(store, _path(plan_key), CanaryRecord)


def _path(plan_key: str) -> str:
    return f"matrices/{plan_key}/canary.json"


def _complete(plans: Sequence[KernelPlan]) -> bool:
    stored = [stored_blocks(open_checked_store(plan.store), plan.key) for plan in plans]
    return all(set(plan.blocks) <= there for plan, there in zip(plans, stored, strict=True))


def _measured(plan: KernelPlan, grant: Grant, run: RunSpec) -> CanaryRecord:
    emit(StageStarted("canary"))
    used = grant.backend_used
    assert used.shots is not None
    (X,) = read_columns(plan.data, plan.rows, "x")
    rng = np.random.default_rng(run.seed)
    rows = np.sort(rng.permutation(len(X))[:_ROWS])
    exact = None
    if plan.n_qubits <= _SIMULABLE:
        exact = kernel_matrix(X[rows], kernel=exact_kernel(plan.kernel))
    pairs = canary_pairs(rows.tolist(), exact, run.seed)
    place = {int(row): k for k, row in enumerate(rows)}
    known = [
        1.0 if i == j or exact is None else float(exact[place[int(i)], place[int(j)]])
        for i, j in pairs
    ]
    encoding = open_encoding(plan.kernel.encoding, plan.data.features)
    circuits = pair_circuits(encoding, X, X, pairs)
    with device_slot(used.name):
        ran = open_run(plan, used, run)("canary", circuits, used.shots)
    zeros = [zero_counts(counts, plan.n_qubits)[0] for counts in ran.counts]
    fidelity = canary_fidelity(zeros, used.shots, known)
    record = CanaryRecord(
        backend=used.name,
        pairs=tuple((int(i), int(j)) for i, j in pairs),
        exact=tuple(known),
        zeros=tuple(zeros),
        shots=used.shots,
        fidelity=fidelity.value,
        upper=fidelity.upper,
        calibration=None if ran.calibration is None else ran.calibration.digest,
        job=ran.job,
    )
    store = open_checked_store(plan.store)
    store.put_if_absent(_path(plan.key), record.model_dump_json().encode())
    return record
