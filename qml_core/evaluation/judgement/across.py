"""Quantum and classical models over several data sets, one mean score on each."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError
from qml_core.evaluation.judgement.rank_differences import rank_differences
from qml_core.evaluation.judgement.signed_rank_effects import (
    rank_biserial,
    signed_rank_probabilities,
)
from qml_core.optimisation.comparison.signed_ranks import signed_ranks
from qml_core.optimisation.comparison.tests_of_seeds import holm
from qml_core.references.benchmark import AcrossData, AcrossTest

Scores = dict[str, NDArray[np.float64]]

LEAST_DATA_SETS = 6
"""Signed ranks of five give no two-sided p below 2/2⁵, whatever they are."""


def across_data(
    verdicts: Sequence[Mapping[str, float]],
    names: Sequence[str],
    quantum: Sequence[str],
    deciding: Sequence[str],
    alpha: float,
    *,
    threshold: float | None = None,
    seed: int = 0,
) -> AcrossData:
    """Tests of the models over data sets (Demšar, J. Mach. Learn. Res. 7 (2006) 1).

    Every quantum model meets every deciding classical one in Wilcoxon's signed ranks, exact, from
    6 data sets on that both have a score on. What counts for a quantum model is its largest p
    (intersection-union); `corrected` stands there, after Holm over the quantum models. Friedman's
    test (from 3 models on) and Nemenyi's critical difference are of the models with a score on
    every data set.

    Args:
        verdicts: by data set, mean score over folds by label, larger is better; a model that is
            not there, or NaN, failed.
        names: of the data sets.
        quantum: labels.
        deciding: labels of the tuned classical models.
        alpha: of the critical difference and of what the notes say.
        threshold: least difference that matters, for the Bayesian probabilities; none: no such.
        seed: of their draws.

    Raises:
        DataError: no data set, or another number of names.
    """
    if not verdicts or len(verdicts) != len(names):
        raise DataError(
            f"{len(verdicts)} data sets with {len(names)} names", "give each data set its name"
        )
    scores = {label: _scores(verdicts, label) for label in (*quantum, *deciding)}
    against = [label for label in deciding if not np.isnan(scores[label]).all()]
    pairs = {pair: _differences(scores, *pair) for pair in product(quantum, against)}
    found = [_test(*pair, pairs[pair], threshold, seed) for pair in pairs if len(pairs[pair])]
    tests = _corrected(found, len(against))
    complete = {label: found for label, found in scores.items() if not np.isnan(found).any()}
    ranked = rank_differences(complete, alpha, LEAST_DATA_SETS)
    return AcrossData(
        data_sets=len(verdicts),
        friedman=ranked.p,
        ranks=ranked.ranks,
        critical_difference=ranked.critical,
        cliques=ranked.cliques,
        tests=tests,
        notes=(
            *_failures(scores, names),
            *_too_few(len(verdicts), pairs),
            *_findings(tests, alpha),
        ),
    )


def better_than_all(tests: Sequence[AcrossTest], model: str, alpha: float) -> bool:
    """Whether a quantum model is better than every deciding classical model, over data sets."""
    own = [test for test in tests if test.model == model]
    corrected = [test.corrected for test in own if test.corrected is not None]
    return bool(corrected) and max(corrected) < alpha and all(t.difference > 0 for t in own)


def _scores(verdicts: Sequence[Mapping[str, float]], label: str) -> NDArray[np.float64]:
    """(data sets,); means that differ by the rounding of their sums only become equal."""
    return np.array([float(f"{found.get(label, np.nan):.12g}") for found in verdicts])


def _differences(scores: Scores, model: str, against: str) -> NDArray[np.float64]:
    """On the data sets that both have a score on."""
    found = scores[model] - scores[against]
    return found[~np.isnan(found)]


def _test(
    model: str,
    against: str,
    differences: NDArray[np.float64],
    threshold: float | None,
    seed: int,
) -> AcrossTest:
    found = signed_ranks(differences)
    enough = len(differences) >= LEAST_DATA_SETS
    likely = None
    if enough and threshold is not None:
        likely = signed_rank_probabilities(
            differences, threshold, generator=np.random.default_rng(seed)
        )
    return AcrossTest(
        model=model,
        against=against,
        data_sets=len(differences),
        difference=found.estimate,
        low=found.low if np.isfinite(found.low) else None,
        high=found.high if np.isfinite(found.high) else None,
        p=found.p if enough else None,
        effect=rank_biserial(differences),
        better=None if likely is None else likely.better,
        equivalent=None if likely is None else likely.equivalent,
    )


def _corrected(tests: Sequence[AcrossTest], classical: int) -> tuple[AcrossTest, ...]:
    """Holm over the quantum models that met all classical ones, at the hardest test of each."""
    hardest = [
        max(own, key=lambda test: test.p or 0.0)
        for model in dict.fromkeys(test.model for test in tests)
        if len(own := [t for t in tests if t.model == model and t.p is not None]) == classical
    ]
    after = holm([test.p or 0.0 for test in hardest])
    at = {(test.model, test.against): float(p) for test, p in zip(hardest, after, strict=True)}
    return tuple(
        test.model_copy(update={"corrected": at.get((test.model, test.against))}) for test in tests
    )


def _failures(scores: Scores, names: Sequence[str]) -> Iterator[str]:
    for label, found in scores.items():
        missing = [name for name, value in zip(names, found, strict=True) if np.isnan(value)]
        if missing:
            yield f"{label} has no score on {', '.join(missing)}: it is not ranked"


def _too_few(data_sets: int, pairs: Mapping[tuple[str, str], NDArray[np.float64]]) -> Iterator[str]:
    if data_sets < LEAST_DATA_SETS:
        yield f"{data_sets} data sets: nothing is tested with fewer than {LEAST_DATA_SETS}"
        return
    for (model, other), differences in pairs.items():
        n = len(differences)
        if n < LEAST_DATA_SETS:
            yield (
                f"{model} and {other} share {n} data sets, fewer than {LEAST_DATA_SETS}: they are "
                f"not tested, and nothing is decided on {model}"
            )


def _findings(tests: Sequence[AcrossTest], alpha: float) -> Iterator[str]:
    for test in tests:
        if test.corrected is None:
            continue
        said = "better than every tuned classical model over data sets"
        worst = min((t for t in tests if t.model == test.model), key=lambda t: t.difference)
        if worst.difference <= 0:
            yield f"{test.model} is not shown to be {said}: {worst.against} is not behind"
            continue
        better = "" if better_than_all(tests, test.model, alpha) else "not shown to be "
        yield f"{test.model} is {better}{said}: p = {test.corrected:.2g} against {test.against}"
