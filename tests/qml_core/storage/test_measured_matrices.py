"""Matrices of measured entries: values, counts, shots and errors come back in their places."""

import numpy as np
import pytest

from qml_core.errors import CorruptArtifact, DataError, SpecError
from qml_core.kernels.blocks import block_slices, cover
from qml_core.storage.block_format import Measurement, decode_measurement
from qml_core.storage.blocks import find_block, put_block, read_measurement
from qml_core.storage.matrices import commit_matrix, load_manifest, load_matrix, load_measurement
from qml_core.storage.store import open_store

NAMES = ("counts", "shots", "corrected", "errors")


def measurement(shape, seed=0):
    rng = np.random.default_rng(seed)
    shots = rng.integers(1, 1000, shape)
    counts = rng.integers(0, shots + 1)
    return counts / shots, Measurement(counts, shots, rng.random(shape) - 0.1, rng.random(shape))


def whole(shape, symmetric):
    """Values and what stands beside them, as they are loaded: no shots below the diagonal."""
    values, beside = measurement(shape)
    if symmetric:
        upper = np.triu(np.ones(shape, dtype=bool))
        mirrored = {n: np.where(upper, a, a.T) for n, a in beside.columns.items()}
        mirrored["shots"] = np.where(upper, beside.shots, 0)
        return np.where(upper, values, values.T), Measurement(**mirrored)
    return values, beside


def put_all(store, plan, values, beside, key=None, blocks=None):
    found = []
    for block in blocks or plan.blocks:
        place = block_slices(block, plan.shape, plan.edge, plan.prefixes)
        part = Measurement(**{n: a[place] for n, a in beside.columns.items()})
        found.append(put_block(store, key or plan.key, block, values[place], 0.5, measurement=part))
    return found


def assert_same(found, values, beside):
    np.testing.assert_array_equal(found[0], values)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(found[1], name), getattr(beside, name), name)
        assert getattr(found[1], name).dtype == (np.int64 if name in NAMES[:2] else np.float64)


@pytest.mark.parametrize(
    ("shape", "symmetric"),
    [((10, 10), True), ((4, 4), True), ((1, 1), True), ((7, 3), False), ((5, 5), False),
     ((9, 1), False)],
)  # fmt: skip
def test_a_measured_matrix_comes_back_whole(local_store, make_plan, shape, symmetric):
    plan = make_plan(shape, 4, symmetric)
    values, beside = whole(shape, symmetric)
    ref = commit_matrix(local_store, plan, put_all(local_store, plan, values, beside), {})
    assert_same(load_measurement(ref), values, beside)
    np.testing.assert_array_equal(load_matrix(ref), values)


def test_from_a_real_bucket_too(store, make_plan):
    plan = make_plan((6, 6), 4, True)
    values, beside = whole((6, 6), True)
    ref = commit_matrix(store, plan, put_all(store, plan, values, beside), {})
    assert_same(load_measurement(ref, store=store), values, beside)


def test_no_shot_is_counted_twice(local_store, make_plan):
    plan = make_plan((10, 10), 4, True)
    values, beside = whole((10, 10), True)
    receipts = put_all(local_store, plan, values, beside)
    ref = commit_matrix(local_store, plan, receipts, {})
    spent = int(load_measurement(ref)[1].shots.sum())
    assert spent == sum(receipt.shots for receipt in receipts)
    assert spent == int(np.triu(beside.shots).sum())


def test_blocks_of_extended_matrices_keep_their_places(local_store, make_plan):
    """6 rows with blocks of 4, then 11: cut at 4, 6 and 10."""
    base = make_plan((6, 6), 4, True, "base")
    values, beside = whole((11, 11), True)
    old = put_all(local_store, base, values[:6, :6], Measurement(
        **{n: a[:6, :6] for n, a in beside.columns.items()}
    ))  # fmt: skip
    commit_matrix(local_store, base, old, {})
    blocks = cover((11, 11), 4, symmetric=True, prefixes=(6,))
    new = tuple(block for block in blocks if block[1] > 1)
    plan = make_plan((11, 11), 4, True, "more").model_copy(
        update={"prefixes": (6,), "extends": base.key, "shards": (new,)}
    )
    receipts = [*old, *put_all(local_store, plan, values, beside)]
    ref = commit_matrix(local_store, plan, receipts, {})
    assert_same(load_measurement(ref), values, beside)


