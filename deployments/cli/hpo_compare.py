"""`qml hpo compare`: which searcher helps on the same spaces, and whether its quantum part does."""

import json
import math
from collections.abc import Sequence
from typing import Any

import click

from deployments.cli.data_words import data_settings
from deployments.cli.layout import labelled, paragraph
from deployments.cli.parameters import JSON, PARAMS, SET, apply_settings, read_file, validate
from qml_core.references import ComparedRef, ComparisonRef
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, ComparisonSpec, DatasetSpec, RunSpec, Spec
from qml_core.specs.comparison import LEAST_SEEDS, built_in, check_comparison

COMPARE: dict[str, type[Spec]] = {
    "dataset": DatasetSpec,
    "comparison": ComparisonSpec,
    "run": RunSpec,
}

_COLUMNS = (
    f"  {'searcher':<10}{'rank':>5}{'area':>8}  {'interval':^16}{'best':>9}{'own time':>9}"
    f"{'circuits':>9}"
)
"""Own time and circuits are the searcher's, per search; its circuits are simulated."""


@click.command()
@click.argument("data", required=False)
@click.option("--target", help="Target column of a file.")
@click.option("--spaces", metavar="NAME,…", help="planted, xgboost, qsvm; none: all three.")
@click.option("--searchers", metavar="NAME,…", help="E.g. qaoa,anneal,random.")
@click.option("--seeds", type=int, metavar="N", help="Searches of each; a verdict needs 10.")
@click.option("--trials", type=int, metavar="N", help="Of each search.")
@PARAMS
@SET
@click.option("--dry-run", is_flag=True, help="Spaces, trials and searches; run nothing.")
@click.option("--local", is_flag=True, help="Own temporary Prefect server.")
@click.option("--verbose", is_flag=True, help="Prefect's own log as well.")
@JSON
def compare(**words: Any) -> None:
    """Same spaces, trials and random designs for every searcher; two contrasts are tested.

    DATA is for a space of one's own: `comparison.search` in the file of --params.
    """
    specs = _specs(words)
    comparison, dataset = specs["comparison"], specs.get("dataset")
    assert isinstance(comparison, ComparisonSpec)
    assert dataset is None or isinstance(dataset, DatasetSpec)
    check_comparison(comparison, dataset)
    settings = Settings.from_environment()
    if comparison.search is not None:
        from deployments.cli.hpo_door import check_objective

        check_objective({**specs, "search": comparison.search}, settings)
    _check_replays(comparison, settings)
    if words["dry_run"]:
        _tell_plan(comparison, as_json=words["as_json"])
        return
    from deployments.cli.reaching import check_quickly, check_store

    check_quickly(settings)
    check_store(settings)
    from deployments.cli.running import call_flow, lines_to_copy

    result, stages = call_flow("compare", {"dataset": None, **specs}, words)
    if words["as_json"]:
        click.echo(result.model_dump_json(indent=2))
        return
    rows = {"report": result.report.uri, "replays": result.replays.uri}
    lines = lines_to_copy(rows, result, stages, local=words["local"])
    click.echo("\n".join([comparison_text(result), "", *lines]))


def comparison_text(result: ComparisonRef) -> str:
    """A table and the verdict of each space, then what tuning QAOA's angles is worth."""
    lines = [line for space in result.spaces for line in _space(space)]
    if result.tuning:
        lines += ["", click.style("angles of QAOA", bold=True), paragraph(result.tuning, "  ")]
    return "\n".join(lines)


