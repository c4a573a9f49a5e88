"""A benchmark in the Markdown summary: its verdicts, and the models of a single data set."""

from collections.abc import Sequence

from qml_core.evaluation.report.benchmark import BenchmarkSection
from qml_core.evaluation.report.benchmark_views import metrics_of, ordered
from qml_core.evaluation.report.benchmark_words import SIGNS, across_words, point_price
from qml_core.evaluation.report.comparison_charts import p_text
from qml_core.evaluation.report.markdown import plain, table
from qml_core.evaluation.report.metric_names import title_and_direction
from qml_core.evaluation.report.numbers import bounds, centre, percent, seconds, usd
from qml_core.references import Interval
from qml_core.references.benchmark import DataVerdict, Judgement, ModelScore
from qml_core.specs.benchmark import MetricName

_MOST_METRICS = 3


def benchmark_summary(section: BenchmarkSection) -> list[str]:
    """Paragraphs and tables."""
    parts = [_verdicts(section)]
    if len(section.data) == 1:
        parts.append(_models(section.data[0]))
    if section.across is not None:
        parts.append(plain(across_words(section.across)))
    not_worth = [s for s in section.screens if s.excluded or not s.worth]
    return [*parts, *(_screened(s.model or s.data, s.data, s.instead) for s in not_worth)]


def _verdicts(section: BenchmarkSection) -> str:
    heads = ("Data set", "Quantum model", "Verdict", "Difference", "Against", "p, Holm",
             "Equivalent", "USD per point", "Recommended")  # fmt: skip
    rows: list[tuple[str, ...]] = [
        _verdict(verdict, judgement) for verdict in section.data for judgement in verdict.judgements
    ]
    return table(heads, rows) if rows else ""


def _verdict(verdict: DataVerdict, judgement: Judgement) -> tuple[str, ...]:
    equivalent = judgement.equivalent
    return (
        plain(verdict.data),
        plain(judgement.model),
        f"**{plain(f'{SIGNS[judgement.outcome]} {judgement.outcome}')}**",
        _cell(judgement.difference, signed=True),
        plain(judgement.reference or "–"),
        plain(p_text(judgement.corrected)),
        "–" if equivalent is None else percent(equivalent),
        point_price(judgement),
        plain(verdict.recommended or "–"),
    )


def _models(verdict: DataVerdict) -> str:
    metrics = metrics_of(verdict)[:_MOST_METRICS]
    heads = ("Model", "Kind", *map(title_and_direction, metrics), "Time", "Cost", "Failed folds")
    rows = [_model(score, verdict, metrics) for score in ordered(verdict)]
    return table(tuple(map(plain, heads)), rows)


def _model(
    score: ModelScore, verdict: DataVerdict, metrics: Sequence[MetricName]
) -> tuple[str, ...]:
    name = plain(score.model)
    return (
        f"**{name}** (recommended)" if score.model == verdict.recommended else name,
        score.kind,
        *(_cell(score.metrics.get(metric)) for metric in metrics),
        seconds(score.seconds),
        usd(score.usd),
        str(score.failed),
    )


def _screened(what: str, data: str, instead: str) -> str:
    use = f"; use {plain(instead)}" if instead else ""
    return f"- Screen: do not pay for {plain(what)} on {plain(data)}{use}."


def _cell(interval: Interval | None, signed: bool = False) -> str:
    return plain(f"{centre(interval, signed)} {bounds(interval, signed)}".strip())
