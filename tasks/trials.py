"""Trials of a search as tasks: each is found in the store, or evaluated and put there at once."""

import time
from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np
from prefect import task

from qml_core.errors import SpecError
from qml_core.evaluation.metrics import evaluate
from qml_core.evaluation.objectives.cross_validation import held_out
from qml_core.evaluation.objectives.scores import metric_for, score
from qml_core.events import StepDone, emit
from qml_core.references import Interval, SearchPlan, Trial
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, ModelSpec, RunSpec
from qml_core.storage.probe import open_checked_store
from qml_core.storage.trials import find_trial
from tasks.datasets import read_columns
from tasks.options import STORE
from tasks.processors import take_share_of_processors
from tasks.trial_objectives import (
    check_room,
    features_of,
    model_or_estimator,
    open_objective,
    outcome_of,
    shared_matrices,
)
from tasks.trial_records import (
    Place,
    configuration_of,
    key_within,
    put_outcome,
    trial_key_of,
    trial_of,
)
from tasks.turns import computing


@task(name="evaluate-trial", task_run_name="trial {number}", **STORE)
def evaluate_trial(
    plan: SearchPlan,
    number: int,
    round: int,
    codes: Sequence[int],
    source: str,
    run: RunSpec,
    rung: int = 0,
    backend: BackendSpec | None = None,
) -> Trial:
    """One configuration: found in the store, whoever asked for it first, or evaluated.

    Whatever the model or the function raises, and a value that is not finite, is a failed trial,
    which is kept: another `run.remeasure` tries it again.

    Args:
        codes: level numbers of the configuration.
        rung: 0: of the search; then of its promotions.
        backend: exact; none: that of the search.

    Raises:
        SpecError: the function cannot be imported, or the backend is a measured one.
        StorageError, Refused, BackendError: what is not the configuration's fault.
    """
    take_share_of_processors()
    used = backend or plan.backend
    if used.measured:
        raise SpecError(
            f"a trial alone on {used.name} with {used.shots} shots",
            "measured trials are planned together, and pass the gates first",
        )
    store, objective = open_checked_store(plan.store), open_objective(plan, used)
    asked = configuration_of(plan.search, codes)
    name = trial_key_of(plan, asked, used, objective.source)
    limited = key_within(name, Settings.from_environment().memory_bytes)
    found, reused = find_trial(store, name) or find_trial(store, limited), True
    if found is None:
        began = time.perf_counter()
        outcome = outcome_of(objective, asked, plan.seed)
        seconds = time.perf_counter() - began
        kept = name if outcome.memory_bytes is None else limited
        found, reused = put_outcome(store, plan, asked, kept, used, outcome, seconds), False
    emit(StepDone(reused=reused))
    place = Place(number, round, rung, tuple(codes), source)
    return trial_of(found, place, reused=reused)


@task(name="evaluate-best", **STORE)
def evaluate_best(
    plan: SearchPlan, trial: Trial, run: RunSpec, backend: BackendSpec | None = None
) -> Interval | None:
    """Refitted on all training rows, scored on the held-out ones in the metric of the search.

    None of a function, of a failed trial, and of what was measured with shots.

    Args:
        backend: exact, of the trial; none: that of the search.
    """
    data, objective, used = plan.data, plan.search.objective, backend or plan.backend
    if data is None or trial.status == "failed" or trial.shots or used.measured:
        return None
    model = model_or_estimator(plan, data, trial.configuration, plan.seed)
    X, y = read_columns(data, "train", features_of(model), "y")
    X_test, y_test = read_columns(data, "test", features_of(model), "y")
    with computing() if isinstance(model, ModelSpec) else nullcontext():
        check_room(model, data, used, plan.seed)
        predicted = held_out(
            model,
            X,
            y,
            X_test,
            task=data.task,
            folds=objective.folds,
            metric=objective.metric,
            seed=plan.seed,
            backend=used,
            cache=shared_matrices(data, used, plan.seed),
        )
    metric, classes = metric_for(objective.metric, data.task), len(data.classes)
    if metric == "log_loss":
        return Interval(value=score(metric, y_test.astype(np.int64), predicted, classes))
    measured = evaluate(
        data.task,
        y_test,
        predicted.y.astype(np.float64),
        classes=range(classes) if classes else None,
        generator=np.random.default_rng(plan.seed),
    )[metric]
    return Interval(value=measured.value, low=measured.low, high=measured.high)
