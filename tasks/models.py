"""Kernel models as tasks: plan the candidates, choose one by inner cross-validation."""

import time
from collections.abc import Sequence

from prefect import task

from qml_core.circuits.encodings import open_encoding
from qml_core.errors import SpecError
from qml_core.events import StageStarted, StepDone, emit
from qml_core.kernels.planning import plan_kernel
from qml_core.kernels.psd import LARGEST_REPAIRED, repair_within_reach
from qml_core.models.selection import choose, inner_splits
from qml_core.references import Choice, DatasetRef, KernelPlan, MatrixRef
from qml_core.specs import BackendSpec, ModelSpec, RunSpec, check_task
from qml_core.storage.matrices import load_matrix
from tasks.datasets import read_columns
from tasks.options import PURE, STORE


@task(name="plan-candidates", **PURE)
def plan_candidates(
    splits: Sequence[DatasetRef], model: ModelSpec, backend: BackendSpec, run: RunSpec
) -> tuple[KernelPlan, ...]:
    """K(train, train) of every split and candidate kernel, split by split."""
    first = splits[0]
    check_task(model, first.task, f"target {first.target!r} of {first.name}")
    for split in splits:
        _check_split(split, model)
    kernels = model.candidate_kernels()
    return tuple(
        plan_kernel(split, kernel, backend, run, rows="train")
        for split in splits
        for kernel in kernels
    )


def _check_split(split: DatasetRef, model: ModelSpec) -> None:
    """Refuse before the first block what encoding, choosing or repairing would refuse after it."""
    (X,) = read_columns(split, "all", "x")
    (y,) = read_columns(split, "train", "y")
    open_encoding(model.kernel.encoding, split.features).check(X)
    inner_splits(y, split.task, model.inner_folds, seed=0)
    if model.psd == "higham" and split.n_train > LARGEST_REPAIRED:
        raise SpecError(
            f"model.psd=higham with {split.n_train:,} training rows, the limit is "
            f"{LARGEST_REPAIRED:,}",
            "use model.psd=clip",
        )


@task(name="plan-held-out", **PURE)
def plan_held_out(
    splits: Sequence[DatasetRef], choices: Sequence[Choice], backend: BackendSpec, run: RunSpec
) -> tuple[KernelPlan, ...]:
    """K(test, train) of every split, of the chosen kernel only."""
    return tuple(
        plan_kernel(split, choice.kernel, backend, run, rows="test", columns="train")
        for split, choice in zip(splits, choices, strict=True)
    )


@task(name="choose-hyperparameters", **STORE)
def choose_hyperparameters(
    splits: Sequence[DatasetRef], grams: Sequence[MatrixRef], model: ModelSpec, run: RunSpec
) -> tuple[Choice, ...]:
    """Bandwidth and penalty of every split, on its training rows only."""
    emit(StageStarted("choose bandwidth and C", len(splits)))
    kernels = model.candidate_kernels()
    of_split = [grams[k : k + len(kernels)] for k in range(0, len(grams), len(kernels))]
    return tuple(
        _choose(split, own, model, run) for split, own in zip(splits, of_split, strict=True)
    )


def _choose(
    split: DatasetRef, grams: Sequence[MatrixRef], model: ModelSpec, run: RunSpec
) -> Choice:
    began = time.perf_counter()
    (y,) = read_columns(split, "train", "y")
    chosen = choose(
        (repair_within_reach(load_matrix(gram), model.psd).matrix for gram in grams),
        y,
        task=split.task,
        penalties=model.C,
        epsilon=model.epsilon,
        folds=model.inner_folds,
        seed=run.seed,
    )
    emit(StepDone())
    return Choice(
        split_seed=split.split_seed,
        kernel=model.candidate_kernels()[chosen.candidate],
        C=chosen.C,
        inner_score=chosen.score,
        candidate_scores=tuple(chosen.scores.max(axis=1)),
        folds=chosen.folds,
        seconds=time.perf_counter() - began,
    )
