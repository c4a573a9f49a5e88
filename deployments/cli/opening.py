"""`qml open`: the report of a run in the browser."""

import sys
import webbrowser
from pathlib import Path

import click

from deployments.cli.reaching import open_own_store
from deployments.cli.run_words import run_record
from qml_core.references import ArtifactRef
from qml_core.settings import data_folder


@click.command(name="open")
@click.argument("run", required=False)
@click.option("--print", "only_print", is_flag=True, help="Print where it is; open nothing.")
def open(run: str | None, only_print: bool) -> None:
    """Open the report of RUN (a run id, its beginning, or `latest`, the default)."""
    from qml_core.storage.content import get_verified

    store = open_own_store()
    record = run_record(store, run)
    report = ArtifactRef.model_validate(record["report"])
    file = data_folder() / "reports" / f"{record['run_id']}.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(get_verified(report, store))
    click.echo(file.as_uri())
    if not only_print and sys.stdout.isatty():
        _browse(file)


def _browse(file: Path) -> None:
    if not webbrowser.open(file.as_uri()):
        click.echo("no browser found; open the address above", err=True)
