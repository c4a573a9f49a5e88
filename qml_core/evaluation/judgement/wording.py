"""How the numbers of a verdict are written."""

import math
from dataclasses import dataclass

from qml_core.specs.benchmark import MetricName

_NAMES: dict[str, str] = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "f1_macro": "F1",
    "roc_auc": "ROC AUC",
    "log_loss": "log-loss",
    "r2": "R²",
    "rmse": "RMSE",
    "mae": "MAE",
}
_IN_POINTS = ("accuracy", "balanced_accuracy", "f1_macro")
_MOST_DIGITS = 6


@dataclass(frozen=True)
class Gain:
    """Writes differences of one metric, better is positive.

    Args:
        metric: accuracies and F1 are written in percentage points.
        digits: after the decimal point.
    """

    metric: MetricName
    digits: int

    def signed(self, value: float) -> str:
        """`+5.0`, `−0.3`, `0`."""
        text = self._fixed(value, "+")
        return _minus(text) if float(text) else "0"

    def size(self, value: float) -> str:
        """`5.0 points of accuracy`."""
        return f"{self._fixed(abs(value), '')} {self.unit}"

    def least(self, threshold: float) -> str:
        """`1 point of accuracy`, `0.02 of R²`, as it was given."""
        scaled = 100 * threshold if self.metric in _IN_POINTS else threshold
        return f"{scaled:.6g} {self.point if f'{scaled:.6g}' == '1' else self.unit}"

    @property
    def unit(self) -> str:
        """What the numbers count."""
        name = _NAMES[self.metric]
        return f"points of {name}" if self.metric in _IN_POINTS else f"of {name}"

    @property
    def point(self) -> str:
        """What a cost is given for: one point, or a hundredth of the metric."""
        name = _NAMES[self.metric]
        return f"point of {name}" if self.metric in _IN_POINTS else f"0.01 of {name}"

    def _fixed(self, value: float, sign: str) -> str:
        scaled = 100 * value if self.metric in _IN_POINTS else value
        return f"{scaled:{sign}.{self.digits}f}"


def gain(metric: MetricName, threshold: float) -> Gain:
    """One digit more than the threshold has, one at least."""
    scaled = 100 * threshold if metric in _IN_POINTS else threshold
    digits = 1 - math.floor(math.log10(scaled) + 1e-9)
    return Gain(metric, min(max(1, digits), _MOST_DIGITS))


def p_value(p: float) -> str:
    """`p = 0.012`, `p < 0.0001`."""
    if p < 1e-4:
        return "p < 0.0001"
    return f"p = {p:.2f}" if p >= 0.1 else f"p = {p:.2g}"


def dollars(usd: float) -> str:
    """Cents, or `under $0.01`."""
    return f"${usd:,.2f}" if usd >= 0.01 or usd == 0 else "under $0.01"


def duration(seconds: float) -> str:
    """`0.4 s`, `12 min`, `3.1 h`: two digits of wall time."""
    for size, unit in ((3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return (
                f"{seconds / size:.2g} {unit}"
                if seconds < 10 * size
                else (f"{seconds / size:,.0f} {unit}")
            )
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"


def _minus(text: str) -> str:
    return text.replace("-", "−")
