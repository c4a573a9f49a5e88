"""Confusion matrices as tables: counts with the share of their row, or the largest confusions."""

from dataclasses import dataclass

import numpy as np

from qml_core.evaluation.report.content import Confusion, IntArray

MAX_CLASSES = 20
"""With more classes only the largest confusions are listed."""
_LISTED = 20


@dataclass(frozen=True)
class Cell:
    """A count and its share of the true class."""

    count: int
    share: float
    correct: bool


@dataclass(frozen=True)
class ConfusionTable:
    """`rows`: (true class, cells); `largest`: (true, predicted, count) where too many classes."""

    name: str
    classes: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    largest: tuple[tuple[str, str, int], ...]
    correct: int
    total: int


def confusion_tables(confusion: Confusion, quantum: str, baseline: str) -> list[ConfusionTable]:
    tables = [_table(quantum, confusion.classes, confusion.quantum)]
    if confusion.baseline is not None:
        tables.append(_table(baseline, confusion.classes, confusion.baseline))
    return tables


def _table(name: str, classes: tuple[str, ...], counts: IntArray) -> ConfusionTable:
    many = len(classes) > MAX_CLASSES
    return ConfusionTable(
        name=name,
        classes=classes,
        rows=() if many else _rows(classes, counts),
        largest=_largest(classes, counts) if many else (),
        correct=int(np.trace(counts)),
        total=int(counts.sum()),
    )


def _rows(classes: tuple[str, ...], counts: IntArray) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    return tuple(
        (name, tuple(Cell(int(counts[i, j]), float(shares[i, j]), i == j) for j in range(len(row))))
        for i, (name, row) in enumerate(zip(classes, counts, strict=True))
    )


def _largest(classes: tuple[str, ...], counts: IntArray) -> tuple[tuple[str, str, int], ...]:
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:_LISTED]
    pairs = [np.unravel_index(place, wrong.shape) for place in order]
    return tuple((classes[i], classes[j], int(wrong[i, j])) for i, j in pairs if wrong[i, j])
