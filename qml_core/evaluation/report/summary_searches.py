"""Searches, QAOA and comparisons in the Markdown summary."""

from qml_core.evaluation.report.comparison import ComparedSpace
from qml_core.evaluation.report.comparison_charts import contrast_words, p_text
from qml_core.evaluation.report.content import ReportContent
from qml_core.evaluation.report.markdown import plain, table
from qml_core.evaluation.report.numbers import bounds, centre, number, percent, short, usd
from qml_core.evaluation.report.parallel_coordinates import level_text
from qml_core.evaluation.report.qaoa import QAOASection
from qml_core.evaluation.report.search import SearchSection
from qml_core.evaluation.report.search_words import encoding_words, how_words

_MOST_VARIABLES = 8


def searches(content: ReportContent) -> list[str]:
    """Paragraphs and tables of what there is; nothing of other runs."""
    parts: list[str] = []
    if content.comparison is not None:
        parts += [part for space in content.comparison.spaces for part in _space(space)]
        if content.comparison.tuning_verdict:
            parts.append(plain(content.comparison.tuning_verdict))
    if content.search is not None:
        parts += _search(content.search)
    if content.qaoa is not None:
        parts.append(_qaoa(content.qaoa))
    return parts


def _search(search: SearchSection) -> list[str]:
    """The best five trials, what was promoted, how qubits came into it."""
    names = search.names[:_MOST_VARIABLES]
    heads = ("Trial", search.objective, *names)
    rows: list[tuple[str, ...]] = [
        (
            str(trial.number),
            number(trial.value, 4),
            *(plain(level_text(v)) for v in search.values_of(trial)[: len(names)]),
        )
        for trial in search.top(5)
    ]
    parts = [table(tuple(map(plain, heads)), rows)] if rows else []
    parts += [_rungs(search)] if len(search.rungs) > 1 else []
    return [*parts, *(plain(said) for said in (how_words(search), encoding_words(search)) if said)]


def _rungs(search: SearchSection) -> str:
    heads = ("Rung", "Shots", "Trials", "Spent", "Best", "Kendall τ", "Best changed")
    rows: list[tuple[str, ...]] = [
        (
            plain(rung.backend),
            number(rung.shots) if rung.shots else "exact",
            number(rung.trials),
            usd(rung.usd),
            number(rung.best, 4),
            number(rung.correlation),
            "–" if index == 0 else ("yes" if rung.changed else "no"),
        )
        for index, rung in enumerate(search.rungs)
    ]
    return table(heads, rows)


def _qaoa(qaoa: QAOASection) -> str:
    heads = ("QAOA", "Layers", "Expectation", "Least energy", "Optimum", "Ratio", "Feasible")
    cells = (
        plain(qaoa.problem),
        str(len(qaoa.gammas)),
        short(qaoa.expectation, 5),
        _energy(qaoa.best_energy),
        _energy(qaoa.optimum),
        number(qaoa.approximation, 4),
        percent(qaoa.feasibility),
    )
    return table(heads, [cells])


def _space(space: ComparedSpace) -> list[str]:
    heads = (space.name, "Average rank", space.area_name, "Best at the end")
    rows: list[tuple[str, ...]] = [
        (
            plain(found.name),
            short(found.rank),
            plain(f"{centre(found.area)} {bounds(found.area)}".strip()),
            plain(f"{centre(found.final)} {bounds(found.final)}".strip()),
        )
        for found in space.ranked
    ]
    contrasts = "; ".join(
        f"{c.first} − {c.second} {centre(c.estimate, True)}, Holm p {p_text(c.corrected)} "
        f"({contrast_words(c)})"
        for c in space.contrasts
    )
    tests = f"Friedman p {p_text(space.friedman)}; {contrasts}." if contrasts else ""
    return [plain(space.verdict), table(tuple(map(plain, heads)), rows), plain(tests)]


def _energy(value: float | None) -> str:
    return "–" if value is None else short(value, 5)
