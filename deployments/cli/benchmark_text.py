"""What a benchmark says on the terminal: tables, verdicts, and where everything is."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from deployments.cli.layout import labelled, paragraph
from deployments.cli.running import call_flow, lines_to_copy
from qml_core.evaluation.judgement.headline import nearest
from qml_core.references import (
    AcrossData,
    DataVerdict,
    Judgement,
    ModelScore,
    ScreenRef,
)
from qml_core.specs import Spec

_COLOURS = {"advantage": "green", "classical better": "red", "no difference": "cyan"}
_MANY = 3
"""Data sets; of more, a line each is shown."""


def run_benchmark(specs: Mapping[str, Spec], words: Mapping[str, Any]) -> None:
    """Run the flow, then print what it found."""
    result, stages = call_flow("benchmark", specs, words)
    if words["as_json"]:
        click.echo(result.model_dump_json(indent=2))
        return
    click.echo(benchmark_text(result.data, result.across, result.screens, result.verdict))
    rows = {"report": result.report.uri, "folds": result.table.uri}
    click.echo("\n".join(lines_to_copy(rows, result, stages, local=words["local"])))


def benchmark_text(
    data: Sequence[DataVerdict],
    across: AcrossData | None,
    screens: Sequence[ScreenRef],
    sentence: str,
) -> str:
    """Tables, verdicts, what the screen said, and the sentence."""
    lines: list[str] = []
    if len(data) > _MANY:
        lines += _overview(data)
    else:
        for verdict in data:
            lines += ["", click.style(_head(verdict), bold=True), *_table(verdict)]
            lines += _judgements(verdict.judgements)
    if across is not None:
        lines += ["", *_across(across)]
    against = _screened(screens)
    if against:
        lines += ["", click.style("screen", bold=True), *against]
    return "\n".join([*lines, "", click.style(paragraph(sentence), bold=True), ""])


def _head(verdict: DataVerdict) -> str:
    metric = verdict.metric.replace("_", " ")
    return f"{verdict.data}: {verdict.rows:,} rows, {metric}, threshold {verdict.threshold:g}"


def _table(verdict: DataVerdict) -> list[str]:
    widest = max(len(score.model) for score in verdict.scores)
    priced = any(score.usd for score in verdict.scores)
    head = f"     {'model':<{widest}}  {'score':>7}  {'95 % interval':^18}{'inner':>8}{'time':>10}"
    lines = [head + (f"{'USD':>10}" if priced else "")]
    for score in sorted(verdict.scores, key=lambda one: _order(one, verdict)):
        mark = "→" if score.model == verdict.recommended else " "
        letter = {"quantum": "Q", "classical": " ", "control": "c"}[score.kind]
        usd = f"{score.usd:>10,.2f}" if priced else ""
        lines.append(f"  {mark}{letter} {score.model:<{widest}}  {_score(score, verdict)}{usd}")
    return [*lines, "  Q quantum   c control, decides nothing   → recommended, by inner score"]


def _order(score: ModelScore, verdict: DataVerdict) -> float:
    found = score.metrics.get(verdict.metric)
    if found is None:
        return float("inf")
    return found.value if verdict.metric in ("log_loss", "rmse", "mae") else -found.value


def _score(score: ModelScore, verdict: DataVerdict) -> str:
    found = score.metrics.get(verdict.metric)
    if found is None:
        return f"{'failed':>7}  {f'on {score.failed} folds':^18}{'':>8}{_time(score.seconds):>10}"
    bounds = (
        "" if found.low is None or found.high is None else f"{found.low:.4f} to {found.high:.4f}"
    )
    inner = "" if score.inner_score is None else f"{score.inner_score:.4f}"
    return f"{found.value:>7.4f}  {bounds:^18}{inner:>8}{_time(score.seconds):>10}"


def _judgements(judgements: Sequence[Judgement]) -> list[str]:
    lines = [""]
    for judged in judgements:
        outcome = click.style(judged.outcome, fg=_COLOURS.get(judged.outcome), bold=True)
        text = paragraph(f"{judged.model}: {judged.outcome}{_numbers(judged)}", "    ", "  ")
        lines.append(text.replace(judged.outcome, outcome, 1))
        lines += [paragraph(note, "    ") for note in judged.notes]
    return lines


def _numbers(judged: Judgement) -> str:
    parts = []
    if judged.difference is not None and judged.difference.low is not None:
        found = judged.difference
        parts.append(
            f"{found.value:+.4f} to {judged.reference} ({found.low:+.4f} to {found.high:+.4f})"
        )
    if judged.corrected is not None:
        parts.append(f"p {judged.corrected:.2g} against {judged.hardest}")
    if judged.equivalent is not None:
        parts.append(f"equivalent with {100 * judged.equivalent:.0f} %")
    if judged.samples is not None:
        parts.append(f"about {judged.samples:,} rows would tell")
    return f", {'; '.join(parts)}" if parts else ""


def _overview(data: Sequence[DataVerdict]) -> list[str]:
    """A line for every quantum model on every data set."""
    widest = max(len(one.data) for one in data)
    models = max(len(judged.model) for one in data for judged in one.judgements)
    lines = [
        "",
        f"  {'data set':<{widest}}  {'quantum model':<{models}}  {'score':>7}  {'verdict':<17}"
        "recommended",
    ]
    for one in data:
        for k, judged in enumerate(one.judgements):
            score = next(s for s in one.scores if s.model == judged.model)
            found = score.metrics.get(one.metric)
            value = "failed" if found is None else f"{found.value:.4f}"
            outcome = click.style(f"{judged.outcome:<17}", fg=_COLOURS.get(judged.outcome))
            name, best = (one.data, one.recommended) if k == 0 else ("", "")
            lines.append(
                f"  {name:<{widest}}  {judged.model:<{models}}  {value:>7}  {outcome}{best}"
            )
    return lines


def _across(across: AcrossData) -> list[str]:
    rows = {
        "data sets": str(across.data_sets),
        "Friedman": "" if across.friedman is None else f"p = {across.friedman:.2g}",
        "ranks": ", ".join(
            f"{name} {rank:.2f}" for name, rank in sorted(across.ranks.items(), key=lambda i: i[1])
        ),
        "CD": ""
        if across.critical_difference is None
        else f"{across.critical_difference:.2f} of average ranks (Nemenyi)",
    }
    for test in nearest(across):
        rows[test.model] = f"{test.difference:+.4f} to {test.against}, p = {test.p:.2g} (Wilcoxon)"
    notes = [paragraph(note, "  ") for note in across.notes]
    column = max(len(label) for label in rows) + 2
    return [
        click.style("all data sets", bold=True),
        labelled(rows.items(), column=column, indent="  "),
        *notes,
    ]


def _screened(screens: Sequence[ScreenRef]) -> list[str]:
    """Those that speak against paying for a QPU, with why; each reason once."""
    lines = []
    for screen in screens:
        if screen.worth:
            continue
        of = f"{screen.model} on {screen.data}" if screen.model else screen.data
        said = "; ".join(
            reason.said.removesuffix(".") for reason in screen.reasons if reason.against
        )
        lines.append(paragraph(f"do not pay for {of}: {said}", "    ", "  "))
    return lines if len(lines) <= 2 * _MANY else [*lines[: 2 * _MANY], f"  … {len(lines)} in all"]


def _time(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.2f} s"
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"
