"""Kernel machines on shots, on outer folds: all matrices pass the gates before one is bought."""

import time
from collections.abc import Sequence
from dataclasses import asdict

from prefect import task

from qml_core.evaluation.contestants import predict_from_matrices
from qml_core.events import StageStarted, StepDone, emit
from qml_core.kernels.planning import plan_kernel
from qml_core.references import (
    BenchmarkPlan,
    FoldScore,
    Grant,
    KernelPlan,
    MatrixRef,
    TrainingPlan,
)
from qml_core.specs import BackendSpec, RunSpec
from qml_core.storage.blocks import receipts
from qml_core.storage.matrices import load_matrix
from qml_core.storage.probe import open_checked_store
from tasks.canary import send_canary
from tasks.contests import Contested, fields_of
from tasks.datasets import read_columns
from tasks.devices import noise_digest
from tasks.due_folds import Due, put_due
from tasks.failed_folds import Outcome, attempted, failed_fold
from tasks.gates import pass_gates
from tasks.matrix_costs import MatrixCost, cost_of, with_diagonals
from tasks.models import check_splits, plan_cross
from tasks.options import PURE, STORE
from tasks.runners import open_runner

Bought = tuple[KernelPlan, Grant, MatrixRef]
"""A matrix, and how it was bought."""


def measure_kernels(
    plan: BenchmarkPlan, due: Sequence[Due], run: RunSpec, beside: Sequence[TrainingPlan] = ()
) -> Contested:
    """K(train, train) and K(test, train) of every fold that is due, of its tuned kernel.

    Args:
        beside: trainings that are bought after them, from the same budget.

    Raises:
        Refused, BackendError: a gate or the device says no; what was bought is collected later.
    """
    asked, later = plan_grams(due, plan.backend, run)
    (asked, own), (rest, _) = distinct(asked), distinct([group[0] for group in later])
    groups = tuple((one,) for one in rest)
    plans, grants = pass_gates(asked, plan.backend, run, groups, None, beside)
    send_canary(plans, grants, run)
    with open_runner(run, grants, plan.store) as runner:
        grams = runner.evaluate("K(train, train) of each fold", plans, grants, run)
        of_folds = plan_crosses(due, [grams[k] for k in own], grants[0], run)
        crosses, across = distinct(of_folds)
        crosses, cross_grants = pass_gates(crosses, plan.backend, run, (), grants[0])
        held_out = runner.evaluate("K(test, train) of each fold", crosses, cross_grants, run)
    first = list(zip(plans, grants, grams, strict=True))
    second = list(zip(crosses, cross_grants, held_out, strict=True))
    emit(StageStarted("fit and predict", len(due)))
    scores = tuple(
        score_fold(plan, one, first[k], second[m], run)
        for one, k, m in zip(due, own, across, strict=True)
    )
    granted = with_diagonals((*plans, *crosses), (*grants, *cross_grants), run)
    return Contested(scores, granted)


def distinct(plans: Sequence[KernelPlan]) -> tuple[tuple[KernelPlan, ...], list[int]]:
    """Each matrix once, and which of them every plan is: contestants may share a kernel."""
    found = {plan.key: plan for plan in plans}
    places = {key: number for number, key in enumerate(found)}
    return tuple(found.values()), [places[plan.key] for plan in plans]


@task(name="plan-grams", **PURE)
def plan_grams(
    due: Sequence[Due], backend: BackendSpec, run: RunSpec
) -> tuple[tuple[KernelPlan, ...], tuple[tuple[KernelPlan, ...], ...]]:
    """K(train, train) of every fold, and what will be measured after it."""
    noise = noise_digest(backend)
    grams, later = [], []
    for one in due:
        check_splits([one.data], one.model)
        (kernel,) = one.model.candidate_kernels()
        grams.append(plan_kernel(one.data, kernel, backend, run, rows="train", noise=noise))
        later.append((plan_cross(one.data, kernel, (), backend, run, None),))
    return tuple(grams), tuple(later)


@task(name="plan-crosses", **PURE)
def plan_crosses(
    due: Sequence[Due], grams: Sequence[MatrixRef], grant: Grant, run: RunSpec
) -> tuple[KernelPlan, ...]:
    """K(test, train) of every fold, where K(train, train) was measured."""
    return tuple(
        plan_cross(
            one.data,
            one.model.candidate_kernels()[0],
            (),
            grant.backend_used,
            run,
            gram.diagonal,
        )
        for one, gram in zip(due, grams, strict=True)
    )


@task(name="score-fold", **STORE)
def score_fold(
    plan: BenchmarkPlan, due: Due, gram: Bought, cross: Bought, run: RunSpec
) -> FoldScore:
    """The record of a fold from its measured matrices; what fitting raises is its failure."""
    began, grant = time.perf_counter(), gram[1]
    outcome = attempted(lambda: _predicted(plan, due, gram[2], cross[2]), failed_fold)
    key = due.key(plan, grant.backend_used)
    costs = [cost_of(*bought, run, key) for bought in (gram, cross)]
    cost = {name: sum(asdict(one)[name] for one in costs) for name in asdict(MatrixCost())}
    seconds = gram[2].seconds + cross[2].seconds + time.perf_counter() - began
    emit(StepDone())
    more = {"seconds": seconds, "calibrations": _calibrations(gram[0], cross[0])}
    return put_due(plan, due, outcome, {**cost, **more}, grant)


def _calibrations(*plans: KernelPlan) -> tuple[str, ...]:
    """Under which blocks of these matrices were measured, in whichever run."""
    found = [receipts(open_checked_store(plan.store), plan.key).values() for plan in plans]
    named = {one.calibration for blocks in found for one in blocks}
    return tuple(sorted(name for name in named if name is not None))


def _predicted(plan: BenchmarkPlan, due: Due, gram: MatrixRef, cross: MatrixRef) -> Outcome:
    (y,) = read_columns(due.data, "train", "y")
    predicted = predict_from_matrices(
        load_matrix(gram),
        load_matrix(cross),
        y,
        due.model,
        task=plan.task,
        n_classes=len(due.data.classes),
        inner_folds=plan.benchmark.inner_folds,
        seed=due.data.split_seed,
    )
    return fields_of(plan, due.data, due.tested(predicted))
