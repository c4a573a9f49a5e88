"""What a report page says of a benchmark: its verdicts, and the folds they rest on."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from qml_core.errors import SpecError
from qml_core.references import Interval
from qml_core.references.benchmark import AcrossData, DataVerdict, FoldScore, ScreenRef
from qml_core.specs.search import LOWER_IS_BETTER

Pair = tuple[str, str]
"""A quantum model and the model that it is held against."""

Differences = Mapping[str, Mapping[Pair, Sequence[float]]]
Learning = Mapping[str, Mapping[str, Sequence[tuple[int, Interval]]]]


@dataclass(frozen=True, eq=False)
class BenchmarkSection:
    """One benchmark.

    Args:
        data: what is decided on each data set, in the order of the page.
        across: all data sets together; None: one data set.
        screens: of data sets (`model` empty) and of quantum models.
        differences: data set -> (quantum model, other) -> (J,) quantum − other of every fold,
            primary metric, positive where the quantum model is better; NaN: one of them failed.
            `differences_of` makes it of fold scores.
        learning: data set -> model -> (training rows, primary metric), fewest rows first.
        folds: every fold of every model; the numbers of the page link to their records.
        table: URI of the table of all folds.
        configurations: that every model was given in every fold; 0: not said.
        equivalence: least probability of practical equivalence for "no difference".
        method: how intervals and tests were made, one or two sentences.
        confidence: of the intervals.

    Raises:
        SpecError: no data set, or two of one name.
    """

    data: tuple[DataVerdict, ...]
    across: AcrossData | None = None
    screens: tuple[ScreenRef, ...] = ()
    differences: Differences = field(default_factory=dict)
    learning: Learning = field(default_factory=dict)
    folds: tuple[FoldScore, ...] = ()
    table: str = ""
    configurations: int = 0
    equivalence: float = 0.95
    confidence: float = 0.95
    method: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [verdict.data for verdict in self.data]
        if not names or len(set(names)) < len(names):
            raise SpecError(
                f"page of a benchmark asked, found data sets {', '.join(names) or 'none'}, "
                "at least one and each name once",
                "pass one verdict a data set",
            )


def differences_of(data: Iterable[DataVerdict], folds: Iterable[FoldScore]) -> Differences:
    """Quantum − other on every fold, for every pair that was tested, controls among them."""
    scores: dict[tuple[str, str], dict[tuple[int, int], FoldScore]] = {}
    for fold in folds:
        if fold.share == 1.0:
            scores.setdefault((fold.data, fold.model), {})[fold.repeat, fold.fold] = fold
    return {
        verdict.data: {
            (test.model, test.against): _paired(
                scores.get((verdict.data, test.model), {}),
                scores.get((verdict.data, test.against), {}),
                verdict,
            )
            for test in (*verdict.tests, *verdict.controls)
        }
        for verdict in data
    }


def _paired(
    ours: Mapping[tuple[int, int], FoldScore],
    theirs: Mapping[tuple[int, int], FoldScore],
    verdict: DataVerdict,
) -> tuple[float, ...]:
    sign = -1.0 if verdict.metric in LOWER_IS_BETTER else 1.0
    return tuple(
        sign
        * (
            ours[place].metrics.get(verdict.metric, math.nan)
            - theirs[place].metrics.get(verdict.metric, math.nan)
        )
        for place in sorted(ours.keys() & theirs.keys())
    )
