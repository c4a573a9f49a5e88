"""What the comparison of tuned and fixed angles says, in a few sentences of a fixed set."""

from collections.abc import Sequence
from math import isfinite

from qml_core.optimisation.comparison.tests_of_seeds import holm
from qml_core.optimisation.comparison.tuning import Tuning

LEVEL = 0.05
"""Of p after Holm over all rows."""

MATTERS = 0.01
"""Of the approximation ratio: a difference that is surely smaller is called next to nothing."""

_STARTS = {"fixed": "at the fixed angles", "ramp": "at a ramp", "random": "at random angles"}


def corrected(found: Sequence[Tuning]) -> tuple[float, ...]:
    """p of each row after Holm, over all of them."""
    return tuple(float(p) for p in holm([one.difference.p for one in found]))


def tuning_verdict(found: Sequence[Tuning]) -> str:
    """A sentence on the fixed angles, and one per kind of evaluation, at the most evaluations."""
    if not found:
        return ""
    fixed = found[0].fixed.mean()
    said = [f"Fixed angles reach {fixed:.3f} of the optimum on average, without any tuning."]
    of = dict(zip(map(id, found), corrected(found), strict=True))
    for shots in dict.fromkeys(one.shots for one in found):
        own = [one for one in found if one.shots == shots]
        most = max(one.evaluations for one in own)
        parts = [_said(one, of[id(one)]) for one in own if one.evaluations == most]
        kind = "exact evaluations" if shots is None else f"evaluations of {shots:,} shots"
        said.append(f"With {most:,} {kind}, tuning that starts {'; '.join(parts)}.")
    return " ".join(said)


def _said(one: Tuning, p: float) -> str:
    test, start = one.difference, _STARTS.get(one.start, f"at {one.start} angles")
    interval = f"({_signed(test.estimate)}, {_interval(test.low, test.high)})"
    if p > LEVEL:
        return f"{start} cannot be told apart {interval}"
    verb = "gained" if test.direction > 0 else "lost"
    small = max(abs(test.low), abs(test.high)) < MATTERS
    return f"{start} {verb}{' next to nothing' if small else ''} {interval}"


def _interval(low: float, high: float) -> str:
    if not isfinite(high - low):
        return "too few graphs for an interval"
    return f"interval {_signed(low)} to {_signed(high)}"


def _signed(value: float) -> str:
    return f"{value:+.2g}".replace("-", "−")
