"""Plans of extensions: only new blocks, a key of their own, the cost of what is new."""

import pytest

from qml_core.kernels.blocks import block_slices
from qml_core.kernels.extension import forecast_extension, plan_extension
from qml_core.kernels.planning import plan_kernel
from qml_core.references import ArtifactRef, DatasetRef
from qml_core.specs import BackendSpec, KernelSpec, RunSpec

REF = {"store": "file:///s", "path": "x/aa.json", "sha256": "0" * 64}
BASE = "b" * 64


def data(rows):
    return DatasetRef(
        **REF,
        name="d",
        digest="a" * 64,
        task="classification",
        rows=rows,
        features=4,
        raw_columns=("a", "b"),
        target="y",
        classes=("0", "1"),
        n_train=rows - 1,
        n_test=1,
        split_seed=0,
        preprocessing=ArtifactRef(**REF),
    )


def plan(rows, *prefixes, base=BASE, **run):
    return plan_extension(
        data(rows),
        KernelSpec(),
        BackendSpec(),
        RunSpec(**run),
        base_key=base,
        prefixes=prefixes,
        edge=512,
    )


@pytest.mark.parametrize("prefixes", [(1024,), (1000,), (3,), (600, 1000), (512, 513)])
@pytest.mark.parametrize("new", [1, 512, 700])
def test_blocks_hold_the_new_pairs_and_no_old_one(prefixes, new):
    n = prefixes[-1]
    planned = plan(n + new, *prefixes)
    pairs = 0
    for i, j in planned.blocks:
        rows, columns = block_slices((i, j), planned.shape, 512, prefixes)
        assert columns.start >= n, "no block reaches into the stored matrix"
        high, wide = rows.stop - rows.start, columns.stop - columns.start
        pairs += high * (high - 1) // 2 if i == j else high * wide
    assert pairs == new * n + new * (new - 1) // 2


def test_the_key_depends_on_the_base_and_on_all_that_a_whole_matrix_depends_on():
    whole = plan_kernel(data(1300), KernelSpec(), BackendSpec(), RunSpec()).key
    keys = [
        whole,
        plan(1300, 1000).key,
        plan(1300, 1000, base="c" * 64).key,
        plan(1300, 1000, remeasure=1).key,
    ]
    assert len(set(keys)) == 4
    assert plan(1300, 1000, extend=BASE).key == plan(1300, 1000, extend=BASE[:6]).key


def test_the_cost_is_that_of_every_state_and_of_the_new_pairs():
    planned = plan(1300, 1000)
    whole = plan_kernel(data(1300), KernelSpec(), BackendSpec(), RunSpec()).estimate
    assert planned.estimate.circuits == 1300
    assert planned.estimate.stored_bytes == 8 * (300 * 1000 + 300 * 301 // 2)
    assert planned.estimate.seconds < whole.seconds


def test_the_forecast_is_the_plan():
    planned = plan(2500, 600, 1000)
    told = forecast_extension(2500, KernelSpec(), (4,), BackendSpec(), (600, 1000), 512)
    assert (told.blocks, told.tasks) == (len(planned.blocks), len(planned.shards))
    assert told.estimate == planned.estimate
    assert (told.n_qubits, told.matrices) == (4, 1)
