"""Planning: from a data set and a kernel to blocks, shards, a key and an estimate. Pure."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from qml_core.kernels.blocks import EDGE, cover, make_shards
from qml_core.kernels.parts import Parts, amplitudes, count_parts, count_qubits
from qml_core.keys import key
from qml_core.references import DatasetRef, Estimate, KernelPlan, Role
from qml_core.specs import (
    BackendSpec,
    KernelSpec,
    ModelSpec,
    RunSpec,
    Spec,
    SplitSpec,
    check_qubits,
)

COMPLEX_BYTES = {"double": 16, "single": 8}
_ENTRY_BYTES = {"float64": 8, "float32": 4}
_SECONDS_PER_AMPLITUDE = 3e-8  # encoding, two cores, IQP with two repetitions
_SECONDS_PER_PRODUCT = 4e-11  # complex multiply-add in a matrix product, two cores
_SECONDS_PER_DISTANCE = 5e-10  # term of a squared distance of Bloch vectors, two cores


def plan_key(
    data: DatasetRef,
    kernel: KernelSpec,
    n_qubits: int,
    backend: BackendSpec,
    rows: Role,
    columns: Role,
    run: RunSpec,
    landmarks: tuple[int, ...] = (),
) -> str:
    """Exactly what changes the numbers: not budget, not task runner, not calibration."""
    parts: dict[str, Any] = {
        "data": data.digest,
        "rows": rows,
        "columns": columns,
        "kernel": _kernel_document(kernel, n_qubits),
        "backend": _without(backend.model_dump(mode="json"), storage="float64"),
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


def _without(document: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    return {k: v for k, v in document.items() if k not in defaults or v != defaults[k]}


def estimate(
    shape: tuple[int, int],
    symmetric: bool,
    kernel: KernelSpec,
    parts: Parts,
    backend: BackendSpec,
    known: int = 0,
) -> Estimate:
    """Cost of an exact matrix: one circuit per row, one entry per pair of rows.

    An entry is a complex product of states, or a distance of 3 numbers per qubit.

    Args:
        parts: qubits of each state that is simulated for a row.
        known: first rows of a symmetric matrix whose entries among themselves are stored.
    """
    circuits = shape[0] if symmetric else sum(shape)
    pairs = shape[0] * (shape[0] + 1) // 2 if symmetric else shape[0] * shape[1]
    pairs -= known * (known + 1) // 2
    size = amplitudes(parts)
    state_bytes = COMPLEX_BYTES[backend.precision] * int(size)
    entry = {
        "fidelity": size * _SECONDS_PER_PRODUCT,
        "projected": 3 * sum(parts) * _SECONDS_PER_DISTANCE,
    }
    seconds = circuits * size * _SECONDS_PER_AMPLITUDE + pairs * entry[kernel.kind]
    if backend.name != "qml.batched":
        seconds += circuits * 2e-3 * sum(parts) ** 2  # one circuit at a time, gate by gate
    return Estimate(
        circuits=circuits,
        shots=0,
        seconds=seconds,
        qpu_seconds=0.0,
        usd=0.0,
        state_bytes=2 * min(EDGE, max(shape)) * state_bytes,
        stored_bytes=_ENTRY_BYTES[backend.storage] * pairs,
    )


def with_pilot(cost: Estimate, kernel: KernelSpec, shape: tuple[int, int]) -> Estimate:
    """The cost of K(rows, landmarks) with that of choosing them: leverage needs as much again."""
    if kernel.landmark_choice != "leverage" or shape[0] <= shape[1]:
        return cost
    return cost.model_copy(update={"circuits": 2 * cost.circuits, "seconds": 2 * cost.seconds})


def plan_kernel(
    data: DatasetRef,
    kernel: KernelSpec,
    backend: BackendSpec,
    run: RunSpec,
    *,
    rows: Role = "all",
    columns: Role | None = None,
    landmarks: tuple[int, ...] = (),
) -> KernelPlan:
    """Plan K(rows, columns); columns none: the symmetric matrix of the rows.

    Args:
        landmarks: the rows of the `columns` role that are the columns; empty: all of them.

    Raises:
        SpecError: `encoding.n_qubits` is not what the features need.
    """
    check_qubits(kernel.encoding, data.features, "features after preprocessing")
    symmetric = not landmarks and (columns is None or columns == rows)
    columns = columns or rows
    shape = (data.count(rows), len(landmarks) or data.count(columns))
    n_qubits = count_qubits(kernel, data.features)
    parts = count_parts(kernel, backend, data.features)
    cost = estimate(shape, symmetric, kernel, parts, backend)
    if landmarks and rows == columns:
        cost = with_pilot(cost, kernel, shape)
    blocks = cover(shape, EDGE, symmetric=symmetric)
    return KernelPlan(
        key=plan_key(data, kernel, n_qubits, backend, rows, columns, run, landmarks),
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
        edge=EDGE,
        shards=make_shards(blocks, cost.seconds / len(blocks)),
        seed=run.seed if backend.shots is not None else None,
        remeasure=run.remeasure,
        estimate=cost,
    )


@dataclass(frozen=True)
class Forecast:
    """What a job will compute at most, before anything is stored or computed."""

    backend: str
    n_qubits: int
    matrices: int
    blocks: int
    tasks: int
    estimate: Estimate

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "estimate": self.estimate.model_dump()}


def forecast(rows: int, features: int, split: SplitSpec, specs: Mapping[str, Spec]) -> Forecast:
    """All matrices of `kernel` or, where specs hold a model, of `train`; nothing in the store."""
    model, backend = specs.get("model"), specs["backend"]
    assert isinstance(backend, BackendSpec)
    if isinstance(model, ModelSpec):
        kernel, kernels = model.kernel, len(model.candidate_kernels())
        n_train = training_rows(rows, split)
        columns = min(kernel.landmarks or n_train, n_train)
        asked = [((n_train, columns), kernel.landmarks is None)] * kernels * split.repeats
        crosses = [((rows - n_train, columns), False)] * split.repeats
    else:
        found = specs["kernel"]
        assert isinstance(found, KernelSpec)
        kernel, crosses = found, []
        asked = [((rows, min(kernel.landmarks or rows, rows)), kernel.landmarks is None)]
    parts = count_parts(kernel, backend, features)
    costs = [with_pilot(estimate(*each, kernel, parts, backend), kernel, each[0]) for each in asked]
    costs += [estimate(*each, kernel, parts, backend) for each in crosses]
    asked += crosses
    covers = [cover(shape, EDGE, symmetric=symmetric) for shape, symmetric in asked]
    tasks = sum(
        len(make_shards(blocks, cost.seconds / len(blocks)))
        for blocks, cost in zip(covers, costs, strict=True)
    )
    return Forecast(
        backend=backend.name,
        n_qubits=sum(parts),
        matrices=len(asked),
        blocks=sum(map(len, covers)),
        tasks=tasks,
        estimate=_total(costs),
    )


def training_rows(rows: int, split: SplitSpec) -> int:
    """Rows of a data set that a split trains on."""
    return rows - math.ceil(rows * split.test_size)


def _total(costs: list[Estimate]) -> Estimate:
    """Costs add up; memory is that of the largest."""
    summed = {
        name: sum(getattr(cost, name) for cost in costs)
        for name in Estimate.model_fields
        if name != "state_bytes"
    }
    return Estimate(**summed, state_bytes=max(cost.state_bytes for cost in costs))
