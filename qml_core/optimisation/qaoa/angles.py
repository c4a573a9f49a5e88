"""Where the tuning of angles starts."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.angle_units import AngleUnits
from qml_core.optimisation.qaoa.evolution import Mixer
from qml_core.optimisation.qaoa.fixed_angles import fixed_angles, most_layers, regular_coupling
from qml_core.optimisation.qaoa.ramp import ramp
from qml_core.optimisation.qaoa.transfer import transferred
from qml_core.specs import QAOASpec

Array = NDArray[np.float64]

_WIDEST_PHASE, _WIDEST_MIXING = 1.5, math.pi / 2


@dataclass(frozen=True, eq=False)
class Start:
    """Angles (2, p) to start from, and what they are."""

    angles: Array
    note: str


def mixer_of(spec: QAOASpec, registers: Registers | None) -> Mixer:
    """The mixer that auto stands for.

    Raises:
        SpecError: an XY mixer without one-hot groups.
    """
    one_hot = registers is not None and registers.one_hot
    if spec.mixer == "auto":
        return "xy_ring" if one_hot else "x"
    if spec.mixer != "x" and not one_hot:
        raise SpecError(
            f"mixer={spec.mixer} asked of free qubits, it turns one-hot groups",
            "use mixer=x, or declare one-hot groups",
        )
    return spec.mixer


def first_start(
    spec: QAOASpec,
    ising: Ising,
    registers: Registers | None,
    units: AngleUnits,
    rng: np.random.Generator,
) -> Start:
    """The start that a specification asks for; interp: that of its first layer.

    Raises:
        SpecError: fixed or transferred angles of a problem that has none.
    """
    kind = _kind(spec, ising, registers)
    check_start(spec, ising, registers)
    if kind == "given":
        return Start(np.array([spec.gammas, spec.betas]), "given angles")
    if kind == "fixed":
        angles = fixed_angles(ising, spec.layers)
        return Start(angles * [[1], [-np.sign(units.beta)]], "fixed angles of regular graphs")
    if kind == "transfer":
        angles, smaller = transferred(ising, spec, rng)
        note = f"angles of an instance of {smaller.n_qubits} qubits, tuned exactly"
        return Start(units.radians(angles), note)
    if kind == "random":
        return Start(units.radians(random_angles(spec.layers, rng)), "random angles")
    layers, note = (1, "layer by layer from a ramp") if kind == "interp" else (spec.layers, "ramp")
    return Start(units.radians(ramp(layers)), note)


def check_start(spec: QAOASpec, ising: Ising, registers: Registers | None) -> None:
    """Raise SpecError where fixed or transferred angles are asked of a problem that has none."""
    mixer = mixer_of(spec, registers)
    if spec.angles in ("fixed", "transfer") and mixer != "x":
        raise SpecError(
            f"angles={spec.angles} asked with mixer={mixer}, they are of free qubits",
            "use angles=ramp or angles=interp",
        )
    if spec.angles == "fixed":
        fixed_angles(ising, spec.layers)


def random_angles(layers: int, rng: np.random.Generator) -> Array:
    """(2, p) in AngleUnits, of an annealing's signs: the others are their complex conjugates."""
    widest = np.array([[_WIDEST_PHASE], [_WIDEST_MIXING]])
    found: Array = rng.uniform(size=(2, layers)) * widest
    return found


def _kind(spec: QAOASpec, ising: Ising, registers: Registers | None) -> str:
    if spec.angles != "auto":
        return spec.angles
    plain = mixer_of(spec, registers) == "x" and spec.warm_start is None
    known = plain and spec.layers <= most_layers() and regular_coupling(ising) is not None
    return "fixed" if known else "ramp"
