"""What the scores of all folds decide, data set by data set and over all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from prefect import task

from qml_core.evaluation.judgement.across import across_data
from qml_core.evaluation.judgement.paired import paired_test
from qml_core.evaluation.judgement.samples import FoldPredictions, sample_intervals
from qml_core.evaluation.judgement.sentences import sentence
from qml_core.evaluation.judgement.verdict import Scored, Terms, judge
from qml_core.evaluation.objectives.scores import Predicted
from qml_core.events import StageStarted, StepDone, emit
from qml_core.references import (
    AcrossData,
    BenchmarkData,
    BenchmarkPlan,
    DataVerdict,
    FoldScore,
    Interval,
    ModelScore,
    PairedTest,
)
from qml_core.specs import ContestantSpec
from qml_core.specs.benchmark import METRICS_OF, MetricName
from qml_core.specs.search import LOWER_IS_BETTER
from qml_core.storage.folds import get_held_out
from qml_core.storage.probe import open_checked_store
from tasks.options import STORE

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Verdicts:
    """Of every data set, and of all together; none: there is one."""

    data: tuple[DataVerdict, ...]
    across: AcrossData | None


@task(name="decide", **STORE)
def decide(plan: BenchmarkPlan, scores: Sequence[FoldScore]) -> Verdicts:
    """The verdict on every quantum model, from the folds that did not fail."""
    emit(StageStarted("decide", len(plan.data)))
    whole = [score for score in scores if score.share == 1.0]
    found = []
    for data in plan.data:
        found.append(_decide(plan, data, [one for one in whole if one.data == data.name]))
        emit(StepDone())
    return Verdicts(tuple(found), _across(plan, whole) if len(found) > 1 else None)


def _decide(plan: BenchmarkPlan, data: BenchmarkData, scores: Sequence[FoldScore]) -> DataVerdict:
    benchmark, metric = plan.benchmark, plan.benchmark.primary(plan.task)
    models = tuple(_model_score(plan, data, one, scores) for one in plan.contestants)
    scored = _scored(plan, data, scores, models)
    terms = Terms(
        metric, benchmark.also, benchmark.margin(plan.task), benchmark.alpha, benchmark.equivalence
    )
    tests, judgements, recommended = judge(scored, terms)
    controls = _controls(plan, scored, metric)
    return DataVerdict(
        data=data.name,
        rows=data.rows,
        metric=metric,
        threshold=terms.threshold,
        alpha=terms.alpha,
        scores=models,
        tests=tests,
        controls=controls,
        judgements=judgements,
        recommended=recommended,
        sentence=sentence(
            data.name, judgements, tests, controls, models, recommended, terms.threshold
        ),
    )


def _model_score(
    plan: BenchmarkPlan,
    data: BenchmarkData,
    contestant: ContestantSpec,
    scores: Sequence[FoldScore],
) -> ModelScore:
    own = [score for score in scores if score.model == contestant.label]
    done = [score for score in own if score.status == "done"]
    inner = [score.inner_score for score in done if score.inner_score is not None]
    return ModelScore(
        model=contestant.label,
        kind=contestant.kind,
        metrics=_intervals(plan, data, done),
        inner_score=float(np.mean(inner)) if inner else None,
        configurations=max((score.configurations for score in done), default=0),
        folds=len(done),
        failed=len(own) - len(done),
        **{
            name: sum(getattr(score, name) for score in own)
            for name in ("seconds", "circuits", "shots", "qpu_seconds", "usd")
        },
    )


def _intervals(
    plan: BenchmarkPlan, data: BenchmarkData, done: Sequence[FoldScore]
) -> dict[MetricName, Interval]:
    """Of the mean over folds, the samples resampled; the same resamples for every model."""
    if not done:
        return {}
    store = open_checked_store(plan.store)
    folds = []
    for score in done:
        held_out = get_held_out(store, score)
        said = Predicted(held_out.y_pred, held_out.probabilities, held_out.scores)
        folds.append(FoldPredictions(score.repeat, held_out.rows, held_out.y_true, said))
    generator = np.random.default_rng([plan.seed, 5])
    return sample_intervals(plan.task, folds, len(data.folds[0].classes), generator=generator)


def _scored(
    plan: BenchmarkPlan,
    data: BenchmarkData,
    scores: Sequence[FoldScore],
    models: Sequence[ModelScore],
) -> Scored:
    benchmark = plan.benchmark
    values = {
        metric: {
            one.label: _values(plan, [s for s in scores if s.model == one.label], metric)
            for one in plan.contestants
        }
        for metric in METRICS_OF[plan.task]
    }
    return Scored(
        values=values,
        inner={m.model: m.inner_score for m in models if m.inner_score is not None},
        kinds={one.label: one.kind for one in plan.contestants},
        deciding=tuple(one.label for one in plan.contestants if one.decides),
        n_train=float(np.mean([fold.n_train for fold in data.folds])),
        n_test=float(np.mean([fold.n_test for fold in data.folds])),
        rows=data.rows,
        folds=benchmark.folds,
        repeats=benchmark.repeats,
        usd={model.model: model.usd for model in models},
    )


def _values(plan: BenchmarkPlan, scores: Sequence[FoldScore], metric: MetricName) -> Array:
    """(repeats · folds,), NaN where the fold failed or cannot give the metric."""
    found = np.full(plan.benchmark.splits, np.nan)
    for score in scores:
        found[score.repeat * plan.benchmark.folds + score.fold] = score.metrics.get(metric, np.nan)
    return found


def _controls(plan: BenchmarkPlan, scored: Scored, metric: MetricName) -> tuple[PairedTest, ...]:
    """Every quantum model against the controls of its own, and those of all."""
    return tuple(
        paired_test(
            model,
            control.label,
            scored.turned(metric, model),
            scored.turned(metric, control.label),
            n_train=scored.n_train,
            n_test=scored.n_test,
            threshold=plan.benchmark.margin(plan.task),
            resolution=scored.resolution(metric),
        )
        for model in scored.quantum
        for control in plan.contestants
        if control.kind == "control" and control.of in ("", model)
    )


def _across(plan: BenchmarkPlan, scores: Sequence[FoldScore]) -> AcrossData | None:
    if plan.benchmark.primary(plan.task) in ("rmse", "mae"):  # in units of each target
        return None
    means = [
        _common_means(plan, [score for score in scores if score.data == data.name])
        for data in plan.data
    ]
    return across_data(
        means,
        [data.name for data in plan.data],
        [one.label for one in plan.contestants if one.kind == "quantum"],
        [one.label for one in plan.contestants if one.decides],
        plan.benchmark.alpha,
        threshold=plan.benchmark.margin(plan.task),
        seed=plan.seed,
    )


def _common_means(plan: BenchmarkPlan, scores: Sequence[FoldScore]) -> Mapping[str, float]:
    """Larger is better; over the folds on which none has failed, so that none gains by failing.

    Models that failed on more than half of the folds have none.
    """
    metric = plan.benchmark.primary(plan.task)
    sign = -1.0 if metric in LOWER_IS_BETTER else 1.0
    values = {
        one.label: sign * _values(plan, [s for s in scores if s.model == one.label], metric)
        for one in plan.contestants
        if one.kind == "quantum" or one.decides
    }
    kept = {label: own for label, own in values.items() if np.isfinite(own).mean() >= 0.5}
    common = np.all([np.isfinite(own) for own in kept.values()], axis=0) if kept else np.zeros(0)
    return {label: float(own[common].mean()) for label, own in kept.items() if common.any()}
