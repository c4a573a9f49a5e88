"""Two benchmarks on the same folds: what changed from one to the other, model by model."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.evaluation.judgement.paired import paired_test
from qml_core.evaluation.judgement.scored import STEPS, sign_of
from qml_core.optimisation.comparison.tests_of_seeds import holm
from qml_core.references.compared import DataCompared, ModelCompared
from qml_core.specs.benchmark import MetricName

Place = tuple[int, int]
"""Repeat and fold."""


@dataclass(frozen=True)
class Fold:
    """An outer fold; equal where the same rows of the same data are held out.

    Args:
        held_out: says which rows, with their truth; empty: no model has got so far.
    """

    held_out: str
    n_train: int
    n_test: int


@dataclass(frozen=True)
class RunOnData:
    """One data set of a run.

    Args:
        source: which data these are, preprocessing aside.
        prepared: the preprocessing.
        scores: by model and place, in the metric's own sign; failed folds are left out.
        keys: of the records, by model and place.
    """

    data: str
    source: str
    prepared: str
    metric: MetricName
    threshold: float
    folds: Mapping[Place, Fold]
    scores: Mapping[str, Mapping[Place, float]]
    keys: Mapping[str, Mapping[Place, str]]


def compare_on_data(first: RunOnData, second: RunOnData) -> DataCompared:
    """Differences second − first, positive where the second run is better.

    Corrected resampled t-test on the folds that both have (Nadeau & Bengio 2003), Holm over the
    models that were fitted twice. What is not the same experiment is not tested, and a note says
    why.
    """
    both = [model for model in first.keys if model in second.keys]
    only = {
        "only_first": tuple(model for model in first.keys if model not in second.keys),
        "only_second": tuple(model for model in second.keys if model not in first.keys),
    }
    if first.metric != second.metric:
        said = f"not compared: one is decided by {first.metric}, the other by {second.metric}"
        return DataCompared(data=first.data, metric=first.metric, notes=(said,), **only)
    why_not = _why_not(first, second)
    places = () if why_not else _common(first, second)
    models = [_model(model, first, second, places) for model in both]
    return DataCompared(
        data=first.data,
        metric=first.metric,
        folds=len(places),
        models=_corrected(models),
        notes=(why_not,) if why_not else _notes(first, second, len(places)),
        **only,
    )


def _why_not(first: RunOnData, second: RunOnData) -> str:
    """Why folds cannot be paired; empty: they can."""
    if first.source != second.source:
        return "not paired: other data under the same name"
    places = _common(first, second)
    if any(first.folds[place] != second.folds[place] for place in places):
        return "not paired: other folds (their number, or the seed), the means are not tested"
    if len(places) < 2:
        return f"not paired: {len(places)} folds in common, a test needs 2"
    return ""


def _common(first: RunOnData, second: RunOnData) -> tuple[Place, ...]:
    return tuple(sorted(place for place in first.folds if place in second.folds))


def _notes(first: RunOnData, second: RunOnData, common: int) -> tuple[str, ...]:
    notes = []
    counts = (len(first.folds), len(second.folds))
    if max(counts) > common:
        notes.append(f"on the {common} folds that both have, of {counts[0]} and {counts[1]}")
    if first.prepared != second.prepared:
        notes.append("the preprocessing of the quantum models' features is another one")
    return tuple(notes)


def _model(
    model: str, first: RunOnData, second: RunOnData, places: Sequence[Place]
) -> ModelCompared:
    if not places:
        means = (_mean(run.scores[model].values()) for run in (first, second))
        return ModelCompared(model=model, first=next(means), second=next(means))
    before, after = (_values(run.scores[model], places) for run in (first, second))
    folds = [first.folds[place] for place in places]
    n_test = float(np.mean([fold.n_test for fold in folds]))
    test = paired_test(
        model,
        model,
        sign_of(first.metric) * after,
        sign_of(first.metric) * before,
        n_train=float(np.mean([fold.n_train for fold in folds])),
        n_test=n_test,
        threshold=first.threshold,
        resolution=1 / n_test if first.metric in STEPS else 0.0,
    )
    same = all(first.keys[model].get(place) == second.keys[model].get(place) for place in places)
    return ModelCompared(
        model=model, first=_mean(before), second=_mean(after), same=same, test=test
    )


def _values(scores: Mapping[Place, float], places: Sequence[Place]) -> NDArray[np.float64]:
    return np.array([scores.get(place, np.nan) for place in places])


def _mean(values: Iterable[float]) -> float | None:
    found = np.fromiter(values, np.float64)
    found = found[np.isfinite(found)]
    return float(found.mean()) if found.size else None


def _corrected(models: Sequence[ModelCompared]) -> tuple[ModelCompared, ...]:
    asked = {
        m.model: m.test.p
        for m in models
        if m.test is not None and m.test.p is not None and not m.same
    }
    corrected = dict(zip(asked, holm(list(asked.values())).tolist(), strict=True)) if asked else {}
    return tuple(
        m.model_copy(update={"corrected": corrected[m.model]}) if m.model in corrected else m
        for m in models
    )
