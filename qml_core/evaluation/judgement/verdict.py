"""The verdict on one data set: advantage, no difference, classical better, or inconclusive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qml_core.evaluation.judgement.notes import NEAR, notes_on
from qml_core.evaluation.judgement.paired import differences, paired_test, resampled
from qml_core.evaluation.judgement.power import repeats_needed, samples_needed
from qml_core.evaluation.judgement.scored import Scored, Terms
from qml_core.optimisation.comparison.tests_of_seeds import holm
from qml_core.references.artifacts import Interval
from qml_core.references.benchmark import Judgement, Outcome, PairedTest
from qml_core.specs.benchmark import MetricName

__all__ = ["Scored", "Terms", "judge"]

POINT = 0.01
# a mean on the threshold must not pass it by its last bit
_ROUNDING = 1e-12
_NO_POINTS = ("rmse", "mae")
"""Metrics in units of the target: a hundredth of one is nothing in particular."""

Tests = tuple[PairedTest, ...]


@dataclass(frozen=True)
class _Evidence:
    """What is known of one quantum model on the primary metric.

    Args:
        tests: against every deciding classical model that shares two folds with it.
        hardest: the one with the largest p.
        known: the one against the reference.
        corrected: p of `hardest` after Holm over quantum models and metrics.
        worse: p of `known` after Holm over quantum models, or of another classical model that is
            better, after Holm over all pairs.
        complete: whether it met every deciding classical model on half of the folds at least.
    """

    tests: Tests
    hardest: PairedTest
    known: PairedTest
    corrected: float
    worse: float
    complete: bool


def judge(scored: Scored, terms: Terms) -> tuple[Tests, tuple[Judgement, ...], str]:
    """Paired tests of the primary metric, one judgement per quantum model, the recommended label.

    The p of a quantum model is the largest over all deciding classical models (intersection-union:
    it has to beat each of them), corrected over quantum models and metrics (Holm 1979). Whether
    the classical side is better, or as good, is asked of the classical model with the best inner
    score, which no outer fold has helped to choose; then of all others, corrected over all pairs.

    Raises:
        DataError: two models have other numbers of folds.
    """
    by_metric = {metric: _tests(scored, metric, terms) for metric in (terms.metric, *terms.also)}
    tests = by_metric[terms.metric]
    compared = {test.against for test in tests if test.folds > 1}
    reference = scored.best(terms.metric, [x for x in scored.deciding if x in compared])
    corrected = _corrected(scored.quantum, by_metric)
    worse = _worse(scored.quantum, tests, reference)
    ahead, folds = _ahead(tests, terms), scored.folds * scored.repeats
    judgements = []
    for label in scored.quantum:
        own = tuple(test for test in tests if test.model == label)
        evidence = _evidence(own, reference, corrected[terms.metric, label], worse[label], folds)
        if evidence is not None and not _beaten(terms, evidence) and label in ahead:
            other, p = ahead[label]
            evidence = replace(evidence, known=other, worse=p)
        notes = notes_on(label, own, reference, terms.alpha, folds)
        judgements.append(_judged(scored, terms, label, evidence, notes))
    recommended = scored.best(terms.metric, (*scored.deciding, *scored.quantum))
    return tests, tuple(judgements), recommended


def _tests(scored: Scored, metric: MetricName, terms: Terms) -> Tests:
    return tuple(
        paired_test(
            label,
            other,
            scored.turned(metric, label),
            scored.turned(metric, other),
            n_train=scored.n_train,
            n_test=scored.n_test,
            threshold=terms.threshold,
            resolution=scored.resolution(metric),
        )
        for label in scored.quantum
        for other in scored.deciding
    )


def _corrected(
    quantum: Sequence[str], by_metric: Mapping[MetricName, Tests]
) -> dict[tuple[MetricName, str], float]:
    """Holm over quantum models × metrics; a p that cannot be given counts as 1."""
    asked = [(metric, label) for metric in by_metric for label in quantum]
    hardest = [_hardest(_usable(by_metric[m], label)) for m, label in asked]
    corrected = holm([1.0 if t is None or t.p is None else t.p for t in hardest])
    return dict(zip(asked, corrected.tolist(), strict=True))


def _worse(quantum: Sequence[str], tests: Tests, reference: str) -> dict[str, float]:
    """p against the reference, corrected over the quantum models."""
    found = {test.model: test.p for test in tests if test.against == reference}
    p = [found.get(label) for label in quantum]
    corrected = holm([1.0 if one is None else one for one in p])
    return dict(zip(quantum, corrected.tolist(), strict=True))


def _ahead(tests: Tests, terms: Terms) -> dict[str, tuple[PairedTest, float]]:
    """Of each quantum model, the classical one that is most clearly better, p after Holm over all
    pairs: none of them was chosen beforehand."""
    usable = [test for test in tests if test.folds > 1 and test.p is not None]
    corrected = holm([test.p for test in usable if test.p is not None]).tolist()
    found: dict[str, tuple[PairedTest, float]] = {}
    for test, p in zip(usable, corrected, strict=True):
        lost = -(test.difference or 0.0) > terms.threshold + _ROUNDING
        if lost and p < terms.alpha and p < found.get(test.model, (test, 1.0))[1]:
            found[test.model] = test, p
    return found


def _beaten(terms: Terms, found: _Evidence) -> bool:
    lost = -(found.known.difference or 0.0) > terms.threshold + _ROUNDING
    return found.worse < terms.alpha and lost


def _usable(tests: Tests, label: str) -> Tests:
    return tuple(test for test in tests if test.model == label and test.folds > 1)


def _hardest(tests: Tests) -> PairedTest | None:
    """One without p, else the largest p; of equals the least difference."""
    return max(
        tests,
        key=lambda t: (t.p is None, t.p or 0.0, -(t.difference or 0.0)),
        default=None,
    )


def _evidence(
    tests: Tests, reference: str, corrected: float, worse: float, folds: int
) -> _Evidence | None:
    usable = tuple(test for test in tests if test.folds > 1)
    hardest = _hardest(usable)
    known = next((test for test in usable if test.against == reference), None)
    if hardest is None or known is None:
        return None
    complete = all(2 * test.folds >= folds for test in tests)
    return _Evidence(usable, hardest, known, corrected, worse, complete)


def _judged(
    scored: Scored, terms: Terms, label: str, found: _Evidence | None, notes: tuple[str, ...]
) -> Judgement:
    if found is None:
        return Judgement(model=label, outcome="inconclusive", metric=terms.metric, notes=notes)
    known, outcome = found.known, _outcome(terms, found, scored.folds * scored.repeats)
    samples, repeats = None, None
    if outcome == "inconclusive":
        samples, repeats = _needed(scored, terms, found)
        notes = (*notes, NEAR) if samples is not None and samples <= scored.rows else notes
    return Judgement(
        model=label,
        outcome=outcome,
        metric=terms.metric,
        p=found.hardest.p,
        corrected=None if found.hardest.p is None else found.corrected,
        hardest=found.hardest.against,
        reference=known.against,
        difference=Interval(value=known.difference or 0.0, low=known.low, high=known.high),
        equivalent=known.equivalent,
        samples=samples,
        repeats=repeats,
        usd_per_point=_usd_per_point(scored, terms.metric, known),
        notes=notes,
    )


def _outcome(terms: Terms, found: _Evidence, folds: int) -> Outcome:
    if 2 * max(test.folds for test in found.tests) < folds:
        return "inconclusive"  # the folds on which a model does not fail are not any folds
    least = min(test.difference or 0.0 for test in found.tests)
    above = least > terms.threshold + _ROUNDING
    if found.complete and above and found.corrected < terms.alpha:
        return "advantage"
    if _beaten(terms, found):
        return "classical better"
    equivalent = found.known.equivalent
    if equivalent is not None and equivalent >= terms.equivalence:
        return "no difference"
    return "inconclusive"


def _needed(scored: Scored, terms: Terms, found: _Evidence) -> tuple[int | None, int | None]:
    """Rows, repeats: enough against the reference and against the hardest classical model."""
    ratio = scored.n_test / scored.n_train
    samples: list[int] = []
    repeats: list[int | None] = []
    for against in dict.fromkeys((found.known.against, found.hardest.against)):
        pair = (scored.turned(terms.metric, x) for x in (found.known.model, against))
        spread = resampled(differences(*pair), ratio, scored.resolution(terms.metric))
        if spread.error is None:
            return None, None
        asked = (terms.threshold, terms.alpha)
        samples.append(samples_needed(scored.rows, spread.error, spread.count - 1, *asked))
        repeats.append(repeats_needed(spread.spread, scored.folds, ratio, *asked))
    enough = [one for one in repeats if one is not None]
    return max(samples), max(enough) if len(enough) == len(repeats) else None


def _usd_per_point(scored: Scored, metric: MetricName, known: PairedTest) -> float | None:
    """None where the interval of the gain includes 0, or a point means nothing."""
    if metric in _NO_POINTS or known.low is None or known.low <= 0 or not known.difference:
        return None
    extra = scored.usd.get(known.model, 0.0) - scored.usd.get(known.against, 0.0)
    return max(0.0, extra) / (known.difference / POINT)
