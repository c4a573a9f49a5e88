"""The rows that a training sees, and how many of them a step sees."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.errors import DataError, SpecError
from qml_core.specs.training import FULL_BATCH, TrainingSpec

Array = NDArray[np.float64]
DEFAULT_BATCH = 32


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Rows to train on, and rows kept aside to choose the best epoch."""

    X: Array
    """(n, d) features."""
    y: NDArray[Any]
    """(n,) int64 labels 0 … C−1, or (n, t) float64 standardised values."""
    X_validation: Array | None = None
    """(m, d); None or m = 0: no validation."""
    y_validation: NDArray[Any] | None = None
    """(m,) or (m, t)."""

    def __post_init__(self) -> None:
        if len(self.X) != len(self.y) or len(self.X) == 0:
            raise DataError(
                f"training was given {len(self.X)} rows and {len(self.y)} targets, at least one "
                "and as many are needed"
            )
        if (self.X_validation is None) != (self.y_validation is None):
            raise DataError("validation rows and their targets go together, found one of them")

    @property
    def n_rows(self) -> int:
        return len(self.X)

    @property
    def n_validation(self) -> int:
        return 0 if self.X_validation is None else len(self.X_validation)

    def training_rows(self) -> tuple[torch.Tensor, torch.Tensor]:
        """x (n, d) and y as tensors."""
        return _tensors(self.X, self.y)

    def validation_rows(self) -> tuple[torch.Tensor, torch.Tensor] | None:
        """x (m, d) and y as tensors; None without validation."""
        if self.X_validation is None or self.y_validation is None or self.n_validation == 0:
            return None
        return _tensors(self.X_validation, self.y_validation)


def batch_size(spec: TrainingSpec, n_rows: int) -> int:
    """Rows of a step of n_rows; SpecError where more are asked for than there are."""
    if spec.optimiser in FULL_BATCH:
        return n_rows
    if spec.batch_size is None:
        return min(DEFAULT_BATCH, n_rows)
    if spec.batch_size > n_rows:
        raise SpecError(
            f"batch_size={spec.batch_size} was asked for, found {n_rows} training rows, a step "
            f"sees at most {n_rows}",
            f"set model.training.batch_size to {n_rows} or less",
        )
    return spec.batch_size


def steps_per_epoch(spec: TrainingSpec, n_rows: int) -> int:
    """Steps of one pass over n_rows; the last one may see fewer rows."""
    return -(-n_rows // batch_size(spec, n_rows))


def _tensors(x: Array, y: NDArray[Any]) -> tuple[torch.Tensor, torch.Tensor]:
    kind = np.int64 if np.issubdtype(np.asarray(y).dtype, np.integer) else np.float64
    return (
        torch.from_numpy(np.array(x, dtype=np.float64)),
        torch.from_numpy(np.array(y, dtype=kind)),
    )
