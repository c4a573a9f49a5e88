"""Where shards run, by name: bounded, opened inside the flow, asked for results in order."""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from qml_core.errors import SpecError
from qml_core.events import StageStarted, emit
from qml_core.kernels.planning import diagonal_plan
from qml_core.references import Grant, KernelPlan, MatrixRef, ShardResult
from qml_core.specs import RunSpec
from qml_core.storage.blocks import stored_blocks
from qml_core.storage.probe import open_checked_store
from tasks.correction import correct_matrices
from tasks.datasets import is_local
from tasks.devices import SLOTS
from tasks.kernel import commit_matrices, evaluate_shard
from tasks.progress import Progress
from tasks.shards import release
from tasks.stopping import stop


class Result(Protocol):
    """What a submitted task will give."""

    def result(self) -> Any: ...


class Submit(Protocol):
    """Where tasks run: Prefect's task runners, or the flow's own thread."""

    def submit(self, task: Any, parameters: dict[str, Any]) -> Result: ...


@dataclass(frozen=True)
class Later:
    """A task that runs in the flow's thread when its result is asked for."""

    task: Any
    parameters: dict[str, Any]

    def result(self) -> Any:
        return self.task(**self.parameters)


class FlowThread:
    """One shard at a time: torch uses all cores for it, and in another thread than the flow's the
    same products took an eighth longer, since their memory came anew from the system each time."""

    def submit(self, task: Any, parameters: dict[str, Any]) -> Result:
        return Later(task, parameters)


@dataclass(frozen=True)
class Runner:
    """An open task runner."""

    tasks: Submit
    in_process: bool

    def evaluate(
        self, stage: str, plans: Sequence[KernelPlan], grants: Sequence[Grant], run: RunSpec
    ) -> tuple[MatrixRef, ...]:
        """The matrices of the plans; of measured ones the diagonals too, and errors corrected."""
        own = [diagonal_plan(plan, run) for plan in plans]
        beside = [(plan, grant) for plan, grant in zip(own, grants, strict=True) if plan]
        found = self._evaluate(
            stage, [*plans, *(p for p, _ in beside)], [*grants, *(g for _, g in beside)], run
        )
        if not any(plan.measured for plan in plans):
            return found
        diagonals = iter(found[len(plans) :])
        of_plans = [None if plan is None else next(diagonals) for plan in own]
        return correct_matrices(plans, grants, found[: len(plans)], of_plans)

    def _evaluate(
        self, stage: str, plans: Sequence[KernelPlan], grants: Sequence[Grant], run: RunSpec
    ) -> tuple[MatrixRef, ...]:
        """Evaluate all shards of all plans, then commit the matrices, in the order of the plans."""
        blocks = sum(len(plan.blocks) for plan in plans)
        emit(StageStarted(stage, blocks))
        stored = [stored_blocks(open_checked_store(plan.store), plan.key) for plan in plans]
        progress, ticket = Progress(stage, blocks, heard=self.in_process), uuid4().hex
        futures = [
            [
                self.tasks.submit(
                    evaluate_shard,
                    {
                        "blocks": shard,
                        "plan": plan.head,
                        "grant": grant,
                        "stored": tuple(set(shard) & there),
                        "run": run,
                        "ticket": ticket,
                    },
                )
                for shard in plan.shards
            ]
            for plan, grant, there in zip(plans, grants, stored, strict=True)
        ]
        done: list[list[ShardResult]] = []
        try:
            for of_plan in futures:
                done.append([progress.advance(future.result()) for future in of_plan])
        except BaseException:  # Ctrl-C too: what is under way is collected later
            stop(ticket)
            raise
        return commit_matrices(plans, grants, done)


DEVICE_WAITS = SLOTS
"""Jobs of a device that are waited for at once: as many as it has slots."""


@contextmanager
def open_runner(run: RunSpec, grants: Sequence[Grant], store_url: str) -> Iterator[Runner]:
    """`threads`, `dask` (a local cluster) or `dask:<address>`, as `run.task_runner` says.

    Threads are one for simulation, whose products use all cores, and several for waiting.

    Args:
        grants: of what runs; empty: nothing is measured.

    Raises:
        SpecError: Dask is not installed, or remote workers could not see a local store.
    """
    name = run.task_runner
    if name == "threads" and grants and grants[0].backend_used.kind == "qpu":
        waiting: TaskRunner[Any] = ThreadPoolTaskRunner(max_workers=DEVICE_WAITS)
        with waiting as tasks:
            yield Runner(tasks, in_process=True)
        return
    if name == "threads":
        try:
            yield Runner(FlowThread(), in_process=True)
        finally:
            release()
        return
    with _dask_runner(name, store_url) as tasks:
        yield Runner(tasks, in_process=False)


def _dask_runner(name: str, store_url: str) -> TaskRunner[Any]:
    address = name.partition(":")[2]
    if address and is_local(store_url):
        raise SpecError(
            f"run.task_runner={name} with the local store {store_url}: "
            "workers on other machines cannot see it",
            "set QML_STORAGE_URL=s3://bucket/prefix, or use task_runner=threads or dask",
        )
    try:
        from prefect_dask import DaskTaskRunner
    except ImportError as error:
        raise SpecError(
            f"run.task_runner={name} needs prefect-dask, which is not installed",
            "pip install 'qml-flows[dask]', or use task_runner=threads",
        ) from error
    if address:
        remote: TaskRunner[Any] = DaskTaskRunner(address=address)
        return remote
    local: TaskRunner[Any] = DaskTaskRunner(
        cluster_kwargs={
            "n_workers": os.cpu_count() or 1,
            "threads_per_worker": 1,
            "silence_logs": logging.ERROR,
        }
    )
    return local
