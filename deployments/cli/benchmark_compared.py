"""Two benchmarks on the terminal: scores side by side, their difference, how certain it is."""

from collections.abc import Sequence

import click

from deployments.cli.layout import paragraph
from qml_core.references.compared import DataCompared, ModelCompared, RunsCompared


def compared_text(found: RunsCompared) -> str:
    """A table for each data set, and what could not be compared."""
    lines = [f"first   {found.first}", f"second  {found.second}"]
    for one in found.data:
        lines += ["", *_on_data(one)]
    for which, names in (("first", found.only_first), ("second", found.only_second)):
        if names:
            lines += ["", paragraph(f"only in the {which} run: {', '.join(names)}")]
    if not found.data:
        lines += ["", "no data set is in both runs: nothing to compare"]
    if any(one.folds for one in found.data):
        said = (
            "change: second − first, positive where the second is better; corrected resampled "
            "t-test on the folds that both have, p after Holm over the models fitted twice"
        )
        lines += ["", paragraph(said)]
    return "\n".join(lines)


def _on_data(one: DataCompared) -> list[str]:
    folds = f", {one.folds} folds" if one.folds else ""
    lines = [click.style(f"{one.data}: {one.metric.replace('_', ' ')}{folds}", bold=True)]
    lines += [paragraph(note, "  ") for note in one.notes]
    if one.models:
        lines += _table(one.models, paired=bool(one.folds))
    for which, names in (("first", one.only_first), ("second", one.only_second)):
        if names:
            lines.append(paragraph(f"only in the {which} run: {', '.join(names)}", "    ", "  "))
    return lines


def _table(models: Sequence[ModelCompared], *, paired: bool) -> list[str]:
    widest = max(len("model"), *(len(one.model) for one in models))
    head = f"  {'model':<{widest}}  {'first':>7}  {'second':>7}"
    tested = f"  {'change':>7}  {'95 % interval':^18}  {'p':>6}" if paired else ""
    lines = [head + tested]
    for one in models:
        scores = f"  {one.model:<{widest}}  {_number(one.first)}  {_number(one.second)}"
        lines.append((scores + (_tested(one) if paired else "")).rstrip())
    return lines


def _tested(one: ModelCompared) -> str:
    if one.same:
        return "  the same fits"
    test = one.test
    if test is None or test.difference is None:
        return "  no fold in common"
    between = "" if test.low is None else f"{test.low:+.4f} to {test.high:+.4f}"
    p = "" if one.corrected is None else f"{one.corrected:.2g}"
    return f"  {test.difference:>+7.4f}  {between:^18}  {p:>6}"


def _number(value: float | None) -> str:
    return f"{'failed':>7}" if value is None else f"{value:>7.4f}"
