"""`qml benchmark audit FILE`: scores that no test set of that size can give."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from deployments.cli.layout import paragraph
from deployments.cli.parameters import JSON
from qml_core.errors import DataError

MAX_BYTES = 64 * 2**20


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--n-test", type=int, required=True, metavar="N", help="Rows of the test set.")
@click.option("--seeds", type=int, metavar="N", help="A row is a mean over so many seeds.")
@click.option("--test", metavar="COLUMN", help="Test scores; none: by its usual names.")
@click.option("--train", metavar="COLUMN", help="Train scores; none: by its usual names.")
@click.option("--by", metavar="COLUMN,…", help="Columns that name an entry; its rows are seeds.")
@JSON
def audit(
    file: Path,
    n_test: int,
    seeds: int | None,
    test: str | None,
    train: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Flag impossible entries of a CSV file of accuracies; exit code 1 where there are any.

    \b
    A score of one seed is k/n_test, a mean over seeds k/(n_test·seeds), to the file's digits.
    Test scores that equal the train scores of every seed are told, too.
    """
    from qml_core.evaluation.reproduction.audit import audit as audited
    from qml_core.evaluation.reproduction.result_files import entries_of

    names = [name.strip() for name in (by or "").split(",") if name.strip()]
    entries = entries_of(_read(file), test=test, train=train, by=names, mean=seeds is not None)
    found = audited(entries, n_test, seeds or 1)
    if as_json:
        document = {"file": str(file), "entries": len(entries), "n_test": n_test, "seeds": seeds}
        click.echo(json.dumps({**document, "findings": [asdict(f) for f in found]}, indent=2))
    else:
        for finding in found:
            kind = click.style(f"{finding.kind}:", fg="yellow", bold=True)
            click.echo(
                paragraph(
                    f"{kind} {finding.said}", "    ", f"line {finding.line}, {finding.name}, "
                )
            )
        lines = len({finding.line for finding in found})
        verdict = f"{lines} of them cannot be, or are suspect" if found else "all are possible"
        click.echo(f"{len(entries):,} entries, test set of {n_test:,} rows: {verdict}")
    if found:
        raise click.exceptions.Exit(1)


def _read(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise DataError(
                f"{file} has {file.stat().st_size:,} bytes, the limit is {MAX_BYTES:,}",
                "audit a part of it",
            )
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file} cannot be read: {error}", "give a CSV file in UTF-8") from error
