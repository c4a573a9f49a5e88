"""Planning m more rows on a stored N×N matrix: only the new entries become blocks."""

from qml_core.kernels.blocks import Prefixes, cover, inherited, make_shards
from qml_core.kernels.estimates import estimate
from qml_core.kernels.forecasting import Forecast
from qml_core.kernels.parts import Parts
from qml_core.kernels.planning import plan_kernel
from qml_core.keys import key
from qml_core.references import BlockIndex, DatasetRef, KernelPlan
from qml_core.specs import BackendSpec, KernelSpec, RunSpec


def plan_extension(
    data: DatasetRef,
    kernel: KernelSpec,
    backend: BackendSpec,
    run: RunSpec,
    *,
    base_key: str,
    prefixes: Prefixes,
    edge: int,
    noise: str | None = None,
) -> KernelPlan:
    """Plan the symmetric matrix of N + m rows whose first N rows are a stored matrix.

    Exactly mN + m(m−1)/2 pairs of rows are evaluated. The m diagonal entries are computed with
    their blocks: in exact simulation they cost nothing and are 1 up to rounding.

    Args:
        data: all rows, the old ones first.
        base_key: of the stored matrix.
        prefixes: rows of the stored matrix and of those it extends itself, the smallest first.
        edge: rows of its full blocks, here the same.
    """
    whole = plan_kernel(data, kernel, backend, run, noise=noise)
    cost = estimate(whole.shape, True, kernel, whole.parts, backend, known=prefixes[-1])
    blocks = new_blocks(whole.shape, edge, prefixes)
    return whole.model_copy(
        update={
            "key": key("extended kernel matrix", whole=whole.key, base=base_key),
            "edge": edge,
            "extends": base_key,
            "prefixes": prefixes,
            "shards": make_shards(blocks, cost.seconds / len(blocks)),
            "estimate": cost,
        }
    )


def new_blocks(shape: tuple[int, int], edge: int, prefixes: Prefixes) -> tuple[BlockIndex, ...]:
    """Blocks of a symmetric matrix that the matrix it extends does not hold, in tile order."""
    blocks = cover(shape, edge, symmetric=True, prefixes=prefixes)
    return tuple(block for block in blocks if not inherited(block, edge, prefixes))


def forecast_extension(
    rows: int,
    kernel: KernelSpec,
    parts: Parts,
    backend: BackendSpec,
    prefixes: Prefixes,
    edge: int,
) -> Forecast:
    """What an extension to `rows` rows will compute at most, before anything is computed."""
    cost = estimate((rows, rows), True, kernel, parts, backend, known=prefixes[-1])
    blocks = new_blocks((rows, rows), edge, prefixes)
    return Forecast(
        backend=backend.name,
        n_qubits=sum(parts),
        matrices=1,
        blocks=len(blocks),
        tasks=len(make_shards(blocks, cost.seconds / len(blocks))),
        estimate=cost,
    )
