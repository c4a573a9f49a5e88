"""The verdict of quantum against classical: a paired test over splits, said in one sentence."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qml_core.errors import DataError
from qml_core.evaluation.intervals import Metric, corrected_t

Outcome = Literal["better", "worse", "undecided"]

_PERCENT = re.compile(r"accuracy|f1|recall|precision", re.IGNORECASE)
_MOST_DIGITS = 9


@dataclass(frozen=True)
class Comparison:
    """Quantum and baseline on the same splits.

    Args:
        quantum: mean over splits and its own 95 % interval.
        baseline: the same of the classical model.
        difference: mean of quantum − baseline, in units of the metric.
        low: lower end of its 95 % interval; None with one split, or where every split gave the
            same difference.
        high: upper end, as `low`.
        p_value: two-sided, of no difference; None as `low`.
        splits: number of splits.
        higher_is_better: False for errors.
    """

    quantum: Metric
    baseline: Metric
    difference: float
    low: float | None
    high: float | None
    p_value: float | None
    splits: int
    higher_is_better: bool = True

    @property
    def outcome(self) -> Outcome:
        """better or worse only where the interval of the difference excludes 0."""
        if self.low is None or self.high is None or self.low <= 0.0 <= self.high:
            return "undecided"
        return "better" if (self.difference > 0.0) == self.higher_is_better else "worse"


def compare(
    quantum: Sequence[float],
    baseline: Sequence[float],
    n_train: int,
    n_test: int,
    higher_is_better: bool = True,
    *,
    limits: tuple[float, float] = (-math.inf, math.inf),
) -> Comparison:
    """Paired corrected resampled t-test over J splits (Nadeau & Bengio 2003), scores (J,) each.

    Args:
        n_train: training rows of one split.
        n_test: test rows of one split.
        limits: of the metric, (0, 1) for an accuracy: the two means' own intervals are cut there.

    Raises:
        DataError: the numbers of splits differ or are 0, or a score is not finite.
    """
    if len(quantum) != len(baseline):
        raise DataError(
            f"{len(quantum)} quantum and {len(baseline)} baseline scores",
            "evaluate both models on the same splits",
        )
    differences = [float(q) - float(b) for q, b in zip(quantum, baseline, strict=True)]
    scale = max((abs(float(score)) for score in (*quantum, *baseline)), default=0.0)
    tested = corrected_t(differences, n_train, n_test, scale=scale)
    return Comparison(
        quantum=corrected_t(quantum, n_train, n_test, limits=limits).mean,
        baseline=corrected_t(baseline, n_train, n_test, limits=limits).mean,
        difference=tested.mean.value,
        low=tested.mean.low,
        high=tested.mean.high,
        p_value=tested.p_value,
        splits=len(differences),
        higher_is_better=higher_is_better,
    )


def sentence(comparison: Comparison, *, metric: str, baseline_name: str, dataset: str) -> str:
    """The verdict in one plain sentence, with its numbers and the recommendation.

    Args:
        metric: its name; accuracies, F1, recall and precision are written in percent.
        baseline_name: of the classical model, for instance RBF-SVM.
        dataset: its name.
    """
    style = _style(comparison, metric)
    name = metric.replace("_", " ")
    both = (
        f"{style.value(comparison.quantum.value)} for the quantum model and "
        f"{style.value(comparison.baseline.value)} for the {baseline_name}"
    )
    if comparison.splits == 1:
        return (
            f"On {dataset} one split cannot tell which model is better ({name} {both}): "
            f"evaluate more splits, and until then use the {baseline_name}."
        )
    verdict, advice = _said(comparison, baseline_name)
    return (
        f"On {dataset} {verdict}: mean {name} over {comparison.splits} splits {both}, "
        f"{_difference(comparison, style)}; {advice}."
    )


def _said(comparison: Comparison, baseline_name: str) -> tuple[str, str]:
    if comparison.outcome == "better":
        return (
            f"the quantum model is better than the {baseline_name}",
            "use the quantum model where this gain is worth its cost",
        )
    if comparison.outcome == "worse":
        return f"the quantum model is worse than the {baseline_name}", f"use the {baseline_name}"
    return (
        f"no difference could be shown between the quantum model and the {baseline_name}",
        f"use the {baseline_name}, the simpler of the two",
    )


def _difference(comparison: Comparison, style: "_Style") -> str:
    unit = " percentage points" if style.percent else ""
    text = f"difference {style.signed(comparison.difference)}{unit}"
    if comparison.low is None or comparison.high is None:
        return f"{text} on every split, which leaves no spread to judge it by"
    low, high = style.signed(comparison.low), style.signed(comparison.high)
    return f"{text} (95 % interval {low} to {high})"


@dataclass(frozen=True)
class _Style:
    """How the numbers of one sentence are written."""

    percent: bool
    digits: int

    def value(self, value: float) -> str:
        return _minus(self._fixed(value, "")) + (" %" if self.percent else "")

    def signed(self, value: float) -> str:
        return _minus(self._fixed(value, "+")) if float(self._fixed(value, "")) else "0"

    def _fixed(self, value: float, sign: str) -> str:
        return f"{100 * value if self.percent else value:{sign}.{self.digits}f}"


def _style(comparison: Comparison, metric: str) -> _Style:
    """Percent with one decimal, else three significant digits; more where a bound of the interval
    would read 0 although the verdict rests on its not being 0."""
    percent = bool(_PERCENT.search(metric))
    size = max(abs(comparison.quantum.value), abs(comparison.baseline.value))
    digits = 1 if percent else 3 if size == 0.0 else max(0, 2 - math.floor(math.log10(size)))
    bounds = [bound for bound in (comparison.low, comparison.high) if bound]
    while digits < _MOST_DIGITS and "0" in map(_Style(percent, digits).signed, bounds):
        digits += 1
    return _Style(percent, min(digits, _MOST_DIGITS))


def _minus(text: str) -> str:
    return text.replace("-", "−")
