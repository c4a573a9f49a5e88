"""Bases: stored matrices that others extend, found by key and checked before their rows are."""

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from qml_core.errors import ArtifactNotFound, CorruptArtifact, SpecError
from qml_core.evaluation.preprocessing import FittedPreprocessing
from qml_core.references import ArtifactRef, BlockReceipt, DatasetRef, KernelPlan
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec
from qml_core.storage.blocks import read_block
from qml_core.storage.content import get_verified
from qml_core.storage.datasets import get_arrays
from qml_core.storage.manifest import Manifest, manifest_path
from qml_core.storage.matrices import load_manifest, open_matrix
from qml_core.storage.parquet import Columns
from qml_core.storage.store import ArtifactStore

_MANIFEST = re.compile(r"matrices/([0-9a-f]{64})/manifest\.json")
_READERS = 4


@dataclass(frozen=True)
class Base:
    """A stored symmetric matrix of all rows of a data set, and what it was computed with."""

    manifest: Manifest
    data: DatasetRef
    kernel: KernelSpec
    backend: BackendSpec
    n_qubits: int

    @property
    def key(self) -> str:
        return self.manifest.key

    @property
    def prefixes(self) -> tuple[int, ...]:
        """Rows of this matrix and of those it extends itself, the smallest first."""
        return (*self.manifest.prefixes, self.manifest.shape[0])


def find_base(store: ArtifactStore, asked: str) -> Base:
    """The matrix that `run.extend` names, by its key or the key's first digits.

    Raises:
        SpecError: none or several have such a key, or it is not the symmetric matrix of all rows.
        CorruptArtifact: its manifest is damaged.
    """
    manifest = _uncorrected(store, load_manifest(store, _full_key(store, asked)))
    sides = manifest.specs.get("rows"), manifest.specs.get("columns")
    if not manifest.symmetric or sides != ("all", "all"):
        raise SpecError(
            f"run.extend={asked} is K({sides[0]}, {sides[1]}) of shape {manifest.shape}; only a "
            "symmetric matrix of all rows is extended",
            "name one that `qml kernel` computed",
        )
    place = {"store": store.url}
    data = manifest.document["data"]
    try:
        return Base(
            manifest=manifest,
            data=DatasetRef(
                **{**data, **place, "preprocessing": {**data["preprocessing"], **place}}
            ),
            kernel=KernelSpec(**manifest.specs["kernel"]),
            backend=BackendSpec(**manifest.specs["backend"]),
            n_qubits=manifest.specs["n_qubits"],
        )
    except (KeyError, TypeError, ValidationError) as error:
        raise CorruptArtifact(
            f"run.extend={asked}: its manifest does not say what it was computed with"
        ) from error


def _uncorrected(store: ArtifactStore, manifest: Manifest) -> Manifest:
    """Of a matrix whose errors were corrected, that of what was measured."""
    raw = manifest.document.get("raw")
    return manifest if raw is None else open_matrix(ArtifactRef.model_validate(raw), store)


def _full_key(store: ArtifactStore, asked: str) -> str:
    """The one key that begins so; a whole key needs no look at the others."""
    if store.exists(manifest_path(asked)):
        return asked
    paths = (_MANIFEST.fullmatch(entry.path) for entry in store.list("matrices"))
    found = sorted(match[1] for match in paths if match and match[1].startswith(asked))
    if not found:
        raise SpecError(
            f"run.extend={asked} asked of {store.url}, no matrix there has such a key",
            "see `qml artifacts list --kind matrix`",
        )
    if len(found) > 1:
        shown = ", ".join(key[:12] for key in found[:5])
        raise SpecError(f"run.extend={asked} is ambiguous, {len(found)} fit: {shown}", "write more")
    return found[0]


def check_same(base: Base, dataset: DatasetSpec, kernel: KernelSpec, backend: BackendSpec) -> None:
    """Raise SpecError where an extension is asked with other specs, with what was asked and found.

    The preprocessing is not fitted anew, so another one cannot be asked for either; of the split
    the seed is compared, since the old rows keep their roles.
    """
    if kernel.landmarks is not None:
        raise SpecError(
            f"run.extend={base.key[:12]} with kernel.landmarks={kernel.landmarks}; only an exact "
            "matrix is extended",
            "leave kernel.landmarks out",
        )
    if backend.estimator == "randomised":
        raise SpecError(
            f"run.extend={base.key[:12]} with backend.estimator=randomised; rows that are measured "
            "in random bases are not shared between data sets",
            "leave run.extend out: all rows are measured anew",
        )
    asked = {"kernel": _with_qubits(kernel, base), "backend": _as_measured(backend)}
    found = {
        "kernel": _with_qubits(base.kernel, base),
        "backend": _as_measured(base.backend),
        "dataset": {"split": {"seed": base.data.split_seed}},
    }
    preparing: dict[str, Any] = {"split": {"seed": dataset.split.seed}}
    if base.data.preprocessing_asked is not None:
        preparing["preprocessing"] = dataset.preprocessing.model_dump(mode="json")
        found["dataset"]["preprocessing"] = base.data.preprocessing_asked.model_dump(mode="json")
    differences = list(_differences({**asked, "dataset": preparing}, found))
    if differences:
        raise SpecError(
            f"run.extend={base.key[:12]} was computed with other settings: "
            f"{'; '.join(differences)}",
            "ask for the same, or leave run.extend out",
        )


def _as_measured(backend: BackendSpec) -> dict[str, Any]:
    """What changes the measured values; corrections are made of them afterwards."""
    return backend.model_dump(mode="json", exclude={"corrections"})


def _with_qubits(kernel: KernelSpec, base: Base) -> dict[str, Any]:
    """The kernel's fields; qubits asked for or left out are the same circuit."""
    document = kernel.model_dump(mode="json")
    document["encoding"]["n_qubits"] = kernel.encoding.n_qubits or base.n_qubits
    return document


def _differences(
    asked: Mapping[str, Any], found: Mapping[str, Any], above: str = ""
) -> Iterator[str]:
    for name, value in asked.items():
        stored = found.get(name)
        if isinstance(value, Mapping) and isinstance(stored, Mapping):
            yield from _differences(value, stored, f"{above}{name}.")
        elif value != stored:
            yield f"{above}{name} asked {value}, stored {stored}"


def read_base(store: ArtifactStore, base: Base) -> tuple[Columns, FittedPreprocessing]:
    """The stored columns of the old rows, and the preprocessing that made them."""
    text = get_verified(base.data.preprocessing, store).decode()
    return get_arrays(base.data, store), FittedPreprocessing.from_json(text)


def check_blocks(store: ArtifactStore, base: Base) -> None:
    """Read every block of the base, several at once.

    Raises:
        CorruptArtifact: one is damaged or missing.
    """

    def check(number: int) -> None:
        entry = base.manifest.blocks[number]
        try:
            read_block(store, base.manifest.receipt(entry))
        except (ArtifactNotFound, CorruptArtifact) as error:
            raise CorruptArtifact(
                f"run.extend={base.key[:12]}: its block {entry.block} is damaged or missing "
                f"({error.message})",
                "run the command that made that matrix again, it mends the block, then this one",
            ) from error

    with ThreadPoolExecutor(max_workers=_READERS) as readers:
        for _ in readers.map(check, range(len(base.manifest.blocks))):
            pass


def inherited_receipts(store: ArtifactStore, plan: KernelPlan) -> list[BlockReceipt]:
    """Receipts of the blocks that a plan references instead of computing them; not read."""
    if plan.extends is None:
        return []
    manifest = load_manifest(store, plan.extends)
    return [manifest.receipt(entry) for entry in manifest.blocks]
