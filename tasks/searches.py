"""A search opened: its data, its key, how its variables become qubits, and its rounds."""

from prefect import task

from qml_core.budget.surrogate_gate import check_surrogate
from qml_core.events import StageStarted, emit
from qml_core.keys import key
from qml_core.optimisation.surrogates.qubit_limits import encoding_of
from qml_core.optimisation.surrogates.qubit_limits import qubit_limit as limit_of
from qml_core.references import DatasetRef, SearchPlan
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, DatasetSpec, RunSpec, SearchSpec
from qml_core.specs.search import SURROGATE_SEARCHERS, levels_of
from qml_core.storage.probe import open_checked_store
from tasks.datasets import load_dataset
from tasks.devices import device
from tasks.options import STORE


@task(name="open-search", **STORE)
def open_search(
    dataset: DatasetSpec | None, search: SearchSpec, backend: BackendSpec, run: RunSpec
) -> SearchPlan:
    """The plan of a search.

    Raises:
        SpecError: a variable needs more qubits than the searcher's backend has.
        DataError: the data cannot be used.
    """
    emit(StageStarted("open search"))
    settings = Settings.from_environment()
    check_surrogate(search, settings.memory_bytes)
    data = None if dataset is None else load_dataset.fn(dataset)
    store = open_checked_store(settings.storage_url)
    kind, n_qubits = "", 0
    if search.searcher in SURROGATE_SEARCHERS:
        limit = qubit_limit(search, run)
        kind, n_qubits, _ = encoding_of(
            levels_of(search.space), search.surrogate, limit, search.qaoa.mixer
        )
    return SearchPlan(
        key=search_key(data, search, backend, run),
        store=store.url,
        data=data,
        search=search,
        backend=backend,
        seed=run.seed,
        remeasure=run.remeasure,
        encoding=kind,
        n_qubits=n_qubits,
    )


def qubit_limit(search: SearchSpec, run: RunSpec) -> int:
    """Qubits that the searcher's circuits may have: as asked, of its device, or simulated."""
    backend, qubits = search.qaoa_backend, None
    if search.searcher == "qaoa" and backend.kind == "qpu":
        calibration = device(backend, run.seed).calibration()
        qubits = None if calibration is None else len(calibration.qubits)
    return limit_of(search.surrogate, qubits)


def round_size(search: SearchSpec, done: int) -> int:
    """Trials of the round that follows so many; the design ends with a round of its own."""
    end = search.design if done < search.design else search.budget
    return min(search.batch, end - done)


def search_key(
    data: DatasetRef | None, search: SearchSpec, backend: BackendSpec, run: RunSpec
) -> str:
    """Of all that changes the proposals but the trials so far: more `trials` extend a search.

    But not one of a grid, whose spacing follows from them.
    """
    left_out = {"promote", "max_usd", "initial"}
    if search.searcher != "grid":
        left_out.add("trials")
    asked = search.model_dump(mode="json", exclude=left_out)
    return key(
        "search",
        data=None if data is None else data.digest,
        search=asked,
        design=search.design,
        backend=backend.model_dump(mode="json"),
        seed=run.seed,
        remeasure=run.remeasure,
    )
