"""`qml benchmark show | compare | export`: benchmarks that were run before."""

import json
from pathlib import Path

import click

from deployments.cli.parameters import JSON
from deployments.cli.reaching import open_own_store
from qml_core.errors import DataError, SpecError

PREDICTIONS = ("rows", "y_true", "y_pred", "score", "probabilities")
"""Columns of the table that hold a list for each fold."""


@click.command(short_help="What RUN, or the newest benchmark, found")
@click.argument("run", required=False)
@JSON
def show(run: str | None, as_json: bool) -> None:
    """What RUN found, as it told it; without RUN the newest benchmark."""
    from deployments.cli.benchmark_runs import find_benchmark
    from deployments.cli.benchmark_text import benchmark_text

    found = find_benchmark(open_own_store(), run)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    click.echo(benchmark_text(found.data, found.across, found.screens, found.verdict))
    rows = {
        "run": f"{found.run_id} of {found.created[:16].replace('T', ' ')}",
        "report": found.report.uri,
        "folds": found.table.uri,
        "repeat": found.command,
    }
    click.echo("\n".join(f"{label:<10}{text}" for label, text in rows.items()))


@click.command(short_help="Two benchmarks beside each other")
@click.argument("first", metavar="RUN")
@click.argument("second", metavar="RUN")
@JSON
def compare(first: str, second: str, as_json: bool) -> None:
    """Two benchmarks beside each other: models on the folds that both have."""
    from deployments.cli.benchmark_compared import compared_text
    from deployments.cli.benchmark_runs import compare_benchmarks, find_benchmark

    store = open_own_store()
    found = compare_benchmarks(find_benchmark(store, first), find_benchmark(store, second))
    click.echo(found.model_dump_json(indent=2) if as_json else compared_text(found))


@click.group()
def export() -> None:
    """The folds of a benchmark for other programs."""


@export.command(short_help="One line for each fold of each model")
@click.argument("run", required=False)
@click.option("--out", metavar="FILE", help="Write a new file instead of printing.")
@click.option("--predictions", is_flag=True, help="Also what was said of every held-out row.")
def csv(run: str | None, out: str | None, predictions: bool) -> None:
    """One line for each fold of each model of RUN, or of the newest benchmark."""
    if out is not None and Path(out).exists():
        raise SpecError(f"--out {out} exists", "name a new file, or remove it")
    from deployments.cli.benchmark_runs import find_benchmark
    from qml_core.storage.benchmarks import get_benchmark

    found = find_benchmark(open_own_store(), run)
    table = get_benchmark(found.table).to_pandas()
    for name in PREDICTIONS:
        if predictions:
            table[name] = [_listed(value) for value in table[name]]
        else:
            del table[name]
    table.insert(0, "run", found.run_id)
    text = table.to_csv(index=False, lineterminator="\n")
    if out is None:
        click.echo(text, nl=False)
        return
    _write(out, text)
    click.echo(f"{len(table)} folds in {out}", err=True)


def _listed(value: object) -> str:
    """A cell's numbers as JSON; empty where there are none."""
    if value is None:
        return ""
    return json.dumps([x.tolist() if hasattr(x, "tolist") else x for x in value])


def _write(out: str, text: str) -> None:
    """Raises DataError; a file that appeared in between is left as it is."""
    try:
        with open(out, "x", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as error:
        raise DataError(f"--out {out} cannot be written: {error.strerror}") from error
