"""`qml models`: trained models, and the names that some of them are promoted to."""

import json
from typing import Any

import click

from deployments.cli.layout import paragraph
from deployments.cli.parameters import JSON
from deployments.cli.reaching import open_own_store

DEFAULT_NAME = "production"


@click.group()
def models() -> None:
    """Trained models, and the names that some of them are promoted to.

    MODEL is the first 6 or more hex digits of a key of `qml models list`, or a run id.
    """


@models.command(name="list")
@JSON
def list_(as_json: bool) -> None:
    """All models, newest first, and what they are promoted as."""
    from deployments.cli.stored_models import listed_models

    store = open_own_store()
    rows = listed_models(store)
    if as_json:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        names = f"  {', '.join(row['promoted'])}" if row["promoted"] else ""
        click.echo(
            f"{row['modified'][:16].replace('T', ' ')}  {row['key'][:12]}  {row['kind']:<8}"
            f"{row['name']:<20} {row['target']}{click.style(names, fg='green', bold=True)}"
        )
    click.echo(f"{len(rows)} models in {store.url}", err=True)


@models.command()
@click.argument("model")
@click.option("--benchmark", metavar="RUN", help="The evidence; else the newest that has it.")
@click.option("--as", "name", metavar="NAME", default=DEFAULT_NAME, show_default=True)
@click.option("--override", metavar="REASON", help="Promote it without evidence; is stored.")
@JSON
def promote(**words: Any) -> None:
    """Let a name stand for MODEL, e.g. for `qml predict --model NAME`.

    A quantum model is refused unless a benchmark of it on its data found it not worse than the
    best classical model.
    """
    from deployments.cli.stored_models import promote_model

    found = promote_model(open_own_store(), words)
    if words["as_json"]:
        click.echo(found.model_dump_json(indent=2))
        return
    over = "" if found.over is None else f", until now {found.over.path[10:22]}"
    click.echo(f"{found.name}: {found.model.name} {found.model.path[10:22]}{over}")
    click.echo(paragraph(found.why))
