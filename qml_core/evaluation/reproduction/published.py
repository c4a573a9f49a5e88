"""Published accuracies of the benchmark study of Bowles et al. (arXiv:2403.07059).

Best hyper-parameters and mean accuracies over the seeds of its result files, rounded to six digits,
of three families: https://github.com/XanaduAI/qml-benchmarks at commit 0bbf848 (2025-05-26).
`reproduced` says which of them a refit on the regenerated data gives; entries of more than one
repetition mostly are not, for a cause that is not known.
"""

import csv
from dataclasses import dataclass
from importlib.resources import files

DIGITS = 6
ROUNDING = 5.01e-7
"""Of so many digits."""


@dataclass(frozen=True)
class Published:
    """One entry.

    Args:
        model: SVC, or IQPKernel: an SVM on the fidelity kernel of an IQP circuit.
        family: of the study's data.
        instance: as `study(family)` names it.
        C: penalty.
        gamma: of the SVC's RBF kernel; none: IQPKernel.
        repeats: of the IQP circuit; none: SVC.
        train, test: mean accuracies.
        reproduced: whether a refit gives both.
    """

    model: str
    family: str
    instance: str
    C: float
    gamma: float | None
    repeats: int | None
    train: float
    test: float
    reproduced: bool


def published() -> tuple[Published, ...]:
    """All entries, in the order of the file."""
    text = files(__package__).joinpath("published_accuracy.csv").read_text(encoding="utf-8")
    return tuple(_entry(row) for row in csv.DictReader(text.splitlines()))


def _entry(row: dict[str, str]) -> Published:
    return Published(
        model=row["model"],
        family=row["family"],
        instance=row["instance"],
        C=float(row["C"]),
        gamma=float(row["gamma"]) if row["gamma"] else None,
        repeats=int(row["repeats"]) if row["repeats"] else None,
        train=float(row["train"]),
        test=float(row["test"]),
        reproduced=row["reproduced"] == "true",
    )
