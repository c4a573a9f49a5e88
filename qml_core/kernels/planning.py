"""Planning: from a data set and a kernel to blocks, shards, a key and an estimate. Pure."""

import math
from typing import Any, Literal

from qml_core.backend_names import circuits_per_job
from qml_core.kernels.blocks import EDGE, cover, make_shards
from qml_core.kernels.estimates import estimate, with_pilot
from qml_core.kernels.parts import count_parts, count_qubits
from qml_core.keys import key
from qml_core.references import ArtifactRef, DatasetRef, KernelPlan, Role
from qml_core.specs import BackendSpec, KernelSpec, RunSpec, check_qubits, check_randomised

Columns = Role | Literal["self"]


def plan_key(
    data: DatasetRef,
    kernel: KernelSpec,
    n_qubits: int,
    backend: BackendSpec,
    rows: Role,
    columns: Columns,
    run: RunSpec,
    landmarks: tuple[int, ...] = (),
    noise: str | None = None,
) -> str:
    """Exactly what changes the numbers: not budget, not task runner, not calibration.

    Corrections work on what was measured, so another choice of them measures nothing anew.
    """
    parts: dict[str, Any] = {
        "data": data.digest,
        "rows": rows,
        "columns": columns,
        "kernel": _kernel_document(kernel, n_qubits),
        "backend": _backend_document(backend, noise),
    }
    if landmarks:
        parts["landmarks"] = landmarks
    if backend.shots is not None:
        parts["seed"] = run.seed
    if run.remeasure:
        parts["remeasure"] = run.remeasure
    return key("kernel matrix", **parts)


def _kernel_document(kernel: KernelSpec, n_qubits: int) -> dict[str, Any]:
    """Fields that came later enter where they are used, so that older blocks are found again."""
    document = _without(kernel.model_dump(mode="json"), landmarks=None, gamma=1.0)
    if kernel.landmarks is None:
        del document["landmark_choice"]
    encoding = _without(document["encoding"], weights=[])
    encoding["n_qubits"] = n_qubits  # asked for or left out: the same circuit
    return {**document, "encoding": encoding}


def _backend_document(backend: BackendSpec, noise: str | None) -> dict[str, Any]:
    """The fields in use; a record of noise by its content, whatever its file is called."""
    document = _without(backend.model_dump(mode="json"), storage="float64")
    used = {"name", "shots", "precision", "storage"}
    if backend.allocation == "adaptive":
        used |= {"allocation", "pilot_shots", "target_error"}
    if backend.estimator == "randomised":
        used |= {"estimator", "bases"}
    kept = {name: value for name, value in document.items() if name in used}
    return kept if noise is None else {**kept, "noise": noise}


def _without(document: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    return {k: v for k, v in document.items() if k not in defaults or v != defaults[k]}


def plan_kernel(
    data: DatasetRef,
    kernel: KernelSpec,
    backend: BackendSpec,
    run: RunSpec,
    *,
    rows: Role = "all",
    columns: Columns | None = None,
    landmarks: tuple[int, ...] = (),
    noise: str | None = None,
    column_diagonal: ArtifactRef | None = None,
) -> KernelPlan:
    """Plan K(rows, columns); columns none: the symmetric matrix of the rows.

    Args:
        landmarks: the rows of the `columns` role that are the columns; empty: all of them.
        noise: digest of the calibration record that a noisy simulator follows.
        column_diagonal: manifest of the matrix that holds the measured k(x, x) of the columns.

    Raises:
        SpecError: `encoding.n_qubits` is not what the features need, or there are too many for
            randomised measurements.
    """
    check_qubits(kernel.encoding, data.features, "features after preprocessing")
    symmetric = not landmarks and (columns is None or columns == rows)
    columns = columns or rows
    width = 1 if columns == "self" else len(landmarks) or data.count(columns)
    shape = (data.count(rows), width)
    n_qubits = count_qubits(kernel, data.features)
    check_randomised(backend, n_qubits)
    parts = count_parts(kernel, backend, data.features)
    cost = estimate(shape, symmetric, kernel, parts, backend)
    if landmarks and rows == columns:
        cost = with_pilot(cost, kernel, shape)
    edge = block_edge(backend, columns)
    blocks = cover(shape, edge, symmetric=symmetric)
    return KernelPlan(
        key=plan_key(data, kernel, n_qubits, backend, rows, columns, run, landmarks, noise),
        data=data,
        kernel=kernel,
        backend=backend,
        rows=rows,
        columns=columns,
        landmarks=landmarks,
        shape=shape,
        symmetric=symmetric,
        n_qubits=n_qubits,
        parts=parts,
        edge=edge,
        shards=make_shards(blocks, cost.seconds / len(blocks)),
        seed=run.seed if backend.shots is not None else None,
        remeasure=run.remeasure,
        noise=noise,
        column_diagonal=column_diagonal,
        estimate=cost,
    )


def block_edge(backend: BackendSpec, columns: Columns) -> int:
    """Rows and columns of a full block; what is measured pair by pair fills one job at most."""
    if backend.shots is None or backend.estimator == "randomised":
        return EDGE
    most = circuits_per_job(backend.name, backend.shots)
    return most if columns == "self" else math.isqrt(most)


def diagonal_plan(plan: KernelPlan, run: RunSpec) -> KernelPlan | None:
    """The plan of the measured k(x, x) of the rows, where the matrix itself does not hold them."""
    if not plan.measured or plan.symmetric or plan.backend.estimator == "randomised":
        return None
    every = {**plan.kernel.model_dump(exclude={"landmark_choice"}), "landmarks": None}
    return plan_kernel(
        plan.data,
        KernelSpec(**every),  # whatever the columns are, the diagonal is the same
        plan.backend,
        run,
        rows=plan.rows,
        columns="self",
        noise=plan.noise,
    )


def replanned(
    plan: KernelPlan, backend: BackendSpec, run: RunSpec, noise: str | None
) -> KernelPlan:
    """The same matrix on another backend: another matrix, under another key."""
    columns = None if plan.symmetric else plan.columns
    return plan_kernel(
        plan.data,
        plan.kernel,
        backend,
        run,
        rows=plan.rows,
        columns=columns,
        landmarks=plan.landmarks,
        noise=noise,
    )
