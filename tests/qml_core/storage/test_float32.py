"""Entries stored as float32: half the bytes, told apart from float64, read as float64."""

import hashlib
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from qml_core.errors import ArtifactConflict, CorruptArtifact, DataError
from qml_core.keys import digest
from qml_core.references import BlockReceipt
from qml_core.specs import BackendSpec
from qml_core.storage.block_format import decode_block, encode_block, logical_digest
from qml_core.storage.blocks import put_block, read_block, receipt_path, receipts
from qml_core.storage.documents import decode_document, encode_document
from qml_core.storage.export import export_matrix
from qml_core.storage.inventory import verify
from qml_core.storage.manifest import manifest_path
from qml_core.storage.matrices import commit_matrix, iterate_blocks, load_manifest, load_matrix

KEY = "a" * 64
finite = st.floats(allow_nan=False, allow_infinity=False, width=32)
matrices = arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=16), elements=finite)


def receipt_for(data: bytes, values: np.ndarray, dtype="float32") -> BlockReceipt:
    return BlockReceipt(
        plan_key=KEY,
        block=(0, 1),
        path="blocks/aa/x.parquet",
        sha256=digest(data),
        size=len(data),
        logical_digest=logical_digest(values),
        shape=values.shape,
        dtype=dtype,
        seconds=0.0,
    )


@pytest.fixture
def single(make_plan, make_matrix):
    """A plan that stores float32, and its matrix."""
    plan = make_plan().model_copy(update={"backend": BackendSpec(storage="float32")})
    return plan, make_matrix(plan).astype(np.float32)


@given(matrices)
@settings(deadline=None, max_examples=50)
def test_a_block_comes_back_bit_by_bit(values) -> None:
    data = encode_block(values, KEY, (0, 1))
    back = decode_block(data, receipt_for(data, values))
    assert back.dtype == np.float32
    assert back.tobytes() == values.tobytes()


def test_a_block_is_parquet_of_float32_with_a_digest_over_its_own_bytes() -> None:
    values = np.random.default_rng(0).random((3, 4)).astype(np.float32)
    file = pq.ParquetFile(pa.BufferReader(encode_block(values, KEY, (0, 1))))
    kind = file.schema_arrow.field("values").type
    assert (kind.value_type, kind.list_size) == (pa.float32(), 4)
    assert "BYTE_STREAM_SPLIT" in file.metadata.row_group(0).column(1).encodings
    metadata = file.schema_arrow.metadata
    written = hashlib.sha256(b"float32 3 4\n" + values.astype("<f4").tobytes()).hexdigest()
    assert metadata[b"qml.dtype"] == b"float32"
    assert metadata[b"qml.logical_digest"] == written.encode()
    assert written != logical_digest(values.astype(np.float64))


def test_random_entries_take_half_the_bytes() -> None:
    values = np.random.default_rng(0).random((256, 256))
    double = len(encode_block(values, KEY, (0, 1)))
    single = len(encode_block(values.astype(np.float32), KEY, (0, 1)))
    assert single == pytest.approx(double / 2, rel=0.1)


@pytest.mark.parametrize("claimed", ["float64", "float32"])
def test_a_block_of_the_other_type_is_refused(claimed) -> None:
    written = np.ones((2, 3), dtype={"float64": np.float32, "float32": np.float64}[claimed])
    data = encode_block(written, KEY, (0, 1))
    with pytest.raises(CorruptArtifact, match="another block"):
        decode_block(data, receipt_for(data, written, claimed))


def test_what_overflows_in_single_precision_is_not_stored() -> None:
    with np.errstate(over="ignore"), pytest.raises(DataError, match="not finite"):
        encode_block(np.array([[1e300]]).astype(np.float32), KEY, (0, 0))


def test_the_receipt_says_the_type_and_the_values_are_read_as_float64(local_store) -> None:
    values = np.random.default_rng(1).random((3, 3)).astype(np.float32)
    receipt = put_block(local_store, KEY, (0, 1), values, 1.0)
    assert receipts(local_store, KEY)[0, 1].dtype == receipt.dtype == "float32"
    back = read_block(local_store, receipt)
    assert back.dtype == np.float64
    np.testing.assert_array_equal(back, values)


def test_a_receipt_from_before_the_type_was_kept_is_one_of_float64(local_store) -> None:
    values = np.random.default_rng(1).random((3, 3))
    receipt = put_block(local_store, KEY, (0, 1), values, 1.0)
    path = receipt_path(KEY, (0, 1))
    document = decode_document(local_store.get(path), path)
    assert document.pop("dtype") == "float64"
    local_store.put(path, encode_document(document))
    (old,) = receipts(local_store, KEY).values()
    assert old == receipt
    np.testing.assert_array_equal(read_block(local_store, old), values)


def test_a_matrix_is_committed_with_its_type_and_read_as_float64(store, single, put_blocks) -> None:
    plan, matrix = single
    ref = commit_matrix(store, plan, put_blocks(store, plan, matrix), {})
    assert load_manifest(store, plan.key).dtype == "float32"
    whole = load_matrix(ref)
    assert whole.dtype == np.float64
    np.testing.assert_array_equal(whole, matrix)
    assert {values.dtype.name for _, _, values in iterate_blocks(ref)} == {"float64"}
    assert verify(store).damaged == []


@pytest.mark.parametrize("asked", ["float64", "float32"])
def test_blocks_of_the_other_type_are_not_committed(
    local_store, make_plan, make_matrix, put_blocks, asked
) -> None:
    plan = make_plan().model_copy(update={"backend": BackendSpec(storage=asked)})
    other = {"float64": np.float32, "float32": np.float64}[asked]
    receipts = put_blocks(local_store, plan, make_matrix(plan).astype(other))
    with pytest.raises(ArtifactConflict, match=r"of another shape, type or plan \[\(0, 0\)"):
        commit_matrix(local_store, plan, receipts, {})


@pytest.mark.parametrize("claimed", ["float64", "float32"])
def test_a_manifest_that_claims_the_other_type_reads_none_of_its_blocks(
    local_store, make_plan, make_matrix, put_blocks, claimed
) -> None:
    kept = {"float64": "float32", "float32": "float64"}[claimed]
    plan = make_plan().model_copy(update={"backend": BackendSpec(storage=kept)})
    blocks = put_blocks(local_store, plan, make_matrix(plan).astype(kept))
    ref = commit_matrix(local_store, plan, blocks, {})
    path = manifest_path(plan.key)
    document = {**json.loads(local_store.get(path)), "dtype": claimed}
    data = encode_document(document)
    local_store.put(path, data)
    with pytest.raises(CorruptArtifact, match="another block"):
        load_matrix(ref.model_copy(update={"sha256": digest(data)}))


def test_a_matrix_is_exported_in_its_own_type(local_store, single, put_blocks, tmp_path) -> None:
    plan, matrix = single
    ref = commit_matrix(local_store, plan, put_blocks(local_store, plan, matrix), {})
    for suffix in ("csv", "npy", "parquet"):
        export_matrix(ref, tmp_path / f"k.{suffix}", suffix)
    array = np.load(tmp_path / "k.npy", allow_pickle=False)
    column = pq.read_table(tmp_path / "k.parquet")["values"]
    assert array.dtype == np.dtype("<f4")
    assert column.type.value_type == pa.float32()
    np.testing.assert_array_equal(array, matrix)
    np.testing.assert_array_equal(np.array(column.to_pylist(), dtype=np.float32), matrix)
    text = np.loadtxt(tmp_path / "k.csv", delimiter=",")
    np.testing.assert_array_equal(text.astype(np.float32), matrix)
