"""What a report says of a Nyström approximation."""

from qml_core.references import Interval
from qml_core.specs import Spec


class Approximation(Spec):
    """K ≈ C W⁺ Cᵀ of one matrix, and its error on entries computed exactly.

    The errors are none where all rows but at most one are landmarks.
    """

    landmarks: int
    asked: int
    choice: str
    rows: int
    rank: int
    relative: Interval | None = None
    rmse: float | None = None
    largest: float | None = None
    bound: float | None = None
    entries: int = 0

    @property
    def sentence(self) -> str:
        """What stands for the matrix and how well, in one sentence."""
        rows = f"It is approximated from {self.landmarks:,} of {self.rows:,} rows, {self.choice}"
        if self.relative is None:
            return f"{rows}, which leaves no entry to measure an error on."
        return f"{rows}, with a relative error of {self.relative.value:.2g} (Frobenius)."

    @property
    def notes(self) -> tuple[str, ...]:
        """Why there are fewer landmarks than asked for, and what the errors are."""
        lines = []
        if self.landmarks < self.asked:
            lines.append(
                f"{self.asked:,} landmarks asked for, {self.landmarks:,} rows are distinct."
            )
        if self.entries:
            lines.append(
                f"Errors from {self.entries:,} entries in no landmark's row or column, computed "
                "exactly; no entry's error exceeds the bound, the largest on the diagonal."
            )
        else:
            lines.append("All rows but at most one are landmarks: no entry is left to measure.")
        return tuple(lines)
