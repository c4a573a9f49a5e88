"""What the trials of a search would refuse later is refused before Prefect starts."""

from collections.abc import Mapping

from deployments.cli.door import Facts, check_job, check_table
from qml_core.evaluation.datasets import load_table
from qml_core.evaluation.datasets.registry import find
from qml_core.evaluation.objectives import check_names, load_function
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, DatasetSpec, SearchSpec, Spec
from qml_core.specs.search_checks import check_objective_task


def check_objective(specs: Mapping[str, Spec], settings: Settings) -> Facts | None:
    """Facts of the data; none where a function is searched.

    Raises:
        SpecError: no such function, or the model has no such hyper-parameter.
        DataError: the data cannot be used.
        CircuitRefused: more qubits than the memory holds.
    """
    search = specs["search"]
    assert isinstance(search, SearchSpec)
    objective = search.objective
    names = [dimension.name for dimension in search.space]
    if objective.function is not None:
        load_function(objective.function)
        return None
    dataset = specs["dataset"]
    assert isinstance(dataset, DatasetSpec)
    if dataset.name is not None:  # what needs no data first
        check_objective_task(objective, find(dataset.name).task, f"data set {dataset.name}")
    if objective.classical is None:
        job = {"backend": BackendSpec(), **specs, "model": objective.model}
        return check_job(job, settings, write="--set search.objective.model.name")
    table = load_table(dataset)
    check_objective_task(objective, table.task, f"target {table.target!r} of {table.name}")
    check_names(objective, names, table.task)
    return check_table(dataset, table, None)