def test_an_exact_matrix_has_no_measurement(local_store, make_plan, make_matrix, put_blocks):
    plan = make_plan()
    receipts = put_blocks(local_store, plan, make_matrix(plan))
    assert {receipt.shots for receipt in receipts} == {None}
    ref = commit_matrix(local_store, plan, receipts, {})
    with pytest.raises(SpecError, match="computed exactly, it has no shots"):
        load_measurement(ref)
    assert read_measurement(local_store, receipts[0]) is None


def test_a_block_says_its_calibration_its_jobs_and_its_shots(local_store, make_plan):
    values, beside = measurement((3, 2))
    put = put_block(
        local_store, "a" * 64, (0, 1), values, 1.5,
        measurement=beside, calibration="c" * 64, job="j1 j2",
    )  # fmt: skip
    found = find_block(local_store, "a" * 64, (0, 1))
    assert found == put
    assert (found.calibration, found.job, found.seconds) == ("c" * 64, "j1 j2", 1.5)
    assert found.shots == beside.shots.sum()
    assert decode_measurement(local_store.get(found.path), found).shots.sum() == found.shots


def test_the_first_measurement_of_a_block_stands(local_store):
    (first, beside), (second, other) = measurement((2, 2)), measurement((2, 2), seed=1)
    receipt = put_block(local_store, "a" * 64, (0, 0), first, 0.0, measurement=beside)
    again = put_block(local_store, "a" * 64, (0, 0), second, 0.0, measurement=other)
    assert again == receipt
    np.testing.assert_array_equal(read_measurement(local_store, again).counts, beside.counts)


def test_float32_values_keep_counts_and_errors_whole(local_store, make_plan):
    values, beside = measurement((2, 2))
    small = values.astype(np.float32)
    receipt = put_block(local_store, "a" * 64, (0, 0), small, 0.0, measurement=beside)
    assert receipt.dtype == "float32"
    found = read_measurement(local_store, receipt)
    np.testing.assert_array_equal(found.corrected, beside.corrected)
    assert found.errors.dtype == np.float64


@pytest.mark.parametrize("name", NAMES)
def test_a_measurement_of_another_shape_is_not_stored(local_store, name):
    values, beside = measurement((2, 3))
    wrong = Measurement(**{**beside.columns, name: getattr(beside, name)[:, :2]})
    with pytest.raises(DataError, match=name):
        put_block(local_store, "a" * 64, (0, 0), values, 0.0, measurement=wrong)
    assert list(local_store.list("blocks")) == []


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_errors_that_are_not_finite_are_not_stored(local_store, bad):
    values, beside = measurement((2, 2))
    wrong = Measurement(**{**beside.columns, "errors": np.full((2, 2), bad)})
    with pytest.raises(DataError, match="errors"):
        put_block(local_store, "a" * 64, (0, 0), values, 0.0, measurement=wrong)


def test_a_damaged_measurement_is_not_believed(local_store, make_plan, flip_bit):
    plan = make_plan((5, 5), 4, True)
    values, beside = whole((5, 5), True)
    receipts = put_all(local_store, plan, values, beside)
    ref = commit_matrix(local_store, plan, receipts, {})
    flip_bit(local_store, receipts[1].path, 8 * receipts[1].size // 2)
    with pytest.raises(CorruptArtifact):
        load_measurement(ref)
    manifest = load_manifest(open_store(ref.store), plan.key)
    assert len(manifest.blocks) == 3
