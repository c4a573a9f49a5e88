"""Charts of trainings: learning curves, gradients, learning rate, parameters."""

import numpy as np

from qml_core.evaluation.report.angles import histogram
from qml_core.evaluation.report.epochs import (
    Curve,
    epoch_axis,
    epoch_plot,
    known,
    value_axis,
)
from qml_core.evaluation.report.metric_names import title_of
from qml_core.evaluation.report.plot import (
    Axis,
    Mark,
    Plot,
    across,
    dots,
    level,
    up,
)
from qml_core.evaluation.report.training import TrainingHistory, TrainingPicture

_MOST_LAYERS = 6
_MOST_SPLITS = 30


def training_plots(training: TrainingPicture) -> list[Plot]:
    """The charts that have something to show."""
    plots = [
        learning_curve(training, "loss", "Loss"),
        learning_curve(training, "score", title_of(training.score_name)),
        learning_rate(training),
        gradient(training, "gradient_norm", "Gradient norm"),
        gradient(training, "gradient_variance", "Gradient variance"),
        layer_norms(training),
        signal_to_noise(training),
        None if training.parameters is None else histogram(training.parameters),
    ]
    return [plot for plot in plots if plot is not None]


def learning_curve(training: TrainingPicture, name: str, title: str) -> Plot | None:
    """Training and validation of all splits; the best epoch of each is marked."""
    held = f"validation_{name}"
    validated = any(known(h[held]).any() for h in training.histories)
    curves = _of_splits(training, name, "training", "quantum")
    if validated:
        curves += _of_splits(training, held, "validation", "validation")
    if not _anything(curves):
        return None
    y = value_axis(curves, title.lower() if name == "loss" else title)
    best = _best(training, held if validated else name, y)
    return epoch_plot(
        training,
        title,
        curves,
        y,
        caption=_CAPTIONS[name],
        extra=best,
        legend=(*_others(training), *((("best dots", "best epoch"),) if best else ())),
    )


_CAPTIONS = {
    "loss": "Means over the steps of an epoch, while the parameters move; validation rows are "
    "judged at its end.",
    "score": "On the rows trained on, from the outputs of the steps, and on the validation rows.",
}


def _best(training: TrainingPicture, name: str, y: Axis) -> list[Mark]:
    x = epoch_axis(training)
    found = [
        (history.best_epoch, float(value))
        for history in _shown(training)
        for value in history[name][history.epoch == history.best_epoch]
        if np.isfinite(value)
    ]
    if not found:
        return []
    epoch, value = np.array(found).T
    at, height = across(x, epoch), up(y, value)
    return [dots(at, height, "best halo"), dots(at, height, "best dots")]


_SCHEDULED = "As scheduled, the same in every split."


def learning_rate(training: TrainingPicture) -> Plot | None:
    """Of the first split, where it varies."""
    history = training.first
    rates = history["learning_rate"]
    drawable = rates[known(rates)]
    if not len(drawable) or np.ptp(drawable) <= 1e-12 * abs(drawable[0]):
        return None
    curves = [Curve(history.epoch, rates, "quantum line", "learning rate")]
    y = value_axis(curves, "learning rate")
    return epoch_plot(
        training, "Learning rate", curves, y, "As scheduled, the same in every split."
    )


def gradient(training: TrainingPicture, name: str, title: str) -> Plot | None:
    """Norm or variance of the circuit's gradient, and the epochs that were found on a plateau."""
    curves = _of_splits(training, name, title.lower(), "quantum")
    if not _anything(curves, log=True):
        return None
    y = value_axis(curves, title.lower(), log=True)
    flat = _plateau(training.first, name, training, y)
    return epoch_plot(
        training,
        title,
        curves,
        y,
        caption=_GRADIENTS[name],
        extra=flat,
        legend=(*_others(training), *((("plateau dots", "plateau"),) if flat else ())),
    )


_GRADIENTS = {
    "gradient_norm": "Of all parameters of the circuit that can have a gradient, mean over the "
    "steps of an epoch.",
    "gradient_variance": "Over the parameters; structurally zero gradients are left out. It "
    "shrinks exponentially with the qubits on a barren plateau.",
}


def _plateau(history: TrainingHistory, name: str, training: TrainingPicture, y: Axis) -> list[Mark]:
    flat = history.plateau & known(history[name], log=True)
    if not flat.any():
        return []
    at = across(epoch_axis(training), history.epoch[flat])
    step = -(-len(at) // 200)
    return [dots(at[::step], up(y, history[name][flat])[::step], "plateau dots")]


def layer_norms(training: TrainingPicture) -> Plot | None:
    """Gradient norm of each layer of the first split; of many layers six, evenly spaced."""
    history = training.first
    count = history.layer_norms.shape[1]
    if count < 2:
        return None
    chosen = np.unique(np.linspace(0, count - 1, min(count, _MOST_LAYERS)).round().astype(int))
    shades = np.linspace(0, _MOST_LAYERS - 1, len(chosen)).round().astype(int)
    curves = [
        Curve(history.epoch, history.layer_norms[:, k], f"layer-{shade} line", f"layer {k + 1}")
        for k, shade in zip(chosen, shades, strict=True)
    ]
    if not _anything(curves, log=True):
        return None
    y = value_axis(curves, "gradient norm", log=True)
    some = f"{len(chosen)} of {count} layers. " if len(chosen) < count else ""
    caption = f"{some}Of the split with seed {history.seed}; layers that are frozen have none."
    return epoch_plot(training, "Gradient norm of each layer", curves, y, caption)


def signal_to_noise(training: TrainingPicture) -> Plot | None:
    """With shots: below 1 a step follows the shot noise more than the gradient."""
    curves = _of_splits(training, "signal_to_noise", "signal to noise", "quantum")
    if not _anything(curves, log=True):
        return None
    one = np.array([1.0])
    y = value_axis([*curves, Curve(one, one, "")], "signal to noise", log=True)
    return epoch_plot(
        training,
        "Gradient signal to noise",
        curves,
        y,
        caption="Below 1 a step follows the shot noise more than the gradient: more shots, or a "
        "larger batch, help.",
        extra=(level(float(up(y, 1.0))),),
        legend=(*_others(training), ("reference", "signal = noise")),
    )


def _shown(training: TrainingPicture) -> tuple[TrainingHistory, ...]:
    return training.histories[:_MOST_SPLITS]


def _of_splits(training: TrainingPicture, name: str, title: str, style: str) -> list[Curve]:
    """The first split strong and named, the others faint."""
    first, *others = _shown(training)
    return [
        Curve(first.epoch, first[name], f"{style} line", title),
        *(Curve(other.epoch, other[name], f"{style} others") for other in others),
    ]


def _others(training: TrainingPicture) -> tuple[tuple[str, str], ...]:
    if len(training.histories) == 1:
        return ()
    return (("quantum others", f"faint: other splits than {training.first.seed}"),)


def _anything(curves: list[Curve], log: bool = False) -> bool:
    return any(known(curve.values, log).any() for curve in curves)
