"""All metrics of one model on the held-out rows of one fold; what cannot be given is left out."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from qml_core.errors import DataError
from qml_core.evaluation.objectives.scores import Predicted, score
from qml_core.references import Task
from qml_core.specs.benchmark import METRICS_OF, MetricName

Array = NDArray[np.float64]

_ROUNDING = 1e-4


def fold_metrics(
    task: Task, y_true: NDArray[Any], predicted: Predicted, n_classes: int
) -> dict[MetricName, float]:
    """Metrics of a fold with truth y_true (m,), labels 0 … C−1 or values.

    Left out: log_loss without probabilities; roc_auc where a class has no row or every row, or
    nothing ranks the rows; r2 of a truth without spread, which no prediction explains. Definitions
    are scikit-learn's; balanced_accuracy is the mean recall of the classes that occur.

    Raises:
        DataError: no row, shapes that differ, NaN among the predictions, or probabilities that do
            not add up to 1.
    """
    check_predictions(y_true, predicted, n_classes)
    scored = _adding_up(predicted)  # not for ranks: rounding would break ties
    found: dict[MetricName, float] = {}
    for name in METRICS_OF[task]:
        if name == "roc_auc":
            area = _roc_auc(y_true, predicted, n_classes)
            found |= {} if area is None else {name: area}
        elif _given(name, y_true, predicted):
            found[name] = score(name, y_true, scored, n_classes)
    return found


def rankings(predicted: Predicted, n_classes: int) -> dict[int, Array]:
    """By class, the values (m,) that grow with its likelihood: what roc_auc is the mean of.

    Of two classes only the second; empty where nothing ranks the rows.
    """
    if n_classes == 2 and predicted.scores is not None:
        return {1: np.asarray(predicted.scores, np.float64)}
    if predicted.probabilities is None or n_classes < 2:
        return {}
    classes = [1] if n_classes == 2 else range(n_classes)
    return {k: np.asarray(predicted.probabilities[:, k], np.float64) for k in classes}


def check_predictions(y_true: NDArray[Any], predicted: Predicted, n_classes: int) -> None:
    """Raises DataError where `fold_metrics` does."""
    m = len(y_true)
    expected = {"y": (m,), "probabilities": (m, n_classes), "scores": (m,)}
    for part, shape in expected.items():
        values = getattr(predicted, part)
        if values is None:
            continue
        if m == 0 or np.shape(values) != shape:
            raise DataError(
                f"{m} held-out rows and predicted {part} of shape {np.shape(values)}",
                f"pass shape {shape}, at least one row",
            )
        if np.isnan(np.asarray(values, np.float64)).any():
            raise DataError(f"predicted {part} with NaN", "check the model's predictions")
    if predicted.probabilities is not None:
        sums = predicted.probabilities.sum(axis=1)
        if np.abs(sums - 1.0).max() > _ROUNDING:
            raise DataError(
                f"probabilities that add up to {sums.min():g} … {sums.max():g}",
                "pass one row per sample that adds up to 1",
            )


def _adding_up(predicted: Predicted) -> Predicted:
    """Probabilities of single precision add up to 1 within its rounding only."""
    if predicted.probabilities is None:
        return predicted
    whole = np.asarray(predicted.probabilities, np.float64)
    return replace(predicted, probabilities=whole / whole.sum(axis=1, keepdims=True))


def _given(name: MetricName, y_true: NDArray[Any], predicted: Predicted) -> bool:
    if name == "log_loss":
        return predicted.probabilities is not None
    return name != "r2" or bool(np.ptp(y_true) > 0)


def _roc_auc(y_true: NDArray[Any], predicted: Predicted, n_classes: int) -> float | None:
    """One class against the rest, mean over the classes; of two classes that of the second."""
    ranked = rankings(predicted, n_classes)
    counts = [int((y_true == k).sum()) for k in ranked]
    if not counts or min(counts) == 0 or max(counts) == len(y_true):
        return None
    areas = [float(roc_auc_score(y_true == k, values)) for k, values in ranked.items()]
    return float(np.mean(areas))
