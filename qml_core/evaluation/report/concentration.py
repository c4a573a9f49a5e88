"""What a report says of concentration: the off-diagonals of each candidate kernel."""

from dataclasses import dataclass

from qml_core.references import KernelTraining

_MOST_WEIGHTS = 32


@dataclass(frozen=True)
class BandwidthCandidate:
    """One candidate kernel: off-diagonal statistics and its best inner CV score.

    Args:
        weights: factors of the features beside the bandwidth; empty: all 1.
        training: how it came to bandwidth and weights; None: they were asked for.
    """

    bandwidth: float
    mean: float
    std: float
    score: float | None = None
    chosen: bool = False
    weights: tuple[float, ...] = ()
    training: KernelTraining | None = None

    @property
    def variance(self) -> float:
        return self.std**2


@dataclass(frozen=True)
class Concentration:
    """Off-diagonals by bandwidth; `score_name`: metric of the inner scores.

    `dimension`: d of the Hilbert space; None where entries are no overlaps of states.
    """

    candidates: tuple[BandwidthCandidate, ...]
    dimension: int | None
    score_name: str = "accuracy"
    notes: tuple[str, ...] = ()

    @property
    def trained(self) -> bool:
        return any(candidate.training for candidate in self.candidates)


def training_notes(chosen: BandwidthCandidate) -> tuple[str, ...]:
    """How the chosen kernel was trained, and its weights; nothing where it was not."""
    if (training := chosen.training) is None:
        return ()
    steps = f"{training.steps:,} step{'s' if training.steps != 1 else ''}"
    notes = (
        f"Kernel training, {steps} from each candidate bandwidth; alignments are measured on "
        f"{training.rows:,} training rows.",
    )
    if not chosen.weights:
        return notes
    shown = ", ".join(f"{w:.3g}".replace("-", "−") for w in chosen.weights[:_MOST_WEIGHTS])
    more = len(chosen.weights) - _MOST_WEIGHTS
    rest = f" and {more:,} more in the run's record" if more > 0 else ""
    return (*notes, f"Weights of the features in the chosen kernel: {shown}{rest}.")
