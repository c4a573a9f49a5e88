"""What a search says on the terminal: the best trials, the rungs, where everything is."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from deployments.cli.layout import labelled, paragraph
from deployments.cli.running import call_flow, lines_to_copy
from qml_core.references import Interval, Rung, SearchRef, Trial
from qml_core.specs import SearchSpec, Spec

_SHOWN = 8


def run_search(specs: Mapping[str, Spec | None], words: Mapping[str, Any]) -> None:
    """Run the flow, then print what it found."""
    result, stages = call_flow("hpo", specs, words)
    if words["as_json"]:
        click.echo(result.model_dump_json(indent=2))
        return
    search = specs["search"]
    assert isinstance(search, SearchSpec)
    click.echo(search_text(result, maximised=search.objective.maximised))
    rows = {"report": result.report.uri, "table": result.table.uri}
    click.echo("\n".join(lines_to_copy(rows, result, stages, local=words["local"])))


def search_text(result: SearchRef, *, maximised: bool) -> str:
    """The best trials, what mattered, what promotions cost and gained, and the verdict."""
    lines = ["", *_best_trials(result.trials, maximised), ""]
    if len(result.rungs) > 1:
        lines += [*_rungs(result.rungs), ""]
    rows = {
        "held out": _interval(result.held_out),
        "matters": _importance(result.importance),
        "trials": _counts(result.trials),
    }
    kept = [(label, text) for label, text in rows.items() if text]
    return "\n".join([*lines, labelled(kept), "", paragraph(result.verdict), ""])


def _best_trials(trials: Sequence[Trial], maximised: bool) -> list[str]:
    """Of the last rung, the best first."""
    done = [t for t in trials if t.status == "done" and t.value is not None]
    if not done:
        return [f"all {len(trials)} trials failed: {_reasons(trials)}"]
    last = max(t.rung for t in done)
    of_rung = [t for t in done if t.rung == last]
    sign = -1.0 if maximised else 1.0
    best = sorted(of_rung, key=lambda t: sign * (t.value or 0.0))[:_SHOWN]
    names = list(best[0].configuration)
    cells = [[_short(t.configuration[name]) for name in names] for t in best]
    widths = [max(len(name), *(len(row[k]) for row in cells)) for k, name in enumerate(names)]
    head = "  ".join(name.rjust(width) for name, width in zip(names, widths, strict=True))
    lines = [f"trial       value  {head}"]
    for trial, row in zip(best, cells, strict=True):
        said = "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        lines.append(f"{trial.number:>5}  {trial.value:>10.5g}  {said}")
    return lines


def _rungs(rungs: Sequence[Rung]) -> list[str]:
    lines = [f"{'rung':<24}{'trials':>7}{'best':>10}{'USD':>10}  order kept"]
    for rung in rungs:
        shots = "exact" if rung.shots is None else f"{rung.shots:,} shots"
        best = "–" if rung.best is None else f"{rung.best:.4g}"
        tau = "" if rung.correlation is None else f"Kendall's τ {rung.correlation:+.2f}"
        changed = ", another is best" if rung.changed else ""
        name = f"{rung.backend}, {shots}"
        lines.append(f"{name:<24}{rung.trials:>7}{best:>10}{rung.usd:>10.2f}  {tau}{changed}")
        if rung.note:
            lines.append(f"  {rung.note}")
    return lines


def _counts(trials: Sequence[Trial]) -> str:
    failed = sum(trial.status == "failed" for trial in trials)
    reused = sum(trial.reused for trial in trials)
    more = f", {failed} failed: {_reasons(trials)}" if failed else ""
    return f"{len(trials) - reused} evaluated, {reused} reused{more}"


def _reasons(trials: Sequence[Trial]) -> str:
    found = dict.fromkeys(trial.error for trial in trials if trial.error)
    return "; ".join(list(found)[:2])


def _importance(importance: Mapping[str, float]) -> str:
    ranked = sorted(importance.items(), key=lambda item: -item[1])[:6]
    return ", ".join(f"{name} {100 * share:.0f} %" for name, share in ranked)


def _interval(score: Interval | None) -> str:
    if score is None:
        return ""
    if score.low is None or score.high is None:
        return f"{score.value:.3f}"
    return f"{score.value:.3f}, 95 % interval {score.low:.3f} to {score.high:.3f}"


def _short(value: object) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)
