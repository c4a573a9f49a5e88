"""What speaks against a quantum model on a data set, before anything is spent."""

from prefect import task

from qml_core.evaluation.screen import check_screens, screen_model
from qml_core.events import StageStarted, StepDone, emit
from qml_core.keys import key
from qml_core.references import BenchmarkData, BenchmarkPlan, ScreenRef
from qml_core.specs import ContestantSpec, RunSpec
from qml_core.storage.content import find_or_make
from qml_core.storage.probe import open_checked_store
from tasks.datasets import read_columns
from tasks.fold_records import model_document
from tasks.options import STORE
from tasks.turns import computing


@task(name="screen", **STORE)
def screen(plan: BenchmarkPlan, run: RunSpec) -> tuple[ScreenRef, ...]:
    """Of each data set, and of each quantum model on it: on training rows of its first fold.

    Raises:
        ScreenRefused: circuits are paid for, and a model is not worth it; `benchmark.force` runs it
    """
    models = [one for one in plan.contestants if one.kind == "quantum"]
    emit(StageStarted("screen", len(plan.data) * len(models)))
    found = [data.screen for data in plan.data]
    for data in plan.data:
        for contestant in models:
            found.append(_of_model(plan, data, contestant))
            emit(StepDone())
    check_screens(found, plan.benchmark, paid=plan.backend.kind == "qpu")
    return tuple(found)


def _of_model(plan: BenchmarkPlan, data: BenchmarkData, contestant: ContestantSpec) -> ScreenRef:
    """Found in the store, or looked at; the same rows give the same reasons."""
    store, first = open_checked_store(plan.store), data.folds[0]
    name = key(
        "screen",
        data=first.sha256,
        model=model_document(contestant),
        backend=plan.backend.model_dump(mode="json"),
        seed=plan.seed,
    )

    def make() -> ScreenRef:
        assert contestant.model is not None
        X, raw, y = read_columns(first, "train", "x", "raw", "y")
        with computing():
            return screen_model(
                contestant.label,
                contestant.model,
                data.name,
                X,
                raw,
                y,
                data.task,
                backend=plan.backend,
                seed=plan.seed,
            )

    path = f"screens/by-key/{name}.json"
    here = {"data": data.name, "model": contestant.label}
    return find_or_make(store, path, ScreenRef, lambda ref: ref, make)[0].model_copy(update=here)
