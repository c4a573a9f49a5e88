"""`qml benchmark audit FILE`: scores that no test set of that size can give."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.layout import paragraph
from deployments.cli.parameters import JSON
from qml_core.errors import DataError

if TYPE_CHECKING:
    from qml_core.evaluation.reproduction.audit import Audit, Finding

MAX_BYTES = 16 * 2**20
_WEAK = 0.05


@click.command(short_help="Flag impossible entries of a table of accuracies")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--n-test", type=int, required=True, metavar="N", help="Rows of the test set.")
@click.option("--seeds", type=int, metavar="N", help="A row is a mean over so many seeds.")
@click.option("--test", metavar="COLUMN", help="Test scores; none: by its usual names.")
@click.option("--train", metavar="COLUMN", help="Train scores; none: by its usual names.")
@click.option(
    "--by",
    metavar="COLUMN,…",
    help="Columns that name an entry, whose rows are its seeds; none: all others but a seed's.",
)
@click.option("--percent", is_flag=True, help="Scores are 0 to 100.")
@JSON
def audit(file: Path, n_test: int, seeds: int | None, as_json: bool, **columns: Any) -> None:
    """Flag impossible entries of a CSV file of accuracies; exit code 1 where there are any.

    \b
    A score of one seed is k/n_test, a mean over seeds k/(n_test·seeds), to the
    digits of the file.
    Test scores that equal the train scores of every seed are told, too.
    """
    from qml_core.evaluation.reproduction.audit import audit as audited
    from qml_core.evaluation.reproduction.result_files import entries_of

    columns["by"] = [name.strip() for name in (columns["by"] or "").split(",") if name.strip()]
    entries = entries_of(_read(file), mean=seeds is not None, **columns)
    found = audited(entries, n_test, seeds)
    if as_json:
        document = {"file": str(file), "entries": len(entries), "n_test": n_test, "seeds": seeds}
        click.echo(json.dumps({**document, **asdict(found)}, indent=2))
    else:
        click.echo("\n".join([*map(_line, found.findings), _summary(found, len(entries), n_test)]))
    if any(finding.certain for finding in found.findings):
        raise click.exceptions.Exit(1)


def _line(finding: "Finding") -> str:
    kind = f"{finding.kind}:"
    where = ", ".join(filter(None, (f"line {finding.line}", finding.name)))
    text = paragraph(f"{kind} {finding.said}", "    ", f"{where}, ")
    return text.replace(kind, click.style(kind, fg="yellow", bold=True), 1)


def _summary(found: "Audit", n_entries: int, n_test: int) -> str:
    wrong = {finding.line for finding in found.findings if finding.certain}
    suspect = {finding.line for finding in found.findings} - wrong
    share, digits = found.share_possible, found.digits
    said = [f"{len(wrong):,} wrong"] if wrong else []
    if share == 1.0:
        said.append(f"{_count(digits, 'decimal', 'decimals')} cannot tell")
    elif not wrong:
        weak = f", but so are {share:.0%} of all numbers of {digits} decimals"
        said.append(f"all are possible{weak if share > _WEAK else ''}")
    if suspect:
        said.append(f"{len(suspect):,} suspect")
    sizes = f"{_count(n_entries, 'entry', 'entries')}, test set of {_count(n_test, 'row', 'rows')}"
    return paragraph(f"{sizes}: {', '.join(said)}")


def _count(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)  # a pipe has no size
        if len(content) > MAX_BYTES:
            raise DataError(
                f"{file} has more than {MAX_BYTES:,} bytes, the limit", "audit a part of it"
            )
        if content.startswith(b"PAR1"):
            raise DataError(f"{file} is a Parquet file", "give its scores as CSV")
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file} cannot be read: {error}", "give a CSV file in UTF-8") from error
