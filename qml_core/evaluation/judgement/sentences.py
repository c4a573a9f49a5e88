"""One sentence on one data set: whether it helped, by how much, how sure that is, what it cost."""

from collections import Counter
from collections.abc import Callable, Sequence

from qml_core.evaluation.judgement.notes import NEAR
from qml_core.evaluation.judgement.wording import Gain, dollars, duration, gain, p_value
from qml_core.references.benchmark import Judgement, ModelScore, Outcome, PairedTest

# where one of several is inconclusive, nobody can say that none helped
_RANK: tuple[Outcome, ...] = ("advantage", "inconclusive", "no difference", "classical better")
_OTHERS: dict[Outcome, str] = {
    "advantage": "helped too",
    "no difference": "made no difference",
    "inconclusive": "left it open",
    "classical better": "did worse",
}
_CONTROLS = {
    ", no entanglers": "the same kernel without entanglers",
    ", Fourier features": "random Fourier features of its spectrum",
    ", same features": "an RBF-SVM on the same features",
}
_AS_GOOD = 0.95


def sentence(
    data: str,
    judgements: Sequence[Judgement],
    tests: Sequence[PairedTest],
    controls: Sequence[PairedTest],
    scores: Sequence[ModelScore],
    recommended: str,
    threshold: float,
) -> str:
    """The verdict on a data set, of the quantum model that came off best.

    Args:
        data: name of the data set.
        judgements: one per quantum model.
        tests: of the primary metric, quantum models against deciding classical ones.
        controls: quantum models against their controls.
        scores: of all contestants, for their cost.
        recommended: label of the model to use.
        threshold: least difference that matters, in units of the primary metric.
    """
    advice = f"by inner score use {recommended}" if recommended else "no model could be recommended"
    if not judgements:
        return f"On {data} no quantum model took part; {advice}."
    head = min(judgements, key=lambda j: (_RANK.index(j.outcome), -_value(j)))
    if head.difference is None:
        why = head.notes[0].rstrip(".") if head.notes else "there is nothing to compare it with"
        why = why[0].lower() + why[1:] if why.startswith(("There", "No ")) else why
        return f"On {data} it cannot be told whether {head.model} helped: {why}; {advice}."
    said = _SAID[head.outcome](head, tests, gain(head.metric, threshold), threshold)
    parts = [said + _cost(head, scores, gain(head.metric, threshold))]
    parts += [_controls(head, controls)] if head.outcome == "advantage" else []
    parts += [_others(head, judgements), advice]
    return f"On {data} {'; '.join(part for part in parts if part)}."


def _value(judgement: Judgement) -> float:
    return judgement.difference.value if judgement.difference else float("-inf")


def _advantage(head: Judgement, tests: Sequence[PairedTest], unit: Gain, threshold: float) -> str:
    rivals = [t for t in tests if t.model == head.model and t.folds > 1]
    more = sum(1 for t in rivals if t.against != head.reference)
    others = "other tuned classical model" if more == 1 else f"{more} other tuned classical models"
    over = f", and the {others} too" if more else ""
    return (
        f"the quantum model {head.model} helped: it beats {head.reference}, the best classical "
        f"model by inner score, by {unit.size(_value(head))} ({_certainty(head, unit)}){over}"
    )


def _no_difference(
    head: Judgement, tests: Sequence[PairedTest], unit: Gain, threshold: float
) -> str:
    return (
        f"no quantum model helped: {head.model} and {head.reference} do equally well, with a "
        f"probability of {_percent(head.equivalent or 0.0)} that they differ by less than "
        f"{unit.least(threshold)} (measured {_measured(head, unit)})"
    )


def _classical(head: Judgement, tests: Sequence[PairedTest], unit: Gain, threshold: float) -> str:
    known = [t for t in tests if (t.model, t.against) == (head.model, head.reference)]
    p = known[0].p if known else None
    certainty = [_interval(head, unit, turned=True), "" if p is None else p_value(p)]
    return (
        f"no quantum model helped: {head.reference} is better than {head.model} by "
        f"{unit.size(_value(head))} ({', '.join(filter(None, certainty))})"
    )


