"""The flow that searches hyper-parameters."""

from prefect import flow

from qml_core.references import SearchRef
from qml_core.specs import BackendSpec, DatasetSpec, RunSpec, SearchSpec, check_search
from tasks.promotions import promote
from tasks.search_report import report_search
from tasks.search_rounds import search_in_rounds
from tasks.searches import open_search


@flow(name="hpo", persist_result=False)
def hpo(
    dataset: DatasetSpec | None,
    search: SearchSpec,
    backend: BackendSpec = BackendSpec(),
    run: RunSpec = RunSpec(),
) -> SearchRef:
    """Search a space in rounds of trials, each cached and resumable, and promote the best.

    Args:
        dataset: What models are cross-validated on; none where the objective is a function.
        search: Space, objective, searcher, and how many trials.
        backend: Where the circuits of the trials run.
        run: Under which terms: seed, project, task runner.
    """
    check_search(search, dataset, backend)
    plan = open_search(dataset, search, backend, run)
    searched = search_in_rounds(plan, run)
    promoted = promote(plan, searched, run)
    return report_search(dataset, plan, searched.proposals, promoted, run)
