"""`qml artifacts`: what lies in the store, whether it is sound, and out of it again."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import click

from deployments.cli.layout import size
from deployments.cli.parameters import JSON
from deployments.cli.reaching import open_own_store
from qml_core.errors import SpecError
from qml_core.keys import digest
from qml_core.references import ArtifactRef, MatrixRef
from qml_core.storage import gc, inventory
from qml_core.storage.export import export_matrix
from qml_core.storage.runs import load_run
from qml_core.storage.store import ArtifactStore


@click.group()
def artifacts() -> None:
    """Matrices, models, reports and run records: list, show, verify, gc, export.

    NAME is a run id, the first 6 or more hex digits of a key, or a uri.
    """


def _resolve(store: ArtifactStore, name: str) -> inventory.Artifact:
    if ".." in name:
        raise SpecError(
            f"artifact {name!r}: names are without '..'",
            "give a run id, a key or a uri of the store",
        )
    return inventory.resolve(store, name)


@artifacts.command(name="list")
@click.option("--kind", help="Only this kind: run, matrix, model, report, dataset, …")
@JSON
def list_(kind: str | None, as_json: bool) -> None:
    """All artifacts, newest first."""
    store = open_own_store()
    rows = [a for a in inventory.list_artifacts(store) if kind in (None, a.kind)]
    if as_json:
        click.echo(json.dumps([{**vars(a), "modified": a.modified.isoformat()} for a in rows]))
        return
    for a in rows:
        name = a.name if a.kind in ("run", "benchmark") else a.name[:12]
        click.echo(f"{a.modified:%Y-%m-%d %H:%M}  {a.kind:<14}{name:<24}{size(a.size):>10}")
    click.echo(f"{len(rows)} artifacts in {store.url}", err=True)


@artifacts.command()
@click.argument("name")
def show(name: str) -> None:
    """The document of NAME as JSON."""
    store = open_own_store()
    click.echo(json.dumps(inventory.describe(store, _resolve(store, name)), indent=2))


@artifacts.command()
@click.argument("name", required=False)
@JSON
def verify(name: str | None, as_json: bool) -> int:
    """Read and check NAME, or the whole store."""
    store = open_own_store()
    if name is not None:
        _resolve(store, name)
    report = inventory.verify(store, name)
    if as_json:
        damaged = [vars(d) for d in report.damaged]
        click.echo(json.dumps({"checked": report.checked, "damaged": damaged}))
    else:
        for damage in report.damaged:
            click.echo(f"damaged   {damage.path}: {damage.reason}")
        click.echo(f"{report.checked} objects checked, {len(report.damaged)} damaged")
        if report.damaged:
            click.echo("run the command that made them again: damaged blocks are recomputed")
    return 1 if report.damaged else 0


@artifacts.command(name="gc")
@click.option("--days", type=click.FloatRange(min=0), default=30.0, show_default=True)
@click.option("--delete", is_flag=True, help="Really delete; without it, only tell.")
@JSON
def gc_(days: float, delete: bool, as_json: bool) -> None:
    """Delete what nothing refers to and nobody wrote for some days."""
    now = datetime.now(timezone.utc)
    report = gc.collect_garbage(open_own_store(), now, timedelta(days=days), dry_run=not delete)
    if as_json:
        click.echo(json.dumps(vars(report)))
        return
    for path in [*report.removed, *report.unfinished]:
        click.echo(path)
    verb = "would be deleted, add --delete" if report.dry_run else "deleted"
    count = len(report.removed) + len(report.unfinished)
    click.echo(f"{count} objects, {size(report.bytes)}, {verb}; {report.kept} kept", err=True)


@artifacts.command()
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(["csv", "npy", "parquet"]), help="By suffix.")
def export(name: str, file: Path, form: str | None) -> None:
    """Write the kernel matrix NAME to FILE as CSV, NumPy or Parquet."""
    store = open_own_store()
    ref = _matrix(store, name)
    chosen = form or file.suffix.removeprefix(".") or "parquet"
    export_matrix(ref, file, chosen)  # type: ignore[arg-type]
    click.echo(f"{file}: {size(file.stat().st_size)}", err=True)


def _matrix(store: ArtifactStore, name: str) -> ArtifactRef:
    """The manifest NAME stands for: itself, or the only matrix of a run."""
    found = _resolve(store, name)
    if found.kind == "run":
        matrices = load_run(store, found.name)["matrices"]
        if len(matrices) == 1:
            return MatrixRef.model_validate(matrices[0])
        keys = ", ".join(m["key"][:12] for m in matrices)
        raise SpecError(f"run {name} has {len(matrices)} matrices: {keys}", "name one by its key")
    if found.kind != "matrix":
        raise SpecError(f"{name} is a {found.kind}, only a matrix can be exported")
    return ArtifactRef(store=store.url, path=found.path, sha256=digest(store.get(found.path)))