def _inconclusive(
    head: Judgement, tests: Sequence[PairedTest], unit: Gain, threshold: float
) -> str:
    return (
        f"it cannot be told whether a quantum model helps: {head.model} differs from "
        f"{head.reference} by {unit.signed(_value(head))} {unit.unit} ({_certainty(head, unit)})"
        f"{_needed(head, unit, threshold)}"
    )


_SAID: dict[Outcome, Callable[[Judgement, Sequence[PairedTest], Gain, float], str]] = {
    "advantage": _advantage,
    "no difference": _no_difference,
    "classical better": _classical,
    "inconclusive": _inconclusive,
}


def _needed(head: Judgement, unit: Gain, threshold: float) -> str:
    if head.samples is None:
        return ""
    if NEAR in head.notes:
        return f", which is too close to the threshold of {unit.least(threshold)}"
    rows = f", and about {head.samples:,} rows"
    if head.repeats is not None:
        rows += f" or {head.repeats:,} repeats"
    return (
        f"{rows} are needed to see {unit.least(threshold)} four times in five"
        f"{'' if head.repeats is not None else ' (more repeats alone do not suffice)'}"
    )


def _certainty(head: Judgement, unit: Gain) -> str:
    """Interval to the reference, and the p of the classical model that is hardest to beat."""
    p = "" if head.corrected is None else f"corrected {p_value(head.corrected)}"
    if p and head.hardest not in ("", head.reference):
        p += f" against {head.hardest}"
    return ", ".join(part for part in (_interval(head, unit), p) if part) or "no interval"


def _measured(head: Judgement, unit: Gain) -> str:
    interval = _interval(head, unit)
    return unit.signed(_value(head)) + (f", {interval}" if interval else "")


def _interval(head: Judgement, unit: Gain, turned: bool = False) -> str:
    """Of the gain of the quantum model; turned: of the classical one."""
    found = head.difference
    if found is None or found.low is None or found.high is None:
        return ""
    low, high = (-found.high, -found.low) if turned else (found.low, found.high)
    return f"95 % interval {unit.signed(low)} to {unit.signed(high)}"


def _cost(head: Judgement, scores: Sequence[ModelScore], unit: Gain) -> str:
    """Dollars where some were spent, else computing time."""
    by_label = {score.model: score for score in scores}
    own, other = by_label.get(head.model), by_label.get(head.reference)
    if own is None or other is None:
        return ""
    if own.usd == 0.0:
        times = f"{duration(own.seconds)} of computing against {duration(other.seconds)}"
        return f", at no charge, with {times}"
    each = head.usd_per_point
    per = "" if each is None else f", {dollars(each)} per {unit.point}"
    return f", for {dollars(own.usd)}{per}"


def _controls(head: Judgement, controls: Sequence[PairedTest]) -> str:
    """Controls that the quantum model is not shown to beat: its gain may come from elsewhere."""
    own = [test for test in controls if test.model == head.model and test.difference is not None]
    equal = [_control(t.against, head.model) for t in own if _as_good(t)]
    unclear = [
        _control(t.against, head.model) for t in own if not _as_good(t) and (t.low or 0.0) <= 0
    ]
    said = [f"{_listed(equal)} {'does' if len(equal) == 1 else 'do'} as well"] if equal else []
    if unclear:
        said.append(f"it is not shown to beat {_listed(unclear)}")
    return "though " + " and ".join(said) if said else ""


def _as_good(test: PairedTest) -> bool:
    return (test.difference or 0.0) <= 0 or (test.equivalent or 0.0) >= _AS_GOOD


def _control(label: str, model: str) -> str:
    return next((text for end, text in _CONTROLS.items() if label.endswith(end)), label)


def _others(head: Judgement, judgements: Sequence[Judgement]) -> str:
    """What the other quantum models did, most of it first in the order of the outcomes."""
    counts = Counter(j.outcome for j in judgements if j is not head)
    total = sum(counts.values())
    if total == 1:
        return f"the other quantum model {_OTHERS[next(iter(counts))]}"
    said = [f"{counts[outcome]} {_OTHERS[outcome]}" for outcome in _RANK if counts[outcome]]
    return f"of the other {total} quantum models {_listed(said)}" if said else ""


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _percent(share: float) -> str:
    return f"{min(100 * share, 99.9):.0f} %" if share < 0.995 else "over 99 %"
