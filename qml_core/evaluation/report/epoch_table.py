"""The epochs of one training as a table: what the charts show, in numbers."""

from dataclasses import dataclass

import numpy as np

from qml_core.evaluation.report.metric_names import title_of
from qml_core.evaluation.report.numbers import number, seconds, usd
from qml_core.evaluation.report.training import TrainingHistory, TrainingPicture

_MOST_ROWS = 40


@dataclass(frozen=True)
class EpochRow:
    """Cells of one epoch, the epoch first."""

    cells: tuple[str, ...]
    best: bool


@dataclass(frozen=True)
class EpochTable:
    """Columns without any value are left out, and a learning rate that is the same throughout."""

    heads: tuple[str, ...]
    rows: tuple[EpochRow, ...]


def epoch_table(training: TrainingPicture) -> EpochTable:
    """Of the first split: all epochs, or 40 evenly spaced ones with the best."""
    history = training.first
    columns = _columns(history, title_of(training.score_name))
    chosen = _chosen(history)
    rows = tuple(
        EpochRow(
            (f"{history.epoch[k]:,}", *(_cell(name, history, k) for name in columns)),
            best=bool(history.epoch[k] == history.best_epoch),
        )
        for k in chosen
    )
    return EpochTable(("Epoch", *columns.values()), rows)


def _columns(history: TrainingHistory, score: str) -> dict[str, str]:
    titles = {
        "loss": "Loss",
        "score": score,
        "validation_loss": "Validation loss",
        "validation_score": f"Validation {score if score == 'R²' else score.lower()}",
        "learning_rate": "Learning rate",
        "gradient_norm": "Gradient norm",
        "gradient_variance": "Gradient variance",
        "signal_to_noise": "Signal to noise",
        "movement": "Movement",
        "seconds": "Time",
        "circuits": "Circuits",
        "usd": "Paid",
    }
    same = np.unique(history["learning_rate"]).size == 1
    plain = {"learning_rate"} if same else set()
    if not history.total("circuits"):
        plain |= {"circuits", "usd"}
    return {
        name: title
        for name, title in titles.items()
        if name not in plain and np.isfinite(history[name]).any()
    }


def _chosen(history: TrainingHistory) -> list[int]:
    last = len(history.epoch) - 1
    spaced = np.linspace(0, last, min(last + 1, _MOST_ROWS)).round().astype(int)
    best = np.flatnonzero(history.epoch == history.best_epoch)
    return sorted({*spaced.tolist(), *best.tolist()})


def _cell(name: str, history: TrainingHistory, place: int) -> str:
    value = float(history[name][place])
    if not np.isfinite(value):
        return "–"
    if name == "seconds":
        return seconds(value)
    if name == "usd":
        return usd(value)
    return number(int(value)) if name == "circuits" else number(value)
