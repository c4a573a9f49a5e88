"""`qml budget`: what projects may spend on QPUs, what they have spent, what is in doubt."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import click

from deployments.cli import budget_text as text
from deployments.cli.layout import size
from deployments.cli.ledger import find_backend, open_own_ledger
from deployments.cli.money import Usd
from deployments.cli.parameters import JSON
from qml_core.errors import SpecError
from qml_core.settings import Settings

FORMATS = ("csv", "json", "parquet")
MOST_DAYS = 3660


@click.group()
def budget() -> None:
    """What projects may spend on QPUs: set, show, history, reconcile, settle, export.

    PROJECT is a name as in --set run.project=…; without a budget nothing is submitted.
    """


@budget.command(name="set")
@click.argument("project")
@click.argument("cap", type=Usd(), metavar="USD")
@click.option("--qpu-seconds", type=click.FloatRange(0, 1e9), help="Cap of QPU time; else none.")
@click.option(
    "--days",
    type=click.IntRange(1, MOST_DAYS),
    default=30,
    show_default=True,
    help="Length of the window, after which spending starts at 0.",
)
@click.option("--unfreeze", is_flag=True, help="Go on after an overrun.")
@JSON
def set_(
    project: str, cap: int, qpu_seconds: float | None, days: int, unfreeze: bool, as_json: bool
) -> None:
    """Let PROJECT spend USD within each window of some days."""
    now, ledger = _now(), open_own_ledger()
    qpu_ms = None if qpu_seconds is None else round(qpu_seconds * 1000)
    ledger.set_budget(project, cap, now, qpu_ms, days, unfreeze)
    _tell_standings(project, as_json)


@budget.command()
@click.argument("project", required=False)
@JSON
def show(project: str | None, as_json: bool) -> None:
    """Cap, spent, reserved, left, burn rate, alerts, jobs in doubt."""
    _tell_standings(project, as_json)


def _tell_standings(project: str | None, as_json: bool) -> None:
    from qml_core.budget.entries import check_project
    from qml_core.budget.standing import standing_of, standings

    if project is not None:
        check_project(project)
    now, ledger = _now(), open_own_ledger()
    found = standings(ledger, now) if project is None else (standing_of(ledger, project, now),)
    if as_json:
        click.echo(json.dumps([one.model_dump(mode="json") for one in found], indent=2))
    elif not found:
        click.echo("no budgets: nothing is submitted to a QPU; `qml budget set default 25`")
    else:
        click.echo("\n\n".join(text.standing(one, now) for one in found))


@budget.command()
@click.argument("project", required=False)
@click.option("--limit", type=click.IntRange(min=1), default=40, show_default=True)
@JSON
def history(project: str | None, limit: int, as_json: bool) -> None:
    """The newest entries of the ledger, which never change."""
    from qml_core.budget.export import plain

    entries = open_own_ledger().entries(project)
    shown = entries[-limit:]
    if as_json:
        click.echo(json.dumps([plain(entry) for entry in shown], indent=2))
        return
    click.echo(text.history(shown))
    if len(shown) < len(entries):
        click.echo(f"{len(shown)} of {len(entries)} entries, --limit shows more", err=True)


@budget.command()
@click.argument("project", required=False)
@click.option(
    "--grace",
    type=click.FloatRange(min=0),
    help="Seconds until a provider shows a job that it accepted; else QML_JOB_GRACE_S.",
)
@JSON
def reconcile(project: str | None, grace: float | None, as_json: bool) -> int:
    """Ask the providers about every job that has not ended.

    It is settled or released by their answer; nothing is ever released by time alone. Exit code 1
    where a provider did not answer, or does not know a job that was submitted to it.
    """
    from qml_core.budget.reconcile import reconcile as reconcile_all

    seconds = Settings.from_environment().job_grace_s if grace is None else grace
    ledger = open_own_ledger()
    findings = reconcile_all(ledger, find_backend, _now(), timedelta(seconds=seconds), project)
    if as_json:
        click.echo(json.dumps([vars(finding) for finding in findings], indent=2))
    else:
        click.echo(text.findings(findings))
    return 1 if any(finding.found in ("lost", "unreachable") for finding in findings) else 0


@budget.command()
@click.argument("job")
@click.option("--usd", type=Usd(), required=True, help="What the provider's bill says it cost.")
@click.option("--reason", required=True, help="Kept in the history.")
@JSON
def settle(job: str, usd: int, reason: str, as_json: bool) -> None:
    """End a submitted job that its provider forgot.

    JOB is its key, or the first digits, as `qml budget reconcile` shows it.
    """
    from qml_core.references import Charge

    ledger = open_own_ledger()
    found = [one for one in ledger.jobs(states=("submitted",)) if one.job_key.startswith(job)]
    if len(found) != 1:
        raise SpecError(
            f"job {job[:80]!r} asked for, {len(found)} submitted jobs begin so",
            "see `qml budget reconcile`; only what was submitted can be settled",
        )
    record = ledger.settle(found[0].job_key, Charge(microusd=usd), "lost", _now(), reason)
    _tell_standings(record.project, as_json)


@budget.command()
@click.argument("project", required=False)
@click.option("--format", "form", type=click.Choice(FORMATS), help="By suffix of the output.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="None: the screen.")
def export(project: str | None, form: str | None, output: Path | None) -> None:
    """All entries as CSV, JSON or Parquet.

    Amounts are millionths of a USD and milliseconds.
    """
    from qml_core.budget.export import encode_entries

    chosen = _format(form, output)
    content = encode_entries(open_own_ledger().entries(project), chosen)
    if output is None:
        click.echo(content.decode(), nl=False)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise SpecError(f"--output {output} cannot be written: {error.strerror}") from error
    click.echo(f"{output}: {size(len(content))}", err=True)


def _format(form: str | None, output: Path | None) -> Any:
    """As asked, else by suffix, else CSV; raises SpecError."""
    suffix = "" if output is None else output.suffix.removeprefix(".")
    chosen = form or suffix or "csv"
    if chosen not in FORMATS:
        raise SpecError(f"--output {output} ends in none of {', '.join(FORMATS)}", "add --format")
    if chosen == "parquet" and output is None:
        raise SpecError("Parquet is no text for the screen", "add --output entries.parquet")
    return chosen


def _now() -> datetime:
    return datetime.now(timezone.utc)
