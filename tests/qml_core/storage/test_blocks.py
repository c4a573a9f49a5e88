"""Blocks: bit-exact, self-describing, and never a wrong number after damage."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from qml_core.errors import CorruptArtifact, DataError
from qml_core.keys import digest
from qml_core.references import BlockReceipt
from qml_core.storage.block_format import Measurement, decode_measurement, logical_digest
from qml_core.storage.blocks import (
    decode_block,
    encode_block,
    find_block,
    put_block,
    read_block,
    receipt_path,
    receipts,
)
from qml_core.storage.parquet import encode_table

KEY, OTHER = "a" * 64, "b" * 64
finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
matrices = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=24), elements=finite)


def receipt_for(data: bytes, values: np.ndarray, key: str = KEY, block=(0, 1)) -> BlockReceipt:
    return BlockReceipt(
        plan_key=key,
        block=block,
        path="blocks/aa/x.parquet",
        sha256=digest(data),
        size=len(data),
        logical_digest=logical_digest(values),
        shape=values.shape,
        seconds=0.0,
    )


@given(matrices)
@settings(deadline=None, max_examples=60)
def test_a_block_comes_back_bit_by_bit(values: np.ndarray) -> None:
    data = encode_block(values, KEY, (0, 1))
    back = decode_block(data, receipt_for(data, values))
    assert back.dtype == np.float64
    assert back.tobytes() == values.tobytes(), "also -0.0 and subnormal numbers"


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (512, 512), (3, 5)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_any_shape_and_memory_order_round_trips(shape: tuple[int, int], order: str) -> None:
    values = np.asarray(np.random.default_rng(1).random(shape), order=order)
    data = encode_block(values, KEY, (0, 1))
    np.testing.assert_array_equal(decode_block(data, receipt_for(data, values)), values)
    assert encode_block(values.copy(), KEY, (0, 1)) == data, "the same values, the same bytes"


def test_what_was_measured_travels_beside_the_values() -> None:
    rng = np.random.default_rng(2)
    counts, corrected = rng.integers(0, 1024, (6, 7)), rng.random((6, 7)) - 0.1
    measured = Measurement(counts, counts + 1024, corrected, corrected**2)
    data = encode_block(counts / 1024, KEY, (0, 1), measured)
    receipt = receipt_for(data, counts / 1024)
    for name, values in measured.columns.items():
        np.testing.assert_array_equal(getattr(decode_measurement(data, receipt), name), values)
    np.testing.assert_array_equal(decode_block(data, receipt), counts / 1024)


def test_a_block_is_parquet_as_laid_out() -> None:
    data = encode_block(np.full((4, 3), 0.5), KEY, (2, 5))
    file = pq.ParquetFile(pa.BufferReader(data))
    assert file.schema_arrow.names == ["row", "values"]
    assert file.schema_arrow.field("values").type.list_size == 3
    column = file.metadata.row_group(0).column(1)
    assert column.compression == "ZSTD"
    assert "BYTE_STREAM_SPLIT" in column.encodings
    assert not column.has_dictionary_page
    assert not column.is_stats_set
    metadata = file.schema_arrow.metadata
    assert (metadata[b"qml.plan_key"], metadata[b"qml.block"]) == (KEY.encode(), b"2,5")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_not_stored(bad: float) -> None:
    with pytest.raises(DataError, match="1 values that are not finite"):
        encode_block(np.array([[0.5, bad]]), KEY, (0, 0))


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (3,), (1, 2, 3)])
def test_what_is_no_matrix_is_not_stored(shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError):
        encode_block(np.zeros(shape), KEY, (0, 0))


def flipped(data: bytes, bit: int) -> bytes:
    damaged = bytearray(data)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def test_a_flipped_bit_is_found_by_the_digest_of_the_file() -> None:
    values = np.random.default_rng(3).random((16, 16))
    data = encode_block(values, KEY, (0, 1))
    receipt = receipt_for(data, values)
    for bit in np.random.default_rng(4).integers(0, 8 * len(data), 300):
        with pytest.raises(CorruptArtifact):
            decode_block(flipped(data, int(bit)), receipt)


def test_a_flipped_bit_is_found_without_the_digest_of_the_file() -> None:
    """The receipt is made for the damaged bytes: page checksums and the logical digest remain."""
    values = np.random.default_rng(5).random((16, 16))
    data = encode_block(values, KEY, (0, 1))
    changed = 0
    for bit in np.random.default_rng(6).integers(0, 8 * len(data), 300):
        damaged = flipped(data, int(bit))
        receipt = receipt_for(damaged, values)
        try:
            np.testing.assert_array_equal(decode_block(damaged, receipt), values)
        except CorruptArtifact:
            changed += 1
    assert changed > 200, "only unused bytes of the footer may go unnoticed"


def test_every_truncation_is_found() -> None:
    values = np.random.default_rng(7).random((8, 8))
    data = encode_block(values, KEY, (0, 1))
    for length in range(0, len(data), 17):
        cut = data[:length]
        for receipt in (receipt_for(data, values), receipt_for(cut or b"x", values)):
            with pytest.raises(CorruptArtifact):
                decode_block(cut, receipt)


@pytest.mark.parametrize(
    "changed", [{"block": (1, 0)}, {"key": OTHER}], ids=["another block", "another plan"]
)
def test_a_sound_file_of_another_block_is_refused(changed: dict) -> None:
    values = np.random.default_rng(8).random((8, 8))
    data = encode_block(values, KEY, (0, 1))
    with pytest.raises(CorruptArtifact, match="another block"):
        decode_block(data, receipt_for(data, values, **changed))


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    values = np.zeros((2, 2))
    bomb = pa.table({"row": pa.array(np.zeros(4_000_000, np.int32))})
    sound = pq.ParquetFile(pa.BufferReader(encode_block(values, KEY, (0, 1))))
    sink = pa.BufferOutputStream()
    pq.write_table(bomb.replace_schema_metadata(sound.schema_arrow.metadata), sink)
    data = sink.getvalue().to_pybytes()
    with pytest.raises(CorruptArtifact, match="4000000 rows instead of 2"):
        decode_block(data, receipt_for(data, values))


def test_a_sound_file_with_other_values_than_it_claims_is_refused() -> None:
    claimed, inside = np.zeros((2, 2)), np.ones((2, 2))
    sound = pq.ParquetFile(pa.BufferReader(encode_block(claimed, KEY, (0, 1))))
    metadata = {k.decode(): v.decode() for k, v in sound.schema_arrow.metadata.items()}
    columns = {"row": np.arange(2, dtype=np.int32), "values": inside}
    data = encode_table(columns, metadata)
    with pytest.raises(CorruptArtifact, match="differ from their digest"):
        decode_block(data, receipt_for(data, claimed))


def test_other_columns_are_refused() -> None:
    values = np.zeros((2, 2))
    sound = pq.ParquetFile(pa.BufferReader(encode_block(values, KEY, (0, 1))))
    table = sound.read().append_column("more", pa.array(["x", "y"]))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    data = sink.getvalue().to_pybytes()
    with pytest.raises(CorruptArtifact, match="columns"):
        decode_block(data, receipt_for(data, values))


def test_a_stored_block_is_found_and_read(store) -> None:
    values = np.random.default_rng(9).random((5, 4))
    assert find_block(store, KEY, (0, 1)) is None
    receipt = put_block(store, KEY, (0, 1), values, 1.5)
    assert find_block(store, KEY, (0, 1)) == receipt
    assert receipts(store, KEY) == {(0, 1): receipt}
    assert receipt.seconds == 1.5
    np.testing.assert_array_equal(read_block(store, receipt), values)


def test_a_second_writer_adopts_the_first_also_with_other_values(store) -> None:
    first, second = np.full((3, 3), 0.25), np.full((3, 3), 0.5)
    receipt = put_block(store, KEY, (0, 0), first, 1.0)
    assert put_block(store, KEY, (0, 0), first, 2.0) == receipt
    assert put_block(store, KEY, (0, 0), second, 2.0) == receipt
    np.testing.assert_array_equal(read_block(store, receipt), first)


def damage_truncate(store, receipt: BlockReceipt) -> None:
    store.put(receipt.path, store.get(receipt.path)[:-7])


def damage_delete(store, receipt: BlockReceipt) -> None:
    store.delete(receipt.path)


def damage_swap(store, receipt: BlockReceipt) -> None:
    other = put_block(store, KEY, (1, 1), np.full(receipt.shape, 0.125), 1.0)
    store.put(receipt.path, store.get(other.path))


def damage_receipt(store, receipt: BlockReceipt) -> None:
    store.put(receipt_path(KEY, receipt.block), b'{"plan_key": "')


def damage_swap_receipts(store, receipt: BlockReceipt) -> None:
    put_block(store, KEY, (1, 1), np.full(receipt.shape, 0.125), 1.0)
    store.put(receipt_path(KEY, receipt.block), store.get(receipt_path(KEY, (1, 1))))


@pytest.mark.parametrize(
    "damage",
    [damage_truncate, damage_delete, damage_swap, damage_receipt, damage_swap_receipts],
)
def test_a_damaged_block_is_set_aside_and_replaced(store, damage) -> None:
    values = np.random.default_rng(10).random((5, 5))
    receipt = put_block(store, KEY, (0, 1), values, 1.0)
    damage(store, receipt)
    assert find_block(store, KEY, (0, 1)) is None
    assert not store.exists(receipt_path(KEY, (0, 1)))
    replaced = put_block(store, KEY, (0, 1), values, 2.0)
    assert replaced.seconds == 2.0
    np.testing.assert_array_equal(read_block(store, replaced), values)


def test_a_writer_replaces_a_damaged_block_it_meets(local_store, flip_bit) -> None:
    old, new = np.full((3, 3), 0.25), np.full((3, 3), 0.5)
    receipt = put_block(local_store, KEY, (0, 0), old, 1.0)
    flip_bit(local_store, receipt.path, 999)
    assert put_block(local_store, KEY, (0, 0), new, 2.0).seconds == 2.0
    aside = [entry.path for entry in local_store.list("quarantine")]
    assert any(path.endswith(receipt.path) for path in aside)


def test_bits_flipped_at_rest_never_become_numbers(local_store, flip_bit) -> None:
    values = np.random.default_rng(11).random((16, 16))
    for bit in np.random.default_rng(12).integers(0, 8 * 2000, 40):
        receipt = put_block(local_store, KEY, (0, 1), values, 1.0)
        flip_bit(local_store, receipt.path, int(bit))
        assert find_block(local_store, KEY, (0, 1)) is None
