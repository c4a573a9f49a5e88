"""The numbers of a benchmark that a reader should leave with."""

from collections import Counter

from qml_core.evaluation.report.benchmark import BenchmarkSection
from qml_core.evaluation.report.numbers import bounds, centre
from qml_core.references.benchmark import Judgement, Outcome

_MOST_JUDGEMENTS = 2
_OUTCOMES: tuple[Outcome, ...] = ("advantage", "no difference", "classical better", "inconclusive")


def benchmark_figures(section: BenchmarkSection) -> list[tuple[str, str, str]]:
    """(value, label, note) of each: the verdicts of one data set, or how many of each kind."""
    if len(section.data) > 1:
        return _counts(section)
    verdict = section.data[0]
    figures = [
        (j.outcome.capitalize(), j.model, _against(j))
        for j in verdict.judgements[:_MOST_JUDGEMENTS]
    ]
    if verdict.recommended:
        figures.append((verdict.recommended, "Recommended", "best inner score"))
    return figures


def _counts(section: BenchmarkSection) -> list[tuple[str, str, str]]:
    outcomes = Counter(j.outcome for verdict in section.data for j in verdict.judgements)
    total = sum(outcomes.values())
    found = [name for name in _OUTCOMES if outcomes[name] or name == "advantage"]
    note = f"of {total} verdicts, {len(section.data)} data sets"
    return [
        (str(outcomes[name]), name.capitalize(), note if k == 0 else "")
        for k, name in enumerate(found)
    ]


def _against(judgement: Judgement) -> str:
    if judgement.difference is None:
        return ""
    difference = f"{centre(judgement.difference, True)} {bounds(judgement.difference, True)}"
    return f"{difference.strip()} to {judgement.reference}"
