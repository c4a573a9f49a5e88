"""Optimisers of angles behind one call."""

from qml_core.errors import SpecError
from qml_core.optimisation.qaoa.evaluations import Tuner
from qml_core.optimisation.qaoa.tuners.adam import adam
from qml_core.optimisation.qaoa.tuners.cobyla import cobyla
from qml_core.optimisation.qaoa.tuners.lbfgs import lbfgs
from qml_core.optimisation.qaoa.tuners.none import none
from qml_core.optimisation.qaoa.tuners.spsa import spsa

__all__ = ["TUNERS", "open_tuner"]

TUNERS: dict[str, Tuner] = {
    "none": none,
    "lbfgs": lbfgs,
    "adam": adam,
    "cobyla": cobyla,
    "spsa": spsa,
}

_BY_GRADIENT = ("lbfgs", "adam")


def open_tuner(name: str, *, differentiable: bool) -> Tuner:
    """The optimiser of that name.

    Raises:
        SpecError: it follows gradients, and the objective has none.
    """
    if name in _BY_GRADIENT and not differentiable:
        raise SpecError(
            f"optimiser={name} follows gradients, found an objective measured with shots",
            "use optimiser=cobyla or optimiser=spsa, or an exact backend",
        )
    return TUNERS[name]
