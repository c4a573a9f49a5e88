"""Predictions as a person or a program reads them: each says who made it."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from qml_core.errors import DataError


@dataclass(frozen=True)
class Answers:
    """One label or value for each row, in order."""

    target: str
    values: list[str | float]
    made_by: str
    """Model and backend, or the classical model that stood in."""
    notes: tuple[str, ...] = ()


def tell_answers(found: Answers, about: Mapping[str, Any], words: Mapping[str, Any]) -> None:
    """Print or write the predictions; what is to be said of them goes to standard error."""
    if words["as_json"]:
        made_by = [found.made_by] * len(found.values)
        document = {
            **about,
            found.target: found.values,
            "made_by": made_by,
            "notes": list(found.notes),
        }
        click.echo(json.dumps(document))
        return
    for note in found.notes:
        click.echo(click.style(f"note: {note}", fg="yellow"), err=True)
    if words["out"] is None:
        click.echo(_csv(found), nl=False)
    else:
        _write(words["out"], _csv(found))
        click.echo(f"{len(found.values)} predictions in {words['out']}", err=True)


def _csv(found: Answers) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(
        [[found.target, "made_by"], *([value, found.made_by] for value in found.values)]
    )
    return text.getvalue()


def _write(out: str, text: str) -> None:
    try:
        with click.open_file(out, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DataError(f"--out {out} cannot be written: {error.strerror}") from error
