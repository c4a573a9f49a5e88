"""Whether a training sits on a barren plateau, told from its history."""

import math
from collections.abc import Sequence

from qml_core.training.state import EpochRecord

WINDOW = 5
"""Epochs of one phase that must agree."""
_NEAR_TRIVIAL = 0.95
_UNMOVED = 0.02
_TINY_GRADIENT = 0.005
_FALLEN = 10.0
_NOISY = 1.0
_ONCE_CLEAR = 3.0
_TRY = (
    "try fewer qubits or layers, a local cost (measurement.kind local or z), initialisation small "
    "or identity, or layerwise training"
)


def sits_on_plateau(history: Sequence[EpochRecord], trivial_loss: float) -> bool:
    """Whether the last epochs of the present phase look like a barren plateau.

    All of this must hold over the last WINDOW epochs. The loss is at least 0.95 of what a constant
    output comes to, and goes below that by 0.02 of it at most: on the way down to it a readout
    settles, and nothing is learned. The gradient is too small to matter: its standard deviation
    over entries is below 0.005 of that loss per radian (exact values), or below its own noise
    (shots). And it was so from the start of the phase, which tells a plateau from a run that has
    come down a slope and converged: it was never 10 times as large, or 3 times the noise. Without
    gradients nothing can be told.

    Args:
        history: rows in order.
        trivial_loss: of the best constant output.
    """
    last, layers = history[-WINDOW:], history[-1].active_layers
    if len(last) < WINDOW or any(r.active_layers != layers for r in last):
        return False
    losses = [min(r.loss, trivial_loss) for r in last]
    if min(losses) < _NEAR_TRIVIAL * trivial_loss:
        return False
    if max(losses) - min(losses) > _UNMOVED * trivial_loss:
        return False
    phase = [r for r in history if r.active_layers == layers]
    if any(math.isnan(r.gradient_variance) for r in phase):
        return False
    if all(math.isnan(r.signal_to_noise) for r in last):
        return _vanishing(phase, last, trivial_loss)
    return _drowned(phase, last)


def plateau_warning(history: Sequence[EpochRecord]) -> str:
    """What to tell about a run that ended on a plateau, and what to try; empty: nothing."""
    if not history or not history[-1].plateau:
        return ""
    last = history[-1]
    noisy = not math.isnan(last.signal_to_noise)
    slope = (
        f"its gradient is {last.signal_to_noise:.2g} times the shot noise"
        if noisy
        else f"the entries of its gradient spread by {math.sqrt(last.gradient_variance):.1e} only"
    )
    return (
        f"the training sits on a plateau since epoch {_since(history)}: the loss stays at "
        f"{last.loss:.3g}, about what a constant output reaches, and {slope}; {_TRY}"
        + (", or more shots" if noisy else "")
    )


def _vanishing(phase: Sequence[EpochRecord], last: Sequence[EpochRecord], scale: float) -> bool:
    spread = max(math.sqrt(r.gradient_variance) for r in last)
    steepest = max(math.sqrt(r.gradient_variance) for r in phase)
    return spread < _TINY_GRADIENT * scale and steepest <= _FALLEN * spread


def _drowned(phase: Sequence[EpochRecord], last: Sequence[EpochRecord]) -> bool:
    below = all(r.signal_to_noise < _NOISY for r in last if not math.isnan(r.signal_to_noise))
    return below and not any(r.signal_to_noise > _ONCE_CLEAR for r in phase)


def _since(history: Sequence[EpochRecord]) -> int:
    """First epoch of the window that began the plateau the run ended on."""
    epoch = history[-1].epoch
    for record in reversed(history):
        if not record.plateau:
            break
        epoch = record.epoch
    return epoch - WINDOW + 1
