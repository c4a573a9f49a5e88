"""Contestants on the outer folds as tasks: each fold is found in the store, or evaluated once."""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from prefect import task

from qml_core.evaluation.contestants import FoldRows, Tested, evaluate_contestant, part_of
from qml_core.evaluation.judgement.fold_metrics import fold_metrics
from qml_core.events import StepDone, emit
from qml_core.references import BenchmarkPlan, DatasetRef, FoldScore, Grant
from qml_core.specs import BackendSpec, ContestantSpec, RunSpec
from qml_core.storage.datasets import get_arrays
from qml_core.storage.folds import FoldRecord, HeldOut, find_fold, put_fold
from qml_core.storage.probe import open_checked_store
from tasks.datasets import read_columns
from tasks.failed_folds import Outcome, attempted, failed_fold
from tasks.fold_records import fold_key, model_document, score_of
from tasks.options import STORE
from tasks.processors import take_share_of_processors
from tasks.provenance import package_versions
from tasks.turns import computing


@dataclass(frozen=True)
class Contested:
    """The scores of all folds, and what was granted for those with shots."""

    scores: tuple[FoldScore, ...]
    grants: tuple[Grant, ...] = ()


@task(name="contest", task_run_name="{label}, repeat {repeat}", **STORE)
def contest(
    plan: BenchmarkPlan,
    label: str,
    repeat: int,
    run: RunSpec,
    share: float = 1.0,
) -> tuple[FoldScore, ...]:
    """One contestant on the folds of one repeat, circuits exact; each is put when it is done.

    Whatever the model raises, and a prediction that is not finite, is a failed fold, which is kept:
    another `run.remeasure` tries it again.

    Args:
        plan: with one data set.
        label: of the contestant.
        share: of the training rows, stratified.

    Raises:
        StorageError, Refused, BackendError, MemoryError, OSError: what is not the model's fault.
    """
    take_share_of_processors()
    contestant = next(one for one in plan.contestants if one.label == label)
    (data,) = plan.data
    first = repeat * plan.benchmark.folds
    scores = []
    for number, fold in enumerate(data.folds[first : first + plan.benchmark.folds]):
        place = (repeat, number)
        scores.append(_on_fold(plan, data.name, fold, contestant, place, share))
    return tuple(scores)


def _on_fold(
    plan: BenchmarkPlan,
    name: str,
    data: DatasetRef,
    contestant: ContestantSpec,
    place: tuple[int, int],
    share: float,
) -> FoldScore:
    store, backend = open_checked_store(plan.store), plan.backend.simulated
    key = fold_key(plan, data, contestant, backend, share)
    found, reused = find_fold(store, key), True
    if found is None:
        began = time.perf_counter()
        fields, held_out = attempt(plan, data, contestant, backend, share)
        record = FoldRecord(
            key=key,
            data=data.sha256,
            model=model_document(contestant),
            n_train=_n_train(plan, data, share),
            n_test=data.n_test,
            seed=data.split_seed,
            backend=backend.name if contestant.quantum else "",
            seconds=time.perf_counter() - began,
            versions=package_versions(),
            **fields,
        )
        found, reused = put_fold(store, record, held_out), False
    emit(StepDone(reused=reused))
    return score_of(found, name, contestant, place, share, reused=reused)


def _n_train(plan: BenchmarkPlan, data: DatasetRef, share: float) -> int:
    """Rows that a share leaves to fit, every class its own."""
    if share >= 1:
        return data.n_train
    (y,) = read_columns(data, "train", "y")
    return len(part_of(y, plan.task, share, data.split_seed))


def attempt(
    plan: BenchmarkPlan,
    data: DatasetRef,
    contestant: ContestantSpec,
    backend: BackendSpec,
    share: float,
) -> Outcome:
    """Fields of a record and predictions; what the model raises is the reason of a failure."""
    return attempted(lambda: _evaluated(plan, data, contestant, backend, share), failed_fold)


def _evaluated(
    plan: BenchmarkPlan,
    data: DatasetRef,
    contestant: ContestantSpec,
    backend: BackendSpec,
    share: float,
) -> Outcome:
    # circuits are recorded in one place for all threads
    with computing() if contestant.model is not None else nullcontext():
        terms = tuning_terms(plan, data, backend)
        tested = evaluate_contestant(contestant, rows_of(data), **terms, share=share)
    return fields_of(plan, data, tested)


def tuning_terms(plan: BenchmarkPlan, data: DatasetRef, backend: BackendSpec) -> dict[str, Any]:
    """How all contestants are tuned on an outer fold.

    Args:
        backend: where circuits are simulated.
    """
    benchmark = plan.benchmark
    return {
        "task": plan.task,
        "n_classes": len(data.classes),
        "configurations": benchmark.configurations,
        "inner_folds": benchmark.inner_folds,
        "metric": benchmark.primary(plan.task),
        "seed": data.split_seed,
        "backend": backend,
    }


def rows_of(data: DatasetRef) -> FoldRows:
    """Training and held-out rows of an outer fold; the held-out labels are not among them."""
    arrays = get_arrays(data)
    fit, held = arrays["role"] == 0, arrays["role"] == 1
    x, raw, y = (np.ascontiguousarray(arrays[name][fit]) for name in ("x", "raw", "y"))
    x_test, raw_test = (np.ascontiguousarray(arrays[name][held]) for name in ("x", "raw"))
    return FoldRows(x, raw, y, x_test, raw_test)


def fields_of(plan: BenchmarkPlan, data: DatasetRef, tested: Tested) -> Outcome:
    """What is kept of a fit: metrics of the held-out rows, what was chosen, every prediction."""
    arrays, predicted = get_arrays(data), tested.predicted
    rows = np.flatnonzero(arrays["role"] == 1)
    y_test = arrays["y"][rows]
    fields = {
        "status": "done",
        "metrics": fold_metrics(plan.task, y_test, predicted, len(data.classes)),
        "inner_score": tested.inner_score,
        "configuration": dict(tested.configuration),
        "configurations": tested.configurations,
    }
    held_out = HeldOut(
        rows.astype(np.int64),
        y_test,
        predicted.y.astype("float64"),
        predicted.probabilities,
        predicted.scores,
    )
    return fields, held_out


def labels(contestants: Sequence[ContestantSpec], *, circuits: bool) -> list[str]:
    """Of those that compute with circuits, or of the others."""
    return [one.label for one in contestants if (one.model is not None) == circuits]
