"""What a report page says of the training of a variational model, one history a split."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qml_core.errors import SpecError
from qml_core.evaluation.report.numbers import between

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_CURVES = (
    "loss",
    "score",
    "validation_loss",
    "validation_score",
    "learning_rate",
    "gradient_norm",
    "gradient_variance",
    "signal_to_noise",
    "movement",
    "seconds",
    "circuits",
    "usd",
)


@dataclass(frozen=True, eq=False)
class TrainingHistory:
    """The training of one split, a row per epoch, NaN where nothing is known.

    Args:
        seed: of the split.
        best_epoch: whose parameters the model has, counted from 1; 0: unknown.
        epoch: (e,) ascending, counted from 1; `active_layers` (e,) of each.
        curves: name -> (e,) loss, score, validation_loss, validation_score, learning_rate,
            gradient_norm, gradient_variance, signal_to_noise, movement, seconds, circuits, usd.
        layer_norms: (e, L) gradient norm of each layer.
        plateau: (e,) whether a plateau was found.
        n_train: rows trained on; `n_validation`: rows kept aside.
        stopped: why it ended before its last epoch; `warnings`: sentences.
        reused: epochs that an earlier run had done.

    Raises:
        SpecError: no epoch, or a curve of another length.
    """

    seed: int
    best_epoch: int
    epoch: IntArray
    active_layers: IntArray
    curves: Mapping[str, FloatArray]
    layer_norms: FloatArray
    plateau: NDArray[np.bool_]
    n_train: int
    n_validation: int = 0
    stopped: str = ""
    warnings: tuple[str, ...] = ()
    reused: int = 0

    def __post_init__(self) -> None:
        columns = (self.active_layers, self.layer_norms, self.plateau, *self.curves.values())
        lengths = {len(column) for column in columns}
        if lengths != {len(self.epoch)} or not len(self.epoch):
            raise SpecError(
                f"history of split {self.seed} asked, found {len(self.epoch)} epochs and columns "
                f"of {sorted(lengths)} rows, at least 1 epoch and as many rows everywhere",
                "pass one row per epoch",
            )

    def __getitem__(self, curve: str) -> FloatArray:
        return self.curves[curve]

    @property
    def last(self) -> int:
        return int(self.epoch[-1])

    def total(self, curve: str) -> float:
        """Sum of what is known over the epochs."""
        return float(np.nansum(self.curves[curve]))


def training_history(
    columns: Mapping[str, ArrayLike], seed: int, best_epoch: int, n_train: int, **more: Any
) -> TrainingHistory:
    """The history of one split from its columns, named as the fields of EpochRecord.

    Args:
        more: `n_validation`, `stopped`, `warnings` and `reused` of TrainingHistory.
    """
    epoch = np.asarray(columns["epoch"], dtype=np.int64)
    nothing = np.empty((len(epoch), 0))
    return TrainingHistory(
        seed=seed,
        best_epoch=best_epoch,
        epoch=epoch,
        active_layers=np.asarray(columns["active_layers"], dtype=np.int64),
        curves={name: np.asarray(columns[name], dtype=np.float64) for name in _CURVES},
        layer_norms=np.asarray(columns.get("layer_norms", nothing), dtype=np.float64),
        plateau=np.asarray(columns["plateau"], dtype=np.bool_),
        n_train=n_train,
        **more,
    )


@dataclass(frozen=True, eq=False)
class Parameters:
    """Angles of the circuit, radians, each (P,); `factors`: entries left out, which multiply
    features and are no angles."""

    after: FloatArray
    before: FloatArray | None = None
    factors: int = 0


@dataclass(frozen=True, eq=False)
class TrainingPicture:
    """Trainings of all splits. `score_name`: accuracy or r2; `n_parameters`: of the circuit;
    `shots`: of all circuits, None where values are exact; `asked_epochs`: epochs asked for."""

    histories: tuple[TrainingHistory, ...]
    score_name: str
    n_parameters: int
    parameters: Parameters | None = None
    shots: int | None = None
    asked_epochs: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def first(self) -> TrainingHistory:
        return self.histories[0]

    @property
    def sentences(self) -> tuple[str, ...]:
        """Why trainings ended early, and what they warn of, each said once for its splits."""
        ended = [(h.seed, _ended(h)) for h in self.histories if h.stopped]
        warned = [(h.seed, w) for h in self.histories for w in h.warnings]
        return (*self._by_text(warned), *self._by_text(ended))

    def _by_text(self, said: Sequence[tuple[int, str]]) -> list[str]:
        seeds: dict[str, list[int]] = {}
        for seed, text in said:
            seeds.setdefault(text, []).append(seed)
        return [_capital(f"{self._where(found)}{text}") for text, found in seeds.items()]

    def _where(self, seeds: list[int]) -> str:
        if len(self.histories) == 1:
            return ""
        if len(seeds) == len(self.histories):
            return "All splits: "
        return f"Split{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}: "

    def total(self, curve: str) -> float:
        return sum(history.total(curve) for history in self.histories)

    @property
    def trained(self) -> str:
        """Epochs of the splits, e.g. '14 to 30', with those asked for where a split has fewer."""
        done = [history.last for history in self.histories]
        fewer = self.asked_epochs is not None and min(done) < self.asked_epochs
        return between(done) + (f" of {self.asked_epochs:,}" if fewer else "")

    @property
    def best(self) -> str:
        return between([h.best_epoch for h in self.histories if h.best_epoch])

    @property
    def rows(self) -> str:
        """Rows trained on + kept aside, of the first split."""
        kept = f" + {self.first.n_validation:,}" if self.first.n_validation else ""
        return f"{self.first.n_train:,}{kept}"

    @property
    def epoch_seconds(self) -> float:
        """Mean of an epoch."""
        return self.total("seconds") / sum(len(h.epoch) for h in self.histories)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ended(history: TrainingHistory) -> str:
    text = history.stopped.strip().rstrip(".")
    return f"ended after epoch {history.last}: {text}."
