"""The sentence over several data sets: whether it helped, where, by how much, at what cost."""

from collections.abc import Sequence

from qml_core.evaluation.judgement.wording import Gain, dollars, duration, gain, p_value
from qml_core.references.benchmark import AcrossData, AcrossTest, DataVerdict, Judgement


def headline(data: Sequence[DataVerdict], across: AcrossData | None = None) -> str:
    """One sentence; with one data set its own.

    Verdicts are of one data set each and not corrected for their number, and it says so where one
    is an advantage; what is said of all data sets together is.
    """
    if len(data) == 1:
        return data[0].sentence
    unit = gain(data[0].metric, data[0].threshold)
    judged = [(one, judgement) for one in data for judgement in one.judgements]
    parts = [
        f"On {len(data)} data sets {_helped(judged, unit)} ({_counted(judged)})",
        _together(across, unit),
        _cost(data),
    ]
    return ", ".join(part for part in parts if part) + "."


def _helped(judged: Sequence[tuple[DataVerdict, Judgement]], unit: Gain) -> str:
    helped = [(one, found) for one, found in judged if found.outcome == "advantage"]
    if not helped:
        # what is undecided may have helped
        undecided = any(found.outcome == "inconclusive" for _, found in judged)
        return f"no quantum model {'is shown to help' if undecided else 'helped'}"
    said = [f"{found.model} on {one.data}{_size(found, unit)}" for one, found in helped]
    return f"a quantum model helps: {' and '.join(said)}"


def _size(found: Judgement, unit: Gain) -> str:
    if found.difference is None or found.corrected is None:
        return ""
    return f" by {unit.size(found.difference.value)}, {p_value(found.corrected)}"


def _counted(judged: Sequence[tuple[DataVerdict, Judgement]]) -> str:
    outcomes = [found.outcome for _, found in judged]
    counts = [f"{outcomes.count(outcome)} {outcome}" for outcome in sorted(set(outcomes))]
    more = ", each data set by itself" if "advantage" in outcomes else ""
    return f"of {len(outcomes)} verdicts {', '.join(counts)}{more}"


def nearest(across: AcrossData) -> tuple[AcrossTest, ...]:
    """Of each quantum model, the classical one that is furthest ahead of it, or least behind."""
    least: dict[str, AcrossTest] = {}
    for test in across.tests:
        if test.p is not None and test.difference < least.get(test.model, test).difference:
            least[test.model] = test
        elif test.p is not None:
            least.setdefault(test.model, test)
    return tuple(least.values())


def _together(across: AcrossData | None, unit: Gain) -> str:
    """Of the quantum model that does best against its strongest classical one."""
    found = () if across is None else nearest(across)
    if not found:
        return ""
    best = max(found, key=lambda test: test.difference)
    p = p_value(1.0 if best.p is None else best.p)
    if best.difference == 0:
        return f"over all of them {best.model} is level with {best.against} ({p}, Wilcoxon)"
    side = "ahead of" if best.difference > 0 else "behind"
    size = unit.size(best.difference)
    return f"over all of them {best.model} is {size} {side} {best.against} ({p}, Wilcoxon)"


def _cost(data: Sequence[DataVerdict]) -> str:
    """Of all quantum models on all data sets, and of all classical ones."""
    scores = [score for one in data for score in one.scores]
    usd = sum(score.usd for score in scores if score.kind == "quantum")
    times = [sum(s.seconds for s in scores if s.kind == kind) for kind in ("quantum", "classical")]
    spent = "at no charge" if usd == 0 else f"for {dollars(usd)}"
    return f"{spent} and {duration(times[0])} of computing, classical models {duration(times[1])}"
