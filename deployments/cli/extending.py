"""`run.extend` at the door: the stored matrix and the data that go on from it are checked."""

from collections.abc import Mapping

from deployments.cli.door import Facts
from deployments.cli.reaching import open_own_store
from qml_core.budget.gate import check_memory
from qml_core.evaluation.appended import append_rows
from qml_core.evaluation.datasets import load_table
from qml_core.kernels.parts import count_parts
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec, Spec
from qml_core.storage.bases import Base, check_same, find_base, read_base


def check_extension(specs: Mapping[str, Spec], settings: Settings) -> tuple[Facts, Base]:
    """What the flow would refuse of an extension, but for damaged blocks: they are not read here.

    Raises:
        ArtifactNotFound, CorruptArtifact, SpecError: no such matrix, or one of other settings.
        DataError: its rows are not an unchanged prefix of the data.
        CircuitRefused: more qubits than the memory holds.
    """
    dataset, kernel, backend = specs["dataset"], specs["kernel"], specs["backend"]
    run = specs["run"]
    assert isinstance(dataset, DatasetSpec)
    assert isinstance(kernel, KernelSpec)
    assert isinstance(backend, BackendSpec)
    assert isinstance(run, RunSpec)
    assert run.extend is not None
    store = open_own_store()
    base = find_base(store, run.extend)
    check_same(base, dataset, kernel, backend)
    check_memory(
        max(count_parts(kernel, backend, base.data.features)), backend, settings.memory_bytes
    )
    table = load_table(dataset)
    stored, fitted = read_base(store, base)
    append_rows(stored, fitted, table)
    rows, columns = table.features.shape
    return Facts(table.name, rows, columns, base.data.features), base
