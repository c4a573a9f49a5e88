"""`qml benchmark --dry-run`: the screen, the fits and their time here, circuits and dollars."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from deployments.cli.benchmark_circuits import (
    dollars,
    forecast_circuits,
    in_words,
    total_usd,
)
from deployments.cli.benchmark_door import Opened
from deployments.cli.benchmark_timing import Took, time_contestant
from deployments.cli.layout import labelled, paragraph
from deployments.cli.measured_forecast import MeasuredForecast
from qml_core.errors import ScreenRefused
from qml_core.evaluation import preprocessing
from qml_core.evaluation.contestants import FoldRows
from qml_core.evaluation.screen import check_screens, screen_model
from qml_core.evaluation.splits import fold_roles
from qml_core.references.benchmark import ScreenRef
from qml_core.specs import BackendSpec, BenchmarkSpec, RunSpec, Spec

_MANY = 6
"""Screens; of more a line each is told."""


def tell_benchmark(
    specs: Mapping[str, Spec],
    opened: Sequence[Opened],
    *,
    as_json: bool,
    verbose: bool = False,
) -> None:
    """Print what a benchmark does, takes and costs at most, nothing of it in the store.

    Args:
        verbose: all that the screen looked at, and not only what speaks against a model.
    """
    benchmark, backend, run = specs["benchmark"], specs["backend"], specs["run"]
    assert isinstance(benchmark, BenchmarkSpec)
    assert isinstance(backend, BackendSpec)
    assert isinstance(run, RunSpec)
    screens: list[ScreenRef] = []
    took: list[Took] = []
    for one in opened:
        screens.append(one.screen)
        rows, y = _first_fold(one, benchmark, run)
        screens += _screens(one, rows, y, backend, run)
        took += [time_contestant(one, rows, c, benchmark, run) for c in one.contestants]
    circuits = [
        found for one in opened for found in forecast_circuits(one, benchmark, backend, run)
    ]
    if as_json:
        click.echo(json.dumps(_document(benchmark, screens, took, circuits), indent=2))
        return
    click.echo(labelled(_rows(benchmark, opened, took, circuits).items(), column=12))
    click.echo("\n".join(_screen_lines(screens, verbose=verbose)))
    try:
        check_screens(screens, benchmark, paid=backend.kind == "qpu")
    except ScreenRefused:
        said = "refused without --force: a QPU would be paid for models that are not worth it"
        click.echo(click.style(paragraph(said), fg="yellow"))


def _first_fold(one: Opened, benchmark: BenchmarkSpec, run: RunSpec) -> tuple[FoldRows, Any]:
    table = one.table
    roles = fold_roles(table.y, table.task, benchmark.folds, run.seed, names=table.classes)[0]
    own = table.features[roles == 0]
    fitted = preprocessing.fit(one.dataset.preprocessing, own, table.y[roles == 0], table.task)
    X, raw, y = fitted.transform(table.features), fitted.raw(table.features), table.y.astype(float)
    train, test = roles == 0, roles == 1
    return FoldRows(X[train], raw[train], y[train], X[test], raw[test]), y[train]


def _screens(
    one: Opened, rows: FoldRows, y: Any, backend: BackendSpec, run: RunSpec
) -> list[ScreenRef]:
    return [
        screen_model(
            contestant.label,
            contestant.model,
            one.dataset.label(one.table.name),
            rows.x_train,
            rows.raw_train,
            y,
            one.table.task,
            backend=backend,
            seed=run.seed,
        )
        for contestant in one.contestants
        if contestant.kind == "quantum" and contestant.model is not None
    ]


def _document(
    benchmark: BenchmarkSpec,
    screens: Sequence[ScreenRef],
    took: Sequence[Took],
    circuits: Sequence[tuple[str, MeasuredForecast]],
) -> dict[str, Any]:
    return {
        "verb": "benchmark",
        "folds": benchmark.splits,
        "configurations": benchmark.configurations,
        "models": [
            {
                "data": one.data,
                "model": one.contestant.label,
                "kind": one.contestant.kind,
                "fits": one.fits,
                "seconds": one.seconds,
                "error": one.error,
            }
            for one in took
        ],
        "seconds": _seconds(took),
        "measured": {label: found.model_dump(mode="json") for label, found in circuits},
        "usd": total_usd(circuits),
        "screens": [one.model_dump(mode="json") for one in screens],
    }


def _seconds(took: Sequence[Took]) -> float:
    """One fit at a time."""
    return sum(one.seconds or 0.0 for one in took)


def _rows(
    benchmark: BenchmarkSpec,
    opened: Sequence[Opened],
    took: Sequence[Took],
    circuits: Sequence[tuple[str, MeasuredForecast]],
) -> dict[str, str]:
    names = {kind: _labels(opened[0], kind) for kind in ("quantum", "classical", "control")}
    task = opened[0].table.task
    rows = {
        "data": ", ".join(
            f"{one.dataset.label(one.table.name)} ({one.facts.rows:,} rows)" for one in opened
        ),
        **names,
        "folds": f"{benchmark.folds} × {benchmark.repeats} outer folds, "
        f"{benchmark.configurations} configurations of every model in {benchmark.inner_folds} "
        "inner folds",
        "decides": f"{benchmark.primary(task)}, threshold {benchmark.margin(task):g}, "
        f"alpha {benchmark.alpha:g}",
        "fits": f"{sum(one.fits for one in took):,}",
        "time": f"about {_duration(_seconds(took))} on this machine, nothing in the store; most: "
        f"{_longest(took)}",
    }
    failing = dict.fromkeys(
        f"{one.contestant.label} on {one.data}: {one.error}" for one in took if one.error
    )
    rows["will fail"] = "; ".join(failing)
    rows["circuits"], rows["dollars"] = in_words(circuits), dollars(circuits)
    return rows


def _labels(opened: Opened, kind: str) -> str:
    """Labels of controls have commas."""
    return "; ".join(one.label for one in opened.contestants if one.kind == kind)


def _longest(took: Sequence[Took]) -> str:
    total: dict[str, float] = {}
    for one in took:
        total[one.contestant.label] = total.get(one.contestant.label, 0.0) + (one.seconds or 0.0)
    longest = sorted(total.items(), key=lambda item: -item[1])[:3]
    return "; ".join(f"{label} {_duration(seconds)}" for label, seconds in longest)


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _screen_lines(screens: Sequence[ScreenRef], *, verbose: bool) -> list[str]:
    """What speaks against each model, and how much else was looked at."""
    lines = ["", click.style("screen", bold=True)]
    brief = len(screens) > _MANY and not verbose
    for screen in screens:
        if not screen.model and screen.worth:
            continue
        of = f"{screen.model} on {screen.data}" if screen.model else screen.data
        verdict = "worth a try" if screen.worth else "do not pay for it"
        colour = "green" if screen.worth else "yellow"
        if brief:
            checks = ", ".join(reason.check for reason in screen.reasons if reason.against)
            said = f"{of}: {verdict}{f' ({checks})' if checks else ''}"
            lines.append(click.style(paragraph(said, "      ", "  "), fg=colour))
            continue
        lines.append(f"  {of}: {click.style(verdict, fg=colour)}")
        lines += [
            paragraph(reason.said, "      ", "    − " if reason.against else "      ")
            for reason in screen.reasons
            if reason.against or verbose
        ]
        other = sum(not reason.against for reason in screen.reasons)
        if other and not verbose:
            lines.append(f"      {other} other remarks, see --verbose")
    return [*lines, "  --verbose tells more"] if brief else lines
