"""Kernel training as a task: every candidate kernel, on the training rows of its split only."""

import time
from collections.abc import Sequence

import numpy as np
from prefect import task

from qml_core.budget.gate import check_memory
from qml_core.budget.memory import check_machine, fits
from qml_core.events import StageStarted, StepDone, emit
from qml_core.kernels.planning import plan_kernel
from qml_core.kernels.training import train_kernel
from qml_core.keys import key
from qml_core.references import CandidateKernel, DatasetRef, KernelTraining
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, KernelSpec, ModelSpec, RunSpec
from qml_core.storage.content import find_model
from qml_core.storage.probe import open_checked_store
from tasks.datasets import read_columns
from tasks.landmarks import measured_offer
from tasks.models import Candidates, check_splits
from tasks.options import STORE


@task(name="train-kernels", **STORE)
def train_kernels(
    splits: Sequence[DatasetRef], model: ModelSpec, backend: BackendSpec, run: RunSpec
) -> tuple[Candidates, ...]:
    """The candidate kernels of every split: those asked for, or what training makes of each."""
    kernels = model.candidate_kernels()
    if not model.kernel_training:
        return (tuple(CandidateKernel(kernel=kernel) for kernel in kernels),) * len(splits)
    check_splits(splits, model)
    _check_room(splits[0], model.kernel, backend, run)
    steps = model.kernel_training
    emit(StageStarted("train kernels", len(splits) * len(kernels) * steps))
    return tuple(
        tuple(_found_or_trained(split, kernel, steps, run) for kernel in kernels)
        for split in splits
    )


def _check_room(split: DatasetRef, kernel: KernelSpec, backend: BackendSpec, run: RunSpec) -> None:
    """Refuse what the gate would refuse after the training."""
    rows = tuple(range(min(kernel.landmarks or 0, split.n_train)))
    plan = plan_kernel(split, kernel, backend, run, rows="train", landmarks=rows)
    memory_bytes = Settings.from_environment().memory_bytes
    check_memory(max(plan.parts), backend, memory_bytes)
    if not fits(plan, memory_bytes):
        check_machine(plan, memory_bytes, measured_offer(plan, memory_bytes))


def _found_or_trained(
    split: DatasetRef, kernel: KernelSpec, steps: int, run: RunSpec
) -> CandidateKernel:
    """As an earlier run left it in the store, or trained now."""
    store = open_checked_store(split.store)
    path = f"trainings/by-key/{_training_key(split, kernel, steps, run)}.json"
    found = find_model(store, path, CandidateKernel)
    if found is not None and found.training is not None:
        for _ in range(steps):
            emit(StepDone(reused=True))
        took_none = found.training.model_copy(update={"seconds": 0.0})
        return found.model_copy(update={"training": took_none})
    trained = _train(split, kernel, steps, run)
    store.put_if_absent(path, trained.model_dump_json().encode())
    return trained


def _training_key(split: DatasetRef, kernel: KernelSpec, steps: int, run: RunSpec) -> str:
    """What changes the trained kernel: data with labels, start, steps, seed."""
    return key(
        "kernel training",
        data=split.sha256,
        task=split.task,
        kernel=kernel.model_dump(mode="json"),
        steps=steps,
        seed=run.seed,
        remeasure=run.remeasure,
    )


def _train(split: DatasetRef, kernel: KernelSpec, steps: int, run: RunSpec) -> CandidateKernel:
    began = time.perf_counter()
    X, y = read_columns(split, "train", "x", "y")
    found = train_kernel(
        X,
        y,
        kernel,
        steps,
        np.random.default_rng(run.seed),
        task=split.task,
        progress=lambda: emit(StepDone()),
    )
    training = KernelTraining(
        bandwidth=kernel.encoding.bandwidth,
        steps=steps,
        rows=found.rows,
        before=found.before,
        after=found.after,
        seconds=time.perf_counter() - began,
    )
    return CandidateKernel(kernel=found.kernel, training=training)
