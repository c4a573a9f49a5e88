"""The judgement of a benchmark in words."""

from collections.abc import Iterable

from qml_core.evaluation.report.comparison_charts import p_text
from qml_core.evaluation.report.metric_names import title_of
from qml_core.evaluation.report.numbers import bounds, centre, number, percent, short, usd
from qml_core.references import Interval
from qml_core.references.benchmark import (
    AcrossData,
    AcrossTest,
    DataVerdict,
    Judgement,
    PairedTest,
    ScreenRef,
)

SIGNS = {"advantage": "▲", "no difference": "=", "classical better": "▼", "inconclusive": "?"}
"""Before each outcome, so that none is told by its colour alone."""


def judgement_words(judgement: Judgement, verdict: DataVerdict) -> str:
    """What the outcome says, with the numbers it rests on."""
    words = {
        "advantage": _advantage,
        "no difference": _no_difference,
        "classical better": _classical_better,
        "inconclusive": _inconclusive,
    }
    return words[judgement.outcome](judgement, verdict)


def _advantage(judgement: Judgement, verdict: DataVerdict) -> str:
    return (
        f"Better than every tuned classical model: {_by(judgement)} over {judgement.reference}, "
        f"p {p_text(judgement.corrected)} after all corrections, below α = {short(verdict.alpha)}, "
        f"and by more than the threshold of {short(verdict.threshold)}."
    )


def _no_difference(judgement: Judgement, verdict: DataVerdict) -> str:
    return (
        f"None that matters: within ±{short(verdict.threshold)} of {judgement.reference} with "
        f"probability {number(judgement.equivalent)}."
    )


def _classical_better(judgement: Judgement, verdict: DataVerdict) -> str:
    return (
        f"{judgement.reference} is better by more than the threshold of "
        f"{short(verdict.threshold)}: {_by(judgement)}."
    )


def _inconclusive(judgement: Judgement, verdict: DataVerdict) -> str:
    against = f" {_by(judgement)} against {judgement.reference}." if judgement.difference else ""
    return f"Neither a difference nor its absence is shown.{against} {needed(judgement, verdict)}"


def needed(judgement: Judgement, verdict: DataVerdict) -> str:
    """Rows, or repeats, that an inconclusive judgement would have needed."""
    if judgement.samples is None:
        return ""
    power = f"To find a difference of {short(verdict.threshold)} with 80\u00a0% power takes about"
    rows = f"{power} {judgement.samples:,} rows, of which there are {verdict.rows:,}"
    if judgement.repeats is None:
        return f"{rows}; no number of repeats on these rows suffices."
    return f"{rows}, or {judgement.repeats:,} repeats on these rows."


def point_price(judgement: Judgement) -> str:
    """Dollars per point gained over the reference; a dash where no gain is shown."""
    return "—" if judgement.usd_per_point is None else usd(judgement.usd_per_point)


def point_name(metric: str) -> str:
    """What a point is."""
    title = title_of(metric)
    return f"{title.lower()} point" if metric.endswith("accuracy") else f"0.01 of {title}"


def screen_words(screen: ScreenRef) -> str:
    """Whether to pay, and what to use else."""
    if screen.excluded:
        said = "Cannot help by design"
    else:
        said = _worth(screen) if screen.worth else "Do not pay for this"
    return f"{said}: use {screen.instead}" if screen.instead else said


def _worth(screen: ScreenRef) -> str:
    return "Worth paying for" if screen.model else "Nothing speaks against it by design"


def control_words(test: PairedTest, alpha: float) -> str:
    """What a model's difference to its control says."""
    if test.p is None or test.difference is None:
        return "not tested"
    if test.p >= alpha:
        return "cannot be told apart"
    return "the quantum model is better" if test.difference > 0 else "the control is better"


def interval_of(test: PairedTest) -> Interval | None:
    """The difference of a test with its interval; none where no fold is left."""
    if test.difference is None:
        return None
    return Interval(value=test.difference, low=test.low, high=test.high)


def wilcoxon_words(tests: Iterable[PairedTest]) -> str:
    """p of signed ranks over folds against each; a dash where none was computed."""
    found = [f"{p_text(t.wilcoxon)} against {t.against}" for t in tests if t.wilcoxon is not None]
    return "; ".join(found) or "–"


def across_words(across: AcrossData) -> str:
    """What Friedman's test says of all models together."""
    if across.friedman is None:
        return f"{across.data_sets} data sets; Friedman's test was not made."
    return (
        f"Friedman's test over {across.data_sets} data sets: p {p_text(across.friedman)} that all "
        "models are alike."
    )


def hardest_over_data(across: AcrossData) -> tuple[AcrossTest, ...]:
    """Of each quantum model the classical model with the largest p; untested ones first."""
    found: dict[str, AcrossTest] = {}
    for test in across.tests:
        held = found.setdefault(test.model, test)
        if (1.0 if test.p is None else test.p) > (1.0 if held.p is None else held.p):
            found[test.model] = test
    return tuple(found.values())


def probability(value: float | None) -> str:
    return "–" if value is None else percent(value)


def _by(judgement: Judgement) -> str:
    difference = judgement.difference
    return f"{centre(difference, True)} {bounds(difference, True)}".strip()
