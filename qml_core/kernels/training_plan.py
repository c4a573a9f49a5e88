"""What kernel training will take, before anything is computed: rows of a step, seconds."""

from dataclasses import dataclass

from qml_core.errors import SpecError
from qml_core.kernels.parts import amplitudes, count_parts
from qml_core.specs import BackendSpec, ModelSpec

BATCH = 128
"""Rows of a step, where their states fit."""

_STATES_BYTES = 2**30
_STATE_BATCHES = 6  # held at once in adjoint mode, forward and back
_LEAST_ROWS = 16
_SECONDS_PER_STEP = 5e-3
_SECONDS_PER_AMPLITUDE = 5e-7  # of a row: there, back, and on the fixed rows; two cores, IQP


def rows_of_step(row_amplitudes: float, batch: int = BATCH) -> int:
    """At most `batch` rows, whose complex128 states fit into 1 GiB with their gradient.

    Args:
        row_amplitudes: of all states that are simulated for a row.

    Raises:
        SpecError: fewer than 16 fit.
    """
    fitting = int(_STATES_BYTES / (16 * _STATE_BATCHES * row_amplitudes))
    if fitting < _LEAST_ROWS:
        raise SpecError(
            f"kernel training holds the states of at least {_LEAST_ROWS} rows at once, {fitting} "
            f"fit into {_STATES_BYTES >> 30} GiB, limit "
            f"{_STATES_BYTES // (16 * _STATE_BATCHES * _LEAST_ROWS):,} amplitudes a row, found "
            f"{row_amplitudes:,.0f}",
            "use fewer features with preprocessing.n_components, or model.kernel_training=0",
        )
    return min(batch, fitting)


@dataclass(frozen=True)
class TrainingForecast:
    """Kernels trained, on all splits; steps of each, and rows of a step."""

    kernels: int
    steps: int
    rows: int
    seconds: float


def forecast_training(
    model: ModelSpec, backend: BackendSpec, n_train: int, features: int, splits: int
) -> TrainingForecast | None:
    """None where no kernel is to be trained; raises SpecError as `rows_of_step`."""
    if not model.kernel_training:
        return None
    size = amplitudes(count_parts(model.kernel, backend, features))
    rows = min(n_train, rows_of_step(size))
    kernels = splits * len(model.candidate_kernels())
    seconds = _SECONDS_PER_STEP + _SECONDS_PER_AMPLITUDE * rows * size
    total = kernels * model.kernel_training * seconds
    return TrainingForecast(kernels, model.kernel_training, rows, total)
