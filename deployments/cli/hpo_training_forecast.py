"""`qml hpo --dry-run` of trials that train circuits on shots: jobs of every fold, their price."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from deployments.cli.door import Facts
from deployments.cli.few_rows import FewRows
from deployments.cli.measured_forecast import MeasuredForecast, forecast_jobs
from deployments.cli.training_door import training_rows
from qml_core.budget.asking import circuits_in
from qml_core.errors import BadInput, SpecError
from qml_core.evaluation.datasets import load_table
from qml_core.evaluation.objectives.cross_validation import folds_of
from qml_core.evaluation.objectives.kernel_machines import Fold
from qml_core.hardware.canary import DIAGONALS
from qml_core.models.costs import training_evaluations
from qml_core.models.network import Network
from qml_core.models.requirements import unmeasured_network
from qml_core.optimisation.space import Space
from qml_core.references import Task
from qml_core.specs import BackendSpec, DatasetSpec, ModelSpec, RunSpec, SearchSpec, Spec
from qml_core.specs.configuration import configured
from qml_core.training.estimates import job_sizes
from qml_core.training.evaluations import Rows
from qml_core.training.validation import validation_split

if TYPE_CHECKING:
    from qml_core.hardware.protocol import Circuit

_TRIED = 64
"""Configurations, of which the dearest is told."""


@dataclass(frozen=True)
class _Trial:
    """What a configuration trains, and the jobs of all its folds."""

    model: ModelSpec
    network: Network
    sizes: Counter[int]


def forecast_trainings(
    specs: Mapping[str, Spec], facts: Facts, backend: BackendSpec, count: int
) -> MeasuredForecast:
    """So many trials of the dearest configuration; of a large space among some of them.

    Raises:
        SpecError, DataError: no configuration can be trained on these data.
    """
    run = specs["run"]
    assert isinstance(run, RunSpec)
    dearest, rows = _dearest(specs, facts, backend, run)
    sizes = Counter({size: number * count for size, number in dearest.sizes.items()})
    canary = min(DIAGONALS, rows)
    return forecast_jobs(sizes, canary, backend, run, lambda: _example(dearest, specs, facts))


def _dearest(
    specs: Mapping[str, Spec], facts: Facts, backend: BackendSpec, run: RunSpec
) -> tuple[_Trial, int]:
    """The trial of the most circuits, and the rows that its first fold trains on."""
    search, dataset = specs["search"], specs["dataset"]
    assert isinstance(search, SearchSpec)
    assert isinstance(dataset, DatasetSpec)
    table = load_table(dataset)
    y, _, _ = training_rows(dataset.split, table, search.objective.model, run)
    folds = folds_of(y, table.task, search.objective.folds, run.seed)
    found, refused = [], None
    for model in _models(search, run):
        try:
            network = unmeasured_network(
                model, table.task, facts.features, len(table.classes), run.seed
            )
            sizes = _sizes(model, network, table.task, y, folds, backend, run)
            found.append(_Trial(model, network, sizes))
        except BadInput as error:  # a failed trial, which costs nothing
            refused = error
    if not found:
        raise refused or SpecError("no configuration of the space can be trained")
    return max(found, key=lambda trial: circuits_in(trial.sizes)), len(folds[0][0])


def _sizes(
    model: ModelSpec,
    network: Network,
    task: Task,
    y: NDArray[np.float64],
    folds: Sequence[Fold],
    backend: BackendSpec,
    run: RunSpec,
) -> Counter[int]:
    """Jobs of the trainings of all folds, by their circuits."""
    sizes: Counter[int] = Counter()
    for fit, held in folds:
        share = model.training.validation
        train, validation = validation_split(y[fit], task, share, run.seed)
        rows = Rows(len(train), len(validation), len(held))
        evaluations = training_evaluations(model, network, rows, backend)
        sizes += job_sizes(evaluations.counted(), backend)
    return sizes


def _models(search: SearchSpec, run: RunSpec) -> Iterator[ModelSpec]:
    """Of all configurations, or of random ones; without those that the model refuses."""
    space = Space.of(search.space)
    small = space.size <= _TRIED
    codes = space.all_codes() if small else space.random(_TRIED, np.random.default_rng(run.seed))
    for code in codes:
        with suppress(SpecError):
            yield configured(search.objective.model, space.configuration(code))


def _example(trial: _Trial, specs: Mapping[str, Spec], facts: Facts) -> "Circuit":
    from qml_core.hardware.initial_circuits import longest_circuit

    rows = FewRows({**specs, "model": trial.model}, facts, None)
    return longest_circuit(trial.network, rows.features)
