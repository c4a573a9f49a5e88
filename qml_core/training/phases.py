"""Layerwise training: which layers are there, and which are trained, in which epochs."""

from dataclasses import dataclass

from qml_core.specs.training import TrainingSpec


@dataclass(frozen=True)
class Phase:
    """Epochs in which the same entries are trained; epochs are counted from 1."""

    first_epoch: int
    last_epoch: int | None
    """None: to the end."""
    active_layers: int
    first_trained: int
    """Layers before it are frozen."""


def phases(spec: TrainingSpec, n_layers: int) -> tuple[Phase, ...]:
    """Each layer alone on top of frozen ones, then all together (Skolik et al. 2021).

    They do not depend on `spec.epochs`, so that more epochs extend the last one.
    """
    each = spec.layerwise
    grown = tuple(
        Phase(layer * each + 1, (layer + 1) * each, layer + 1, layer)
        for layer in range(n_layers if each else 0)
    )
    return (*grown, Phase(n_layers * each + 1, None, n_layers, 0))


def phase_at(spec: TrainingSpec, n_layers: int, epoch: int) -> Phase:
    """The phase of an epoch, counted from 1."""
    return next(
        phase
        for phase in phases(spec, n_layers)
        if phase.last_epoch is None or epoch <= phase.last_epoch
    )
