"""Planning: from a data set and a kernel to blocks, shards, a key and an estimate. Pure."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from qml_core.encoding_names import qubits_needed
from qml_core.kernels.blocks import EDGE, cover, make_shards
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

_COMPLEX_BYTES = {"double": 16, "single": 8}
_SECONDS_PER_AMPLITUDE = 3e-8  # encoding, two cores, IQP with two repetitions
_SECONDS_PER_PRODUCT = 4e-11  # complex multiply-add in a matrix product, two cores


def plan_key(
    data: DatasetRef,
    kernel: KernelSpec,
    n_qubits: int,
    backend: BackendSpec,
    rows: Role,
    columns: Role,
    run: RunSpec,
) -> str:
    """Exactly what changes the numbers: not budget, not task runner, not calibration."""
    document = kernel.model_dump(mode="json")
    document["encoding"]["n_qubits"] = n_qubits  # asked for or left out: the same circuit
    parts: dict[str, Any] = {
        "data": data.digest,
        "rows": rows,
        "columns": columns,
        "kernel": document,
        "backend": backend.model_dump(mode="json"),
    }
    if backend.shots is not None:
        parts["seed"] = run.seed
    if run.remeasure:
        parts["remeasure"] = run.remeasure
    return key("kernel matrix", **parts)


def estimate(
    shape: tuple[int, int], symmetric: bool, n_qubits: int, backend: BackendSpec
) -> Estimate:
    """Cost of an exact matrix: one circuit per row, one complex product per pair of rows."""
    circuits = shape[0] if symmetric else sum(shape)
    pairs = shape[0] * (shape[0] + 1) // 2 if symmetric else shape[0] * shape[1]
    amplitudes = 2.0**n_qubits
    state_bytes = _COMPLEX_BYTES[backend.precision] * int(amplitudes)
    seconds = amplitudes * (circuits * _SECONDS_PER_AMPLITUDE + pairs * _SECONDS_PER_PRODUCT)
    if backend.name != "qml.batched":
        seconds += circuits * 2e-3 * n_qubits**2  # one circuit at a time, gate by gate
    return Estimate(
        circuits=circuits,
        shots=0,
        seconds=seconds,
        qpu_seconds=0.0,
        usd=0.0,
        state_bytes=2 * min(EDGE, max(shape)) * state_bytes,
        stored_bytes=8 * pairs,
    )


def count_qubits(kernel: KernelSpec, n_features: int) -> int:
    """Qubits of the encoding circuit for n features."""
    needed = qubits_needed(kernel.encoding.name, n_features)
    if needed is None:  # an encoding from an entry point: only it knows
        from qml_core.circuits.encodings import open_encoding

        needed = open_encoding(kernel.encoding, n_features).n_qubits
    return needed


def plan_kernel(
    data: DatasetRef,
    kernel: KernelSpec,
    backend: BackendSpec,
    run: RunSpec,
    *,
    rows: Role = "all",
    columns: Role | None = None,
) -> KernelPlan:
    """Plan K(rows, columns); columns none: the symmetric matrix of the rows.

    Raises:
        SpecError: `encoding.n_qubits` is not what the features need.
    """
    check_qubits(kernel.encoding, data.features, "features after preprocessing")
    symmetric = columns is None or columns == rows
    columns = columns or rows
    shape = (data.count(rows), data.count(columns))
    n_qubits = count_qubits(kernel, data.features)
    cost = estimate(shape, symmetric, n_qubits, backend)
    blocks = cover(shape, EDGE, symmetric=symmetric)
    return KernelPlan(
        key=plan_key(data, kernel, n_qubits, backend, rows, columns, run),
        data=data,
        kernel=kernel,
        backend=backend,
        rows=rows,
        columns=columns,
        shape=shape,
        symmetric=symmetric,
        n_qubits=n_qubits,
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
        n_test = math.ceil(rows * split.test_size)
        n_train = rows - n_test
        asked = [((n_train, n_train), True)] * kernels * split.repeats
        asked += [((n_test, n_train), False)] * split.repeats
    else:
        found = specs["kernel"]
        assert isinstance(found, KernelSpec)
        kernel, asked = found, [((rows, rows), True)]
    n_qubits = count_qubits(kernel, features)
    costs = [estimate(shape, symmetric, n_qubits, backend) for shape, symmetric in asked]
    covers = [cover(shape, EDGE, symmetric=symmetric) for shape, symmetric in asked]
    tasks = sum(
        len(make_shards(blocks, cost.seconds / len(blocks)))
        for blocks, cost in zip(covers, costs, strict=True)
    )
    return Forecast(
        backend=backend.name,
        n_qubits=n_qubits,
        matrices=len(asked),
        blocks=sum(map(len, covers)),
        tasks=tasks,
        estimate=_total(costs),
    )


def _total(costs: list[Estimate]) -> Estimate:
    """Costs add up; memory is that of the largest."""
    summed = {
        name: sum(getattr(cost, name) for cost in costs)
        for name in Estimate.model_fields
        if name != "state_bytes"
    }
    return Estimate(**summed, state_bytes=max(cost.state_bytes for cost in costs))
