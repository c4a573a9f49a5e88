"""`qml benchmark reproduce`: published accuracies, refitted on regenerated data."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from deployments.cli.layout import paragraph
from deployments.cli.parameters import JSON
from qml_core.errors import SpecError
from qml_core.near_names import near_names

if TYPE_CHECKING:
    from qml_core.evaluation.reproduction.refit import Refitted


@click.command(short_help="Refit a published study and compare accuracies")
@click.option("--family", metavar="NAME", help="One family; none: all three.")
@click.option("--model", metavar="NAME", help="SVC or IQPKernel; none: both.")
@click.option("--verbose", is_flag=True, help="A line for every entry.")
@JSON
def reproduce(family: str | None, model: str | None, verbose: bool, as_json: bool) -> None:
    """Refit the models of a published study (arXiv:2403.07059) and compare accuracies.

    SVC and the IQP kernel with the published hyper-parameters, on data drawn from the published
    random streams. Exit code 1 where an entry that is known to be reproduced is not.
    """
    from qml_core.evaluation.reproduction.published import published
    from qml_core.evaluation.reproduction.refit import refit_all

    entries = published()
    for asked, known in (
        (family, {e.family for e in entries}),
        (model, {e.model for e in entries}),
    ):
        if asked is not None and asked not in known:
            raise SpecError(f"no {asked!r} in the published file", near_names(asked, sorted(known)))
    own = [e for e in entries if family in (None, e.family) and model in (None, e.model)]
    watched = sys.stderr.isatty() and not verbose and not as_json
    began, found = time.perf_counter(), []
    for number, refitted in enumerate(refit_all(own), start=1):
        found.append(refitted)
        if verbose and not as_json:
            click.echo(_line(refitted))
        elif watched:
            click.echo(f"\r{number} of {len(own)} entries", nl=False, err=True)
    if watched:
        click.echo("\r\033[K", nl=False, err=True)
    seconds = time.perf_counter() - began
    click.echo(_document(found, seconds) if as_json else _summary(found, seconds))
    if not all(one.as_expected for one in found):
        raise click.exceptions.Exit(1)


def _line(one: "Refitted") -> str:
    entry = one.entry
    scores = f"train {_pair(one.train, entry.train)}  test {_pair(one.test, entry.test)}"
    return f"{entry.model:<10}{entry.family:<22}{entry.instance:<16}{scores}  {_state(one)}"


def _pair(found: float, published: float) -> str:
    return f"{found:.6f} ({published:.6f})"


def _state(one: "Refitted") -> str:
    if not one.possible:
        return f"impossible: no score of {one.n_test} rows"
    return "matches" if one.matches else "differs"


def _summary(found: Sequence["Refitted"], seconds: float) -> str:
    lines = [f"{'model':<11}{'family':<23}{'entries':>8}{'match':>7}{'differ':>8}"]
    groups = dict.fromkeys((one.entry.model, one.entry.family) for one in found)
    for model, family in groups:
        own = [one for one in found if (one.entry.model, one.entry.family) == (model, family)]
        match = sum(one.matches for one in own)
        lines.append(f"{model:<11}{family:<23}{len(own):>8}{match:>7}{len(own) - match:>8}")
    lines.append("")
    others = [one for one in found if not one.matches]
    if others:
        lines += ["found (published):", *map(_line, others), ""]
    return "\n".join([*lines, _ending(found, seconds)])


def _ending(found: Sequence["Refitted"], seconds: float) -> str:
    known = [one for one in found if one.entry.reproduced]
    match = sum(one.matches for one in known)
    said = (
        f"{match} of {len(known)} entries that are known to be reproducible match to the digits "
        f"published, in {seconds:.1f} s"
    )
    if len(found) > len(known):
        others = sum(one.matches for one in found) - match
        said += f"; of {len(found) - len(known)} that are not, {others or 'none'}"
    return paragraph(said)


def _document(found: Sequence["Refitted"], seconds: float) -> str:
    rows = [
        {
            **asdict(one.entry),
            "refit_train": one.train,
            "refit_test": one.test,
            "match": one.matches,
            "possible": one.possible,
        }
        for one in found
    ]
    return json.dumps({"entries": rows, "seconds": seconds}, indent=2)
