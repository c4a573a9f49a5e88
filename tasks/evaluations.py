"""Outcomes of all splits as the verdict and the evaluation sections of the report."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from qml_core.evaluation.metrics import Metric, confusion
from qml_core.evaluation.report.content import Confusion, Evaluation, Residuals, SplitResult
from qml_core.evaluation.verdict import Comparison, compare, sentence
from qml_core.references import CircuitOutcome, Interval, KernelOutcome, SplitOutcome
from qml_core.specs import ModelSpec
from qml_core.specs.search import LOWER_IS_BETTER
from qml_core.storage.datasets import get_arrays

PRIMARY = {"classification": "accuracy", "regression": "r2"}
LIMITS = {"r2": (-math.inf, 1.0), "rmse": (0.0, math.inf), "mae": (0.0, math.inf)}
BASELINE = "RBF-SVM"
METHOD = (
    "Intervals of one split: Wilson for accuracy, percentile bootstrap of the test rows otherwise; "
    "over splits: corrected resampled t-test (Nadeau & Bengio 2003)."
)
_ONE_CONFIGURATION = (
    "The {name} was trained once, as asked; only the RBF-SVM was tuned over these configurations."
)
_TRAINED = (
    "Kernel training fitted bandwidth and weights of every candidate kernel to the training rows, "
    "beside these configurations: inner scores, on folds of the same rows, are optimistic; "
    "held-out ones are not."
)


def _notes(model: ModelSpec) -> tuple[str, ...]:
    if model.variational:
        return (_ONE_CONFIGURATION.format(name=model.name.upper()),)
    return (_TRAINED,) if model.kernel_training else ()


def _compare(outcomes: Sequence[SplitOutcome], metric: str) -> Comparison:
    return compare(
        [o.metrics[metric].value for o in outcomes],
        [o.baseline_metrics[metric].value for o in outcomes],
        n_train=outcomes[0].data.n_train,
        n_test=outcomes[0].data.n_test,
        higher_is_better=metric not in LOWER_IS_BETTER,
        limits=LIMITS.get(metric, (0.0, 1.0)),
    )


def verdict(outcomes: Sequence[SplitOutcome]) -> str:
    """The plain sentence: better, worse, or no difference that could be shown."""
    data = outcomes[0].data
    metric = PRIMARY[data.task]
    return sentence(
        _compare(outcomes, metric),
        metric={"r2": "R²"}.get(metric, metric),
        baseline_name=BASELINE,
        dataset=data.name,
    )


def mean_score(outcomes: Sequence[SplitOutcome]) -> Interval:
    """Mean held-out accuracy or R² over the splits, with its interval."""
    return _interval(_compare(outcomes, PRIMARY[outcomes[0].data.task]).quantum)


def _interval(metric: Metric) -> Interval:
    return Interval(value=metric.value, low=metric.low, high=metric.high)


def evaluation_sections(outcomes: Sequence[SplitOutcome], model: ModelSpec) -> dict[str, object]:
    """`evaluation`, and `confusion` or `residuals`, by the names of ReportContent."""
    data = outcomes[0].data
    compared = {name: _compare(outcomes, name) for name in outcomes[0].metrics}
    evaluation = Evaluation(
        primary=PRIMARY[data.task],
        splits=tuple(_split_result(outcome) for outcome in outcomes),
        quantum={n: _interval(c.quantum) for n, c in compared.items()},
        baseline={n: _interval(c.baseline) for n, c in compared.items()},
        difference={
            n: Interval(value=c.difference, low=c.low, high=c.high) for n, c in compared.items()
        },
        quantum_name=model.name.upper(),
        baseline_name=BASELINE,
        configurations=model.configurations,
        method=METHOD,
        notes=_notes(model),
    )
    predicted = [get_arrays(o.predictions) for o in outcomes]
    y_true, y_pred, y_baseline = (
        np.concatenate([p[name] for p in predicted]) for name in ("y_true", "y_pred", "y_baseline")
    )
    if data.task == "regression":
        return {"evaluation": evaluation, "residuals": Residuals(y_true, y_pred, y_baseline)}
    n_classes = len(data.classes)
    matrices = Confusion(
        classes=data.classes,
        quantum=confusion(y_true, y_pred, n_classes),
        baseline=confusion(y_true, y_baseline, n_classes),
    )
    return {"evaluation": evaluation, "confusion": matrices}


def _split_result(outcome: SplitOutcome) -> SplitResult:
    return SplitResult(
        seed=outcome.data.split_seed,
        n_train=outcome.data.n_train,
        n_test=outcome.data.n_test,
        quantum=outcome.metrics,
        baseline=outcome.baseline_metrics,
        baseline_parameters=outcome.baseline_parameters,
        baseline_inner_score=outcome.baseline_inner_score,
        **_chosen(outcome),
    )


def _chosen(outcome: SplitOutcome) -> dict[str, Any]:
    """What the quantum model chose on a split: bandwidth and C, or the best epoch."""
    if isinstance(outcome, CircuitOutcome):
        return {"epochs": outcome.training.epochs, "best_epoch": outcome.training.best_epoch}
    assert isinstance(outcome, KernelOutcome)
    choice = outcome.choice
    return {
        "bandwidth": choice.kernel.encoding.bandwidth,
        "C": choice.C,
        "inner_score": choice.inner_score,
    }