def _space(space: ComparedRef) -> list[str]:
    head = f"{space.name}: {space.size:,} feasible configurations, optimum {space.optimum:.5g}"
    priced = any(cost.usd is not None for cost in space.costs.values())
    columns = f"{_COLUMNS}{'USD':>10}" if priced else _COLUMNS
    lines = ["", click.style(head, bold=True), columns]
    for name in sorted(space.ranks, key=lambda n: (space.ranks[n], n)):
        area, cost = space.areas[name], space.costs[name]
        bounds = "" if area.low is None else f"{area.low:.4f} to {area.high:.4f}"
        usd = "" if cost.usd is None else f"{cost.usd:>10,.2f}"
        lines.append(
            f"  {name:<10}{space.ranks[name]:>5.2f}{area.value:>8.4f}  {bounds:^16}"
            f"{space.finals[name].value:>9.5g}{_time(cost.seconds):>9}{cost.circuits:>9,.0f}"
            f"{usd}"
        )
    tests = [f"{name}: p = {p:.2g}" for name, p in space.corrected.items()]
    said = f"{'; '.join(tests)} (Holm)" if tests else ""
    if space.friedman is not None:
        said = f"Friedman p = {space.friedman:.2g}{'; ' if said else ''}{said}"
    return [*lines, *([f"  {said}"] if said else []), paragraph(f"{space.verdict}.", "  ")]


def _time(taken: float) -> str:
    return f"{1000 * taken:.0f} ms" if taken < 1 else f"{taken:.1f} s"


def _check_replays(comparison: ComparisonSpec, settings: Settings) -> None:
    """What a searcher would refuse on a space after its grid was evaluated; all is simulated."""
    from qml_core.budget.surrogate_gate import check_surrogate

    searches = [built_in(name)[1] for name in comparison.spaces]
    if comparison.search is not None:
        searches.append(comparison.search)
    for search in searches:
        for searcher in comparison.searchers:
            asked = {"searcher": searcher, "qaoa_backend": BackendSpec()}
            check_surrogate(
                comparison.replayed(search).model_copy(update=asked), settings.memory_bytes
            )


def _tell_plan(comparison: ComparisonSpec, *, as_json: bool) -> None:
    sizes: dict[str, int] = {name: built_in(name)[1].size for name in comparison.spaces}
    if comparison.search is not None:
        sizes["own"] = comparison.search.size
    evaluated = sum(size for name, size in sizes.items() if name != "planted")
    searches = len(sizes) * len(comparison.searchers) * comparison.seeds
    if as_json:
        document = {"verb": "hpo compare", "configurations": sizes, "evaluated": evaluated}
        more = {"searches": searches, "trials": comparison.trials, "usd": 0.0}
        click.echo(json.dumps({**document, **more}, indent=2))
        return
    rounds = math.ceil(comparison.trials / comparison.batch)
    few = "" if comparison.seeds >= LEAST_SEEDS else f"; a verdict needs {LEAST_SEEDS}"
    rows = {
        "spaces": ", ".join(f"{name} ({size:,})" for name, size in sizes.items()),
        "trials": f"{evaluated:,} configurations are evaluated once; what is in the store is not",
        "searches": f"{searches:,}: {', '.join(comparison.searchers)}, {comparison.seeds} seeds "
        f"each{few}; {comparison.trials} look-ups each in {rounds} rounds",
        "contrasts": "qaoa − anneal and qaoa − random, corrected by Holm",
        "tuning": _tuning(comparison),
        "dollars": "0.00 USD: the circuits of qaoa are simulated and counted"
        + (f" as on {comparison.priced_as.name}" if comparison.priced_as else ""),
    }
    click.echo(labelled(rows.items(), column=11))


def _tuning(comparison: ComparisonSpec) -> str:
    graphs = comparison.tuning_graphs
    return f"fixed against tuned angles of QAOA on {graphs:,} graphs" if graphs else ""


def _specs(words: dict[str, Any]) -> dict[str, Spec]:
    """Parameter file, then words, then `--set`: the later wins; without data, no data set."""
    document = read_file(words["params"]) if words["params"] else {}
    settings = data_settings(words["data"], words["target"])
    for word in ("spaces", "searchers"):
        if words[word] is not None:
            settings.append(f"comparison.{word}={json.dumps(_names(words[word]))}")
    for word in ("seeds", "trials"):
        if words[word] is not None:
            settings.append(f"comparison.{word}={words[word]}")
    apply_settings(document, [*settings, *words["settings"]], COMPARE)
    kinds = {name: kind for name, kind in COMPARE.items() if name != "dataset" or name in document}
    return validate(document, kinds)


def _names(text: str) -> Sequence[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
