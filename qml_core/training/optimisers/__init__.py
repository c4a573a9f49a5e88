"""Optimisers behind one interface."""

from collections.abc import Callable

from qml_core.specs.training import TrainingSpec
from qml_core.training.objective import TrainedEntries
from qml_core.training.optimisers._optimiser import Optimiser, Step
from qml_core.training.optimisers.cobyla import COBYLA
from qml_core.training.optimisers.first_order import FirstOrder
from qml_core.training.optimisers.lbfgs import LBFGS
from qml_core.training.optimisers.qng import NaturalGradient
from qml_core.training.optimisers.rotosolve import Rotosolve
from qml_core.training.optimisers.spsa import SPSA

__all__ = ["OPTIMISERS", "Optimiser", "Step", "open_optimiser"]

OPTIMISERS: dict[str, Callable[[TrainingSpec, TrainedEntries], Optimiser]] = {
    "adam": lambda spec, entries: FirstOrder("adam", [*entries.others, entries.theta]),
    "sgd": lambda spec, entries: FirstOrder("sgd", [*entries.others, entries.theta]),
    "lbfgs": lambda spec, entries: LBFGS([*entries.others, entries.theta]),
    "qng": lambda spec, entries: NaturalGradient(spec.damping),
    "spsa": lambda spec, entries: SPSA(spec.perturbation),
    "cobyla": lambda spec, entries: COBYLA(),
    "rotosolve": lambda spec, entries: Rotosolve(),
}


def open_optimiser(spec: TrainingSpec, entries: TrainedEntries) -> Optimiser:
    """The optimiser of a training, at its start."""
    return OPTIMISERS[spec.optimiser](spec, entries)
