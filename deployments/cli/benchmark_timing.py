"""How long the fits of a benchmark take here, from a few of them."""

import time
from dataclasses import dataclass

from deployments.cli.benchmark_door import Opened
from qml_core.errors import QMLError
from qml_core.evaluation.contestants import FoldRows, evaluate_contestant
from qml_core.specs import BackendSpec, BenchmarkSpec, ContestantSpec, RunSpec

_FITS = 3
"""Of one configuration on two inner folds, then on all rows."""
_BRIEF = 5.0
"""Seconds that imports may have made of less: then it is timed again."""


@dataclass(frozen=True)
class Took:
    """A contestant on a data set: all its fits, and their seconds as measured here on three."""

    data: str
    contestant: ContestantSpec
    fits: int
    seconds: float | None
    error: str = ""


def time_contestant(
    one: Opened,
    rows: FoldRows,
    contestant: ContestantSpec,
    benchmark: BenchmarkSpec,
    run: RunSpec,
) -> Took:
    """Three fits are made and timed; where they fail, why is told instead."""
    tried = 1 if contestant.classical == "dummy" else benchmark.configurations
    fits = tried * benchmark.inner_folds + 1
    folds = benchmark.splits + benchmark.folds * len(benchmark.learning_curve)
    name = one.dataset.label(one.table.name)
    try:
        took = _evaluate(one, rows, contestant, benchmark, run)
        if took < _BRIEF:
            took = min(took, _evaluate(one, rows, contestant, benchmark, run))
    except QMLError as error:
        return Took(name, contestant, fits * folds, None, error.message)
    if contestant.quantum and contestant.model is not None and not contestant.model.variational:
        fits = benchmark.inner_folds  # a matrix serves all penalties and folds
    return Took(name, contestant, fits * folds, took / _FITS * fits * folds)


def _evaluate(
    one: Opened,
    rows: FoldRows,
    contestant: ContestantSpec,
    benchmark: BenchmarkSpec,
    run: RunSpec,
) -> float:
    """Seconds that one configuration took."""
    began = time.perf_counter()
    evaluate_contestant(
        contestant,
        rows,
        task=one.table.task,
        n_classes=len(one.table.classes),
        configurations=1,
        inner_folds=2,
        metric=benchmark.primary(one.table.task),
        seed=run.seed,
        backend=BackendSpec(),
    )
    return time.perf_counter() - began
