"""What the steps of an epoch add up to, and the row of the history that becomes of it."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.training.gradients.occurrences import occurrences
from qml_core.training.losses import Task, agreement
from qml_core.training.optimisers import Step
from qml_core.training.trainable import Trainable

Array = NDArray[np.float64]


@dataclass
class EpochSums:
    """Sums over the finished steps of an epoch; small enough for every step."""

    theta: Array
    """(P,) parameters of the circuit before the epoch."""
    steps: int = 0
    rows: int = 0
    loss: float = 0.0
    """Sum over rows."""
    agreed: list[float] = field(default_factory=list)
    """See losses.agreement."""
    gradient: Array | None = None
    """(P,) sum over steps."""
    squares: Array | None = None
    """(P,) sum of squares."""
    noise: Array | None = None
    """(P,) sum of squared standard errors."""
    seconds: float = 0.0
    circuits: int = 0
    usd: float = 0.0
    """Of the epoch until the last stop."""

    def add(self, step: Step, task: Task, y: torch.Tensor) -> None:
        """One more step, over rows with targets y."""
        agreed = agreement(task, step.outputs, y)
        self.agreed = [a + b for a, b in zip(self.agreed or [0.0] * len(agreed), agreed)]  # noqa: B905
        self.steps += 1
        self.rows += len(y)
        self.loss += step.loss * len(y)
        if step.gradient is not None:
            self.gradient = _plus(self.gradient, step.gradient)
            self.squares = _plus(self.squares, step.gradient**2)
        if step.errors is not None:
            self.noise = _plus(self.noise, step.errors**2)

    def as_json(self) -> dict[str, Any]:
        """What JSON holds; floats survive it exactly."""
        return {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in asdict(self).items()}

    @classmethod
    def of_json(cls, sums: Mapping[str, Any]) -> "EpochSums":
        arrays = ("theta", "gradient", "squares", "noise")
        found = dict(sums)
        for name in arrays:
            if found[name] is not None:
                found[name] = np.asarray(found[name], dtype=np.float64)
        return cls(**{**found, "agreed": list(found["agreed"])})


@dataclass(frozen=True)
class GradientStatistics:
    """Of the trained entries of theta over the steps of an epoch; NaN without gradients."""

    norm: float
    """√ of the mean of ‖g‖² over steps."""
    variance: float
    """Of all entries at all steps."""
    layer_norms: tuple[float, ...]
    """0 of layers that are not trained."""
    layer_variances: tuple[float, ...]
    signal_to_noise: float
    """√(Σ (g² − e²) / Σ e²) of standard errors e; 0: noise alone, NaN: gradients are exact."""


def live_entries(network: Trainable, active_layers: int) -> tuple[bool, ...]:
    """(P,) entries of theta that are trained and whose gradient is not structurally zero."""
    trained, circuit = network.trained, network.circuit
    if network.readout is None:
        return trained
    active = circuit.with_layers(active_layers)
    try:
        gates = occurrences(active, network.readout, trained[: active.n_parameters])
    except SpecError:  # a gate without a shift rule, whose gradient is exact all the same
        return trained
    live = {entry for gate in gates if not gate.zero for entry in gate.parameters}
    return tuple(entry in live for entry in range(len(trained)))


def gradient_statistics(
    sums: EpochSums, live: tuple[bool, ...], layer_of: tuple[int, ...], n_layers: int
) -> GradientStatistics:
    """Norms and variances of the gradient, whole and layer by layer.

    Entries that are frozen or whose gradient is structurally zero are left out: they say nothing
    of a plateau. Gates before layer 0 (layer −1) count for the whole only.

    Args:
        live: (P,) whether an entry counts, see live_entries.
        layer_of: (P,) layer of each entry.
    """
    nothing = (math.nan,) * n_layers
    if sums.gradient is None or sums.squares is None:
        return GradientStatistics(math.nan, math.nan, nothing, nothing, math.nan)
    mean, square = sums.gradient / sums.steps, sums.squares / sums.steps
    counted, layers = np.asarray(live), np.asarray(layer_of)
    each = [counted & (layers == layer) for layer in range(n_layers)]
    return GradientStatistics(
        norm=_norm(square[counted]),
        variance=_variance(mean[counted], square[counted]),
        layer_norms=tuple(_norm(square[inside]) for inside in each),
        layer_variances=tuple(_variance(mean[inside], square[inside]) for inside in each),
        signal_to_noise=_ratio(square, sums.noise, counted, sums.steps),
    )


def _plus(total: Array | None, term: Array) -> Array:
    return term.copy() if total is None else total + term


def _norm(square: Array) -> float:
    return math.sqrt(float(square.sum()))


def _variance(mean: Array, square: Array) -> float:
    if len(mean) == 0:
        return 0.0
    found = float(square.mean() - mean.mean() ** 2)
    return found if math.isnan(found) else max(0.0, found)


def _ratio(square: Array, noise: Array | None, counted: NDArray[np.bool_], steps: int) -> float:
    """Without − e² noise alone would come to 1, as ⟨g²⟩ = signal² + e²."""
    if noise is None or float(noise[counted].sum()) == 0:
        return math.nan
    errors = float(noise[counted].sum()) / steps
    return math.sqrt(max(0.0, float(square[counted].sum()) - errors) / errors)
