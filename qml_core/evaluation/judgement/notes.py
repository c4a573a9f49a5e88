"""What a reader of a judgement has to know beside it."""

from collections.abc import Sequence

from qml_core.references.benchmark import PairedTest

NEAR = (
    "These rows find a difference of the threshold four times in five: the measured one is too "
    "close to the threshold, or to 0, to be decided."
)
"""Of an inconclusive judgement that does not lack power."""


def notes_on(
    label: str, tests: Sequence[PairedTest], reference: str, alpha: float, folds: int
) -> tuple[str, ...]:
    """Classical models that could not be compared, folds left out, and a better one by test scores.

    Args:
        label: of the quantum model.
        tests: of it against every deciding classical model, primary metric.
        reference: classical model with the best inner score; empty: none can be compared.
        folds: folds · repeats.
    """
    if not tests:
        return ("There is no tuned classical model to compare it with.",)
    found = [_excluded(label, test) for test in tests if test.folds < 2]
    found += [_left_out(test, folds) for test in tests if 2 <= test.folds < folds]
    found += [_no_spread(test) for test in tests if test.folds > 1 and test.p is None]
    found += [_better(test) for test in tests if test.against != reference and _ahead(test, alpha)]
    if not reference:
        found.append("No tuned classical model is left to compare it with.")
    return tuple(found)


def _excluded(label: str, test: PairedTest) -> str:
    return (
        f"{test.against} is left out: {label} and it share {test.folds} "
        f"fold{'' if test.folds == 1 else 's'} in which neither failed, a test needs 2."
    )


def _left_out(test: PairedTest, folds: int) -> str:
    left_out = folds - test.folds
    return (
        f"{left_out} of {folds} folds are left out of the test against {test.against}: "
        "one of the two failed there."
    )


def _no_spread(test: PairedTest) -> str:
    return (
        f"All folds give the same difference to {test.against}, which leaves no spread to judge "
        "it by."
    )


def _ahead(test: PairedTest, alpha: float) -> bool:
    return test.p is not None and test.p < alpha and (test.difference or 0.0) < 0


def _better(test: PairedTest) -> str:
    return (
        f"{test.against} did better on the outer folds (p = {test.p:.2g}, uncorrected), but its "
        "inner score is not the best."
    )
