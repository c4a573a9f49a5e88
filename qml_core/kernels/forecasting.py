"""What a job will compute at most, before anything is stored or computed."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from qml_core.kernels.blocks import Prefixes, cover, inherited, make_shards
from qml_core.kernels.estimates import estimate, total, with_pilot
from qml_core.kernels.parts import count_parts
from qml_core.kernels.planning import block_edge
from qml_core.references import BlockIndex, Estimate
from qml_core.specs import (
    BackendSpec,
    KernelSpec,
    ModelSpec,
    Spec,
    SplitSpec,
    check_randomised,
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


@dataclass(frozen=True)
class Asked:
    """One matrix of a job."""

    shape: tuple[int, int]
    symmetric: bool
    edge: int
    prefixes: Prefixes = ()
    """Rows of the matrices that it extends: their blocks are not its own."""

    @property
    def blocks(self) -> tuple[BlockIndex, ...]:
        grid = cover(self.shape, self.edge, symmetric=self.symmetric, prefixes=self.prefixes)
        return tuple(block for block in grid if not inherited(block, self.edge, self.prefixes))


def asked_matrices(
    rows: int, split: SplitSpec, specs: Mapping[str, Spec]
) -> tuple[list[Asked], list[Asked]]:
    """Matrices of training rows (or of all), then what joins them: K(test, train), diagonals."""
    model, backend = specs.get("model"), specs["backend"]
    assert isinstance(backend, BackendSpec)
    edge = block_edge(backend, "all")
    if isinstance(model, ModelSpec):
        kernel, n_train = model.kernel, training_rows(rows, split)
        width = min(kernel.landmarks or n_train, n_train)
        count = len(model.candidate_kernels()) * split.repeats
        first = [Asked((n_train, width), kernel.landmarks is None, edge)] * count
        later = [Asked((rows - n_train, width), False, edge)] * split.repeats
    else:
        kernel, later = kernel_of(specs), []
        width = min(kernel.landmarks or rows, rows)
        first = [Asked((rows, width), kernel.landmarks is None, edge)]
    if backend.measured and backend.estimator == "compute_uncompute":
        alone = block_edge(backend, "self")
        later = [
            *later,
            *(Asked((m.shape[0], 1), False, alone) for m in [*first, *later] if not m.symmetric),
        ]
    return first, later


def kernel_of(specs: Mapping[str, Spec]) -> KernelSpec:
    """The kernel of a job, its model's or its own."""
    model = specs.get("model")
    kernel = model.kernel if isinstance(model, ModelSpec) else specs["kernel"]
    assert isinstance(kernel, KernelSpec)
    return kernel


def forecast(rows: int, features: int, split: SplitSpec, specs: Mapping[str, Spec]) -> Forecast:
    """All matrices of `kernel` or, where specs hold a model, of `train`; nothing in the store."""
    kernel, backend = kernel_of(specs), specs["backend"]
    assert isinstance(backend, BackendSpec)
    first, later = asked_matrices(rows, split, specs)
    parts = count_parts(kernel, backend, features)
    check_randomised(backend, sum(parts))
    costs = [estimate(m.shape, m.symmetric, kernel, parts, backend) for m in [*first, *later]]
    costs[: len(first)] = [
        with_pilot(cost, kernel, m.shape) for cost, m in zip(costs, first, strict=False)
    ]
    covers = [m.blocks for m in [*first, *later]]
    tasks = sum(
        len(make_shards(blocks, cost.seconds / len(blocks)))
        for blocks, cost in zip(covers, costs, strict=True)
    )
    return Forecast(
        backend=backend.name,
        n_qubits=sum(parts),
        matrices=len(covers),
        blocks=sum(map(len, covers)),
        tasks=tasks,
        estimate=total(costs),
    )


def training_rows(rows: int, split: SplitSpec) -> int:
    """Rows of a data set that a split trains on."""
    return rows - math.ceil(rows * split.test_size)
