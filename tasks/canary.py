"""The canary as a task: a small first job that may stop the run before the rest is bought."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from prefect import task

from qml_core.circuits.encodings import open_encoding
from qml_core.errors import DeviceRefused
from qml_core.events import StageStarted, emit
from qml_core.hardware.canary import DIAGONALS, canary_fidelity, canary_pairs, judge
from qml_core.hardware.initial_circuits import initial_circuits
from qml_core.hardware.pairs import mirrored_circuit, pair_circuits, zero_counts
from qml_core.hardware.protocol import Circuit
from qml_core.kernels.matrix import kernel_matrix
from qml_core.kernels.nystrom import exact_kernel
from qml_core.references import Grant, KernelPlan, QAOAPlan, TrainingPlan
from qml_core.specs import RunSpec, Spec
from qml_core.storage.content import find_model
from qml_core.storage.probe import open_checked_store
from qml_core.storage.store import ArtifactStore
from tasks.datasets import read_columns
from tasks.devices import device_slot, open_run
from tasks.kernel_purchases import KERNELS
from tasks.options import STORE
from tasks.plan_kinds import kind_of
from tasks.purchases import P
from tasks.qaoa_purchases import example_circuit
from tasks.training_plans import network_of

_ROWS = 40
_SIMULABLE = 20
"""Qubits up to which pairs of known K are added to the diagonals."""


class CanaryRecord(Spec):
    """What the first job of a matrix, a training or a QAOA gave."""

    backend: str
    pairs: tuple[tuple[int, int], ...]
    exact: tuple[float, ...]
    zeros: tuple[int, ...]
    shots: int
    fidelity: float
    upper: float
    calibration: str | None
    job: str | None


@dataclass(frozen=True)
class _Canary:
    """Circuits, the rows each is made of, and its exact probability of reading 0…0."""

    pairs: tuple[tuple[int, int], ...]
    exact: tuple[float, ...]
    circuits: Sequence[Circuit]


@task(name="send-canary", **STORE)
def send_canary(plans: Sequence[P], grants: Sequence[Grant], run: RunSpec) -> None:
    """Measure the canary of the first plan, once; judge it by today's threshold.

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


def canary_stored(plan: P) -> bool:
    """Whether the canary of a plan is paid for already."""
    return find_canary(plan) is not None


def find_canary(plan: P) -> CanaryRecord | None:
    return canary_of(open_checked_store(plan.store), plan.key, kind_of(plan).folder)


def canary_of(
    store: ArtifactStore, plan_key: str, folder: str = KERNELS.folder
) -> CanaryRecord | None:
    """What the canary of a plan gave; None: none was sent."""
    return find_model(store, _path(plan_key, folder), CanaryRecord)


def _path(plan_key: str, folder: str) -> str:
    return f"{folder}/{plan_key}/canary.json"


def _complete(plans: Sequence[P]) -> bool:
    return all(kind_of(plan).complete(plan) for plan in plans)


def _canary(plan: P, run: RunSpec) -> _Canary:
    if isinstance(plan, KernelPlan):
        return _of_matrix(plan, run)
    if isinstance(plan, QAOAPlan):
        return _Canary(((0, 0),), (1.0,), [mirrored_circuit(example_circuit(plan))])
    assert isinstance(plan, TrainingPlan)  # predictions have none: the model was trained there
    return _of_training(plan)


def _of_training(plan: TrainingPlan) -> _Canary:
    """The circuits that training begins with, each followed by its inverse."""
    (X,) = read_columns(plan.data, "train", "x")
    circuits = [mirrored_circuit(c) for c in initial_circuits(network_of(plan), X[:DIAGONALS])]
    rows = range(len(circuits))
    return _Canary(tuple((i, i) for i in rows), (1.0,) * len(circuits), circuits)


def _of_matrix(plan: KernelPlan, run: RunSpec) -> _Canary:
    """Pairs of rows of large K, those of a row with itself first."""
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
    return _Canary(tuple((int(i), int(j)) for i, j in pairs), tuple(known), circuits)


def _measured(plan: P, grant: Grant, run: RunSpec) -> CanaryRecord:
    emit(StageStarted("canary"))
    used, canary = grant.backend_used, _canary(plan, run)
    assert used.shots is not None
    with device_slot(used.name):
        ran = open_run(plan, used, run)("canary", canary.circuits, used.shots)
    zeros = [zero_counts(counts, plan.n_qubits)[0] for counts in ran.counts]
    fidelity = canary_fidelity(zeros, used.shots, canary.exact)
    record = CanaryRecord(
        backend=used.name,
        pairs=canary.pairs,
        exact=canary.exact,
        zeros=tuple(zeros),
        shots=used.shots,
        fidelity=fidelity.value,
        upper=fidelity.upper,
        calibration=None if ran.calibration is None else ran.calibration.digest,
        job=ran.job,
    )
    store = open_checked_store(plan.store)
    store.put_if_absent(_path(plan.key, kind_of(plan).folder), record.model_dump_json().encode())
    return record
