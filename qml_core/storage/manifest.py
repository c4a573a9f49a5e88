"""The manifest of a kernel matrix: its existence is the commit; identical runs share it."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field, ValidationError

from qml_core.errors import ArtifactConflict, CorruptArtifact
from qml_core.kernels.blocks import block_slices, cover, inherited
from qml_core.references import BlockIndex, BlockReceipt, EntryType, KernelPlan
from qml_core.specs import Spec
from qml_core.storage.content import content_path
from qml_core.storage.documents import SCHEMA_VERSION, decode_document, encode_document


class ManifestBlock(Spec):
    """One block of a committed matrix, with what it must hash to."""

    block: BlockIndex
    path: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=1)
    logical_digest: str
    shape: tuple[int, int]
    plan_key: str | None = Field(
        None, description="Key of the matrix it was computed for; none: of this one"
    )


class Manifest(Spec):
    """A committed matrix: its shape, its blocks, and what was computed; nothing of one run."""

    schema_version: Literal[1] = SCHEMA_VERSION
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    shape: tuple[int, int]
    symmetric: bool
    edge: int = Field(ge=1)
    prefixes: tuple[int, ...] = Field(
        (), description="Rows of the matrices that this one extends, the smallest first"
    )
    dtype: EntryType = "float64"
    blocks: tuple[ManifestBlock, ...]
    specs: dict[str, Any] = Field(description="Kernel, backend, data digest, rows and columns")
    document: dict[str, Any] = Field(description="The rows' roles and what else readers need")

    def receipt(self, entry: ManifestBlock) -> BlockReceipt:
        """What a block must satisfy when it is read."""
        own = {"plan_key": self.key, "seconds": 0.0, "dtype": self.dtype}
        return BlockReceipt(**{**own, **entry.model_dump(exclude_none=True)})


def manifest_path(key: str) -> str:
    return f"matrices/{key}/manifest.json"


def make_manifest(
    plan: KernelPlan, receipts: Iterable[BlockReceipt], document: Mapping[str, Any]
) -> Manifest:
    """The manifest of a plan whose blocks are all stored.

    Raises:
        ArtifactConflict: the blocks do not cover the matrix exactly once.
    """
    entries = sorted(receipts, key=lambda r: r.block)
    _check_cover(plan, entries)
    blocks = [_entry(plan, receipt) for receipt in entries]
    return Manifest(
        key=plan.key,
        shape=plan.shape,
        symmetric=plan.symmetric,
        edge=plan.edge,
        dtype=plan.backend.storage,
        prefixes=plan.prefixes,
        blocks=tuple(blocks),
        specs=_specs(plan),
        document=dict(document),
    )


def encode_manifest(manifest: Manifest) -> bytes:
    """The same bytes for the same matrix."""
    return encode_document(manifest.model_dump(mode="json"))


def decode_manifest(data: bytes, path: str) -> Manifest:
    """Raises CorruptArtifact on anything that is not a complete manifest."""
    try:
        manifest = Manifest.model_validate(decode_document(data, path))
    except ValidationError as error:
        first = error.errors()[0]
        raise CorruptArtifact(f"{path} is no manifest: {first['loc']} {first['msg']}") from error
    if not (_grows(manifest) and _covers(manifest)):
        raise CorruptArtifact(f"{path} names blocks that do not make a matrix {manifest.shape}")
    if any(b.path != content_path("blocks", b.sha256, ".parquet") for b in manifest.blocks):
        raise CorruptArtifact(f"{path} names blocks that do not lie under their digests")
    return manifest


def _grows(manifest: Manifest) -> bool:
    """Whether each prefix is a part of the next, the last one of a symmetric matrix."""
    rows = (0, *manifest.prefixes, manifest.shape[0])
    rising = all(before < after for before, after in pairwise(rows))
    return rising and (manifest.symmetric or not manifest.prefixes)


def _covers(manifest: Manifest) -> bool:
    """Every block of the grid once, in order, of its shape, and of this matrix or inherited."""
    grid, prefixes = (manifest.shape, manifest.edge), manifest.prefixes
    expected = sorted(cover(*grid, symmetric=manifest.symmetric, prefixes=prefixes))
    return [b.block for b in manifest.blocks] == expected and all(
        b.shape == block_shape(b.block, *grid, prefixes)
        and (b.plan_key is not None) == inherited(b.block, manifest.edge, prefixes)
        for b in manifest.blocks
    )


def place_of(block: BlockIndex, manifest: Manifest) -> tuple[slice, slice]:
    """Rows and columns of a block of a committed matrix."""
    return block_slices(block, manifest.shape, manifest.edge, manifest.prefixes)


def block_shape(
    block: BlockIndex, shape: tuple[int, int], edge: int, prefixes: tuple[int, ...] = ()
) -> tuple[int, int]:
    """Rows and columns of a block; the last ones may be smaller."""
    rows, columns = block_slices(block, shape, edge, prefixes)
    return rows.stop - rows.start, columns.stop - columns.start


def _entry(plan: KernelPlan, receipt: BlockReceipt) -> ManifestBlock:
    fields = receipt.model_dump(include=set(ManifestBlock.model_fields))
    if receipt.plan_key == plan.key:
        del fields["plan_key"]
    return ManifestBlock(**fields)


def _specs(plan: KernelPlan) -> dict[str, Any]:
    kept = {"kernel", "backend", "rows", "columns", "n_qubits", "seed", "remeasure", "extends"}
    return {**plan.model_dump(mode="json", include=kept), "data": plan.data.digest}


def _check_cover(plan: KernelPlan, entries: list[BlockReceipt]) -> None:
    """Every block of the grid once, of its shape, and of this plan or of what it extends."""
    found = [entry.block for entry in entries]
    expected = cover(plan.shape, plan.edge, symmetric=plan.symmetric, prefixes=plan.prefixes)
    missing, foreign = set(expected) - set(found), set(found) - set(expected)
    wrong = [e.block for e in entries if e.block not in foreign and not _fits(plan, e)]
    if missing or foreign or wrong or len(found) != len(expected):
        raise ArtifactConflict(
            f"matrix {plan.key[:12]} {plan.shape} needs each of {len(expected)} blocks once, found "
            f"{len(found)}: missing {sorted(missing)[:4]}, not of it {sorted(foreign)[:4]}, "
            f"of another shape, type or plan {wrong[:4]}",
            "run the command again: only what is missing is computed",
        )


def _fits(plan: KernelPlan, receipt: BlockReceipt) -> bool:
    shape = block_shape(receipt.block, plan.shape, plan.edge, plan.prefixes)
    own = not inherited(receipt.block, plan.edge, plan.prefixes)
    found = (receipt.shape, receipt.dtype, receipt.plan_key == plan.key)
    return found == (shape, plan.backend.storage, own)
