"""Kernel models as tasks: plan the candidates, choose one by inner cross-validation."""

import time
from collections.abc import Sequence

from prefect import task

from qml_core.circuits.encodings import open_encoding
from qml_core.errors import SpecError
from qml_core.events import StageStarted, StepDone, emit
from qml_core.kernels.planning import plan_kernel
from qml_core.kernels.psd import LARGEST_REPAIRED, repair_within_reach
from qml_core.models.selection import choose, estimator, inner_splits, linear_estimator
from qml_core.references import (
    ArtifactRef,
    CandidateKernel,
    Choice,
    DatasetRef,
    Grant,
    KernelPlan,
    MatrixRef,
)
from qml_core.specs import BackendSpec, KernelSpec, ModelSpec, RunSpec, check_task
from qml_core.storage.matrices import load_matrix
from tasks.datasets import read_columns
from tasks.devices import noise_digest
from tasks.landmarks import choose as choose_landmarks
from tasks.landmarks import landmarks_of, load_nystrom
from tasks.options import PURE, STORE

Candidates = tuple[CandidateKernel, ...]
"""Of one split."""


@task(name="plan-candidates", **PURE)
def plan_candidates(
    splits: Sequence[DatasetRef],
    candidates: Sequence[Candidates],
    model: ModelSpec,
    backend: BackendSpec,
    run: RunSpec,
) -> tuple[KernelPlan, ...]:
    """K(train, train) of every split and candidate kernel, split by split."""
    check_splits(splits, model)
    of_split = [[candidate.kernel for candidate in own] for own in candidates]
    return tuple(
        plan_kernel(
            split,
            kernel,
            backend,
            run,
            rows="train",
            landmarks=landmarks,
            noise=noise_digest(backend),
        )
        for split, kernels in zip(splits, of_split, strict=True)
        for kernel, landmarks in zip(kernels, _landmarks(split, kernels, backend, run), strict=True)
    )


def _landmarks(
    split: DatasetRef, kernels: Sequence[KernelSpec], backend: BackendSpec, run: RunSpec
) -> list[tuple[int, ...]]:
    """Landmarks of each candidate, among the training rows; only leverage asks for the kernel."""
    if kernels[0].landmark_choice == "leverage":
        return [choose_landmarks(split, kernel, backend, run, "train") for kernel in kernels]
    return [choose_landmarks(split, kernels[0], backend, run, "train")] * len(kernels)


def check_splits(splits: Sequence[DatasetRef], model: ModelSpec) -> None:
    """Refuse before the first block what encoding, choosing or repairing would refuse after it."""
    first = splits[0]
    check_task(model, first.task, f"target {first.target!r} of {first.name}")
    for split in splits:
        _check_split(split, model)


def _check_split(split: DatasetRef, model: ModelSpec) -> None:
    (X,) = read_columns(split, "all", "x")
    (y,) = read_columns(split, "train", "y")
    open_encoding(model.kernel.encoding, split.features).check(X)
    inner_splits(y, split.task, model.inner_folds, seed=0)
    exact = model.kernel.landmarks is None
    if exact and model.psd == "higham" and split.n_train > LARGEST_REPAIRED:
        raise SpecError(
            f"model.psd=higham with {split.n_train:,} training rows, the limit is "
            f"{LARGEST_REPAIRED:,}",
            "use model.psd=clip",
        )


@task(name="plan-later", **PURE)
def plan_later(
    splits: Sequence[DatasetRef],
    candidates: Sequence[Candidates],
    plans: Sequence[KernelPlan],
    backend: BackendSpec,
    run: RunSpec,
) -> tuple[tuple[KernelPlan, ...], ...]:
    """Of every split K(test, train) of each candidate, one of which will be measured; exact: none.

    They are paid for after the choice, so the gate must know of them before.
    """
    if not backend.measured:
        return ()
    width = len(candidates[0])
    return tuple(
        tuple(
            plan_cross(split, plan.kernel, plan.landmarks, backend, run, None)
            for plan in plans[k * width : (k + 1) * width]
        )
        for k, split in enumerate(splits)
    )


@task(name="plan-held-out", **PURE)
def plan_held_out(
    splits: Sequence[DatasetRef],
    choices: Sequence[Choice],
    grams: Sequence[MatrixRef],
    grant: Grant,
    run: RunSpec,
) -> tuple[KernelPlan, ...]:
    """K(test, train), or K(test, landmarks), of every split, of the chosen kernel only.

    Args:
        grams: of every split and candidate; they hold the diagonal of the columns.
        grant: says where K(train, train) was evaluated, which is where these will be.
    """
    width = len(choices[0].candidates)
    return tuple(
        plan_cross(
            split,
            choice.kernel,
            choice.landmarks,
            grant.backend_used,
            run,
            grams[k * width + choice.position].diagonal,
        )
        for k, (split, choice) in enumerate(zip(splits, choices, strict=True))
    )


def plan_cross(
    split: DatasetRef,
    kernel: KernelSpec,
    landmarks: tuple[int, ...],
    backend: BackendSpec,
    run: RunSpec,
    diagonal: ArtifactRef | None,
) -> KernelPlan:
    """K(test, train), or K(test, landmarks), of one split.

    Args:
        diagonal: manifest of the matrix that holds the measured diagonal of the columns.
    """
    return plan_kernel(
        split,
        kernel,
        backend,
        run,
        rows="test",
        columns="train",
        landmarks=landmarks,
        noise=noise_digest(backend),
        column_diagonal=diagonal,
    )


@task(name="choose-hyperparameters", **STORE)
def choose_hyperparameters(
    splits: Sequence[DatasetRef],
    candidates: Sequence[Candidates],
    grams: Sequence[MatrixRef],
    model: ModelSpec,
    run: RunSpec,
) -> tuple[Choice, ...]:
    """Bandwidth and penalty of every split, on its training rows only."""
    emit(StageStarted("choose bandwidth and C", len(splits)))
    width = len(candidates[0])
    of_split = [grams[k : k + width] for k in range(0, len(grams), width)]
    return tuple(
        _choose(split, own, of_own, model, run)
        for split, own, of_own in zip(splits, candidates, of_split, strict=True)
    )


def _choose(
    split: DatasetRef,
    candidates: Candidates,
    grams: Sequence[MatrixRef],
    model: ModelSpec,
    run: RunSpec,
) -> Choice:
    began = time.perf_counter()
    (y,) = read_columns(split, "train", "y")
    exact = model.kernel.landmarks is None
    if exact:
        kernels = (repair_within_reach(load_matrix(gram), model.psd).matrix for gram in grams)
    else:
        kernels = (load_nystrom(gram).features for gram in grams)
    chosen = choose(
        kernels,
        y,
        task=split.task,
        penalties=model.C,
        epsilon=model.epsilon,
        folds=model.inner_folds,
        seed=run.seed,
        machine=estimator if exact else linear_estimator,
    )
    gram = grams[chosen.candidate]
    emit(StepDone())
    return Choice(
        split_seed=split.split_seed,
        kernel=candidates[chosen.candidate].kernel,
        landmarks=() if exact else tuple(landmarks_of(gram).tolist()),
        C=chosen.C,
        inner_score=chosen.score,
        candidates=candidates,
        candidate_scores=tuple(chosen.scores.max(axis=1)),
        folds=chosen.folds,
        seconds=time.perf_counter() - began,
    )
