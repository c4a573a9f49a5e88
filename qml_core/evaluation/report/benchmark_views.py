"""Rows, charts and sentences of a benchmark, as its template draws them."""

from collections.abc import Sequence
from dataclasses import dataclass

from qml_core.evaluation.report.benchmark import BenchmarkSection
from qml_core.evaluation.report.benchmark_charts import difference_plot, learning_plot, opponents
from qml_core.evaluation.report.benchmark_costs import STYLES, cost_plots
from qml_core.evaluation.report.benchmark_ranks import rank_diagram
from qml_core.evaluation.report.benchmark_records import NO_RECORDS, Records, followed, records_of
from qml_core.evaluation.report.benchmark_words import (
    SIGNS,
    across_words,
    control_words,
    hardest_over_data,
    interval_of,
    judgement_words,
    point_name,
    point_price,
    probability,
    screen_words,
    wilcoxon_words,
)
from qml_core.evaluation.report.plot import Plot
from qml_core.references import Interval
from qml_core.references.benchmark import (
    DataVerdict,
    Judgement,
    ModelScore,
    PairedTest,
    ScreenRef,
)
from qml_core.specs.benchmark import METRICS_OF, MetricName
from qml_core.specs.search import LOWER_IS_BETTER

_MOST_DATA, _MOST_IN_FULL = 12, 6
"""With more data sets than the first, only so many of them have a full section: 2 MB a page."""


@dataclass(frozen=True)
class ModelRow:
    """A model of the table. `cells`: its metrics, the primary one first; `anchor`: its records."""

    score: ModelScore
    style: str
    recommended: bool
    cells: tuple[Interval | None, ...]
    anchor: str


@dataclass(frozen=True)
class JudgementView:
    """A quantum model with what it rests on. `tests`: against every classical model."""

    judgement: Judgement
    sign: str
    words: str
    price: str
    wilcoxon: str
    anchor: str
    tests: tuple[PairedTest, ...]
    plot: Plot | None


@dataclass(frozen=True)
class LearningRow:
    """A model's metric at every number of training rows, and where the records are; None: it was
    not fitted there."""

    model: str
    cells: tuple[tuple[Interval | None, str], ...]


@dataclass(frozen=True)
class DataView:
    """One data set of the page; `full`: with its charts, tests, screens and records."""

    anchor: str
    full: bool
    verdict: DataVerdict
    metrics: tuple[MetricName, ...]
    rows: tuple[ModelRow, ...]
    judgements: tuple[JudgementView, ...]
    screens: tuple[ScreenRef, ...]
    records: Records
    plots: tuple[Plot, ...]
    sizes: tuple[int, ...]
    learning: tuple[LearningRow, ...]


def benchmark_parts(section: BenchmarkSection | None) -> dict[str, object]:
    """What the page's template draws of a benchmark."""
    if section is None:
        return {}
    return {
        "benched": [_data_view(section, v, place) for place, v in enumerate(section.data, 1)],
        "rank_diagram": rank_diagram(section.across, section.data),
    }


FILTERS = {
    "across_words": across_words,
    "control_words": control_words,
    "hardest_over_data": hardest_over_data,
    "screen_words": screen_words,
    "difference_of": interval_of,
    "point_name": point_name,
    "probability": probability,
    "followed": followed,
}
"""Of the template's parts of a benchmark."""


def ordered(verdict: DataVerdict) -> tuple[ModelScore, ...]:
    """The best value of the primary metric first, models without one last."""
    sign = 1.0 if verdict.metric in LOWER_IS_BETTER else -1.0

    def key(score: ModelScore) -> tuple[bool, float]:
        found = score.metrics.get(verdict.metric)
        return found is None, 0.0 if found is None else sign * found.value

    return tuple(sorted(verdict.scores, key=key))


def metrics_of(verdict: DataVerdict) -> tuple[MetricName, ...]:
    """The primary metric, then the others that any model has."""
    there = {name for score in verdict.scores for name in score.metrics}
    known = (name for names in METRICS_OF.values() for name in names)
    return (verdict.metric, *(n for n in known if n in there and n != verdict.metric))


def _data_view(section: BenchmarkSection, verdict: DataVerdict, place: int) -> DataView:
    full = len(section.data) <= _MOST_DATA or place <= _MOST_IN_FULL
    records = records_of(section, verdict, place) if full else NO_RECORDS
    metrics = metrics_of(verdict) if full else (verdict.metric,)
    curves = section.learning.get(verdict.data, {})
    sizes = tuple(sorted({n for points in curves.values() for n, _ in points}))
    learned = learning_plot(verdict, curves)
    return DataView(
        anchor=f"data-set-{place}",
        full=full,
        verdict=verdict,
        metrics=metrics,
        rows=tuple(_model_row(score, verdict, metrics, records) for score in ordered(verdict)),
        judgements=tuple(
            _judgement_view(section, verdict, judgement, records)
            for judgement in verdict.judgements
        ),
        screens=tuple(s for s in section.screens if s.data == verdict.data),
        records=records,
        plots=(*cost_plots(verdict), *(() if learned is None else (learned,))),
        sizes=sizes,
        learning=tuple(
            _learning_row(name, points, sizes, records) for name, points in curves.items()
        ),
    )


def _model_row(
    score: ModelScore, verdict: DataVerdict, metrics: Sequence[MetricName], records: Records
) -> ModelRow:
    return ModelRow(
        score=score,
        style=STYLES[score.kind],
        recommended=score.model == verdict.recommended,
        cells=tuple(score.metrics.get(name) for name in metrics),
        anchor=records.anchor(score.model),
    )


def _judgement_view(
    section: BenchmarkSection, verdict: DataVerdict, judgement: Judgement, records: Records
) -> JudgementView:
    tests = tuple(test for test in verdict.tests if test.model == judgement.model)
    shown = [test for test in tests if test.against in opponents(judgement)]
    return JudgementView(
        judgement=judgement,
        sign=SIGNS[judgement.outcome],
        words=judgement_words(judgement, verdict),
        price=point_price(judgement),
        wilcoxon=wilcoxon_words(shown),
        anchor=records.anchor(judgement.model),
        tests=tests,
        plot=difference_plot(judgement, verdict, section.differences.get(verdict.data, {})),
    )


def _learning_row(
    name: str, points: Sequence[tuple[int, Interval]], sizes: Sequence[int], records: Records
) -> LearningRow:
    found = dict(points)
    cells = tuple((found.get(size), records.nearest(name, size)) for size in sizes)
    return LearningRow(name, cells)
