"""Tuning of the angles: starts, stages of INTERP, and one limit of evaluations for all of them."""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.angle_units import AngleUnits
from qml_core.optimisation.qaoa.angles import first_start, mixer_of, random_angles
from qml_core.optimisation.qaoa.evaluations import Evaluations, Spent, Tuner
from qml_core.optimisation.qaoa.evaluators import Evaluator
from qml_core.optimisation.qaoa.interp import one_more_layer, stage_ends
from qml_core.optimisation.qaoa.scales import energy_spread
from qml_core.optimisation.qaoa.tuners import open_tuner
from qml_core.specs import QAOASpec

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tuned:
    """The best angles seen.

    Args:
        angles: (2, p).
        objective: at them; None where nothing was evaluated.
        history: (k, 1 + 2p) objective, gammas and betas of every evaluation in order.
        units: of the angles of the problem.
    """

    angles: Array
    objective: float | None
    history: Array
    units: AngleUnits
    note: str


def tune(
    spec: QAOASpec,
    ising: Ising,
    registers: Registers | None,
    evaluator: Evaluator,
    rng: np.random.Generator,
    *,
    limit: int | None = None,
    start: Array | None = None,
    prefix: str = "",
) -> Tuned:
    """Tune the angles of one problem.

    Args:
        limit: evaluations at most; none: spec.evaluations. At 0 the start is kept.
        start: angles (2, p) of the first start in place of what spec asks for.
        prefix: of the names of parts.

    Raises:
        SpecError: a tuner by gradients on a measured objective, or angles the problem has not.
    """
    name = spec.tuner if evaluator.differentiable else spec.measured_tuner
    tuner = open_tuner(name, differentiable=evaluator.differentiable)
    mixer = mixer_of(spec, registers)
    units = AngleUnits.of(ising, registers, mixer, warm=spec.warm_start is not None)
    unit = 1.0 if spec.objective == "gibbs" else energy_spread(ising)
    limit = spec.evaluations if limit is None else limit
    if name == "none" and not evaluator.differentiable:
        limit = 0  # a circuit that would choose nothing; the readout tells the objective
    record = Evaluations(evaluator, spec.layers, units, unit, limit, prefix)
    first = first_start(spec, ising, registers, units, rng) if start is None else None
    angles = start if first is None else first.angles
    assert angles is not None
    starts = _Starts(spec.starts, angles, units)
    by_layer = spec.angles == "interp" and start is None
    _run_all(record, tuner, starts, spec.layers if by_layer else None, rng)
    kept = record.best() or (None, _with_zeros(angles, spec.layers))
    note = "angles of the round before" if first is None else first.note
    return Tuned(kept[1], kept[0], record.history, units, note)


@dataclass(frozen=True, eq=False)
class _Starts:
    count: int
    first: Array
    units: AngleUnits

    def angles(self, number: int, rng: np.random.Generator) -> Array:
        """(2, p) of start 0, 1, …."""
        if number == 0:
            return self.first
        return self.units.radians(random_angles(self.first.shape[1], rng))


def _run_all(
    record: Evaluations,
    tuner: Tuner,
    starts: _Starts,
    grow_to: int | None,
    rng: np.random.Generator,
) -> None:
    """Each start gets an equal share of what is left; a start that ends early leaves the rest."""
    for number in range(starts.count):
        end = record.used + record.left // (starts.count - number)
        angles = starts.angles(number, rng)
        if grow_to is None:
            _run(record, tuner, angles, end, rng)
        else:
            _grow(record, tuner, angles, grow_to, end, rng)


def _grow(
    record: Evaluations,
    tuner: Tuner,
    angles: Array,
    layers: int,
    end: int,
    rng: np.random.Generator,
) -> None:
    """INTERP (Zhou et al. 2020): tune one layer, interpolate, tune two, and so on."""
    for stage, stage_end in enumerate(stage_ends(layers, record.used, end), start=1):
        if stage > 1:
            angles = one_more_layer(angles)
        before = record.used
        _run(record, tuner, angles, stage_end, rng)
        found = record.best(since=before)
        if found is not None:
            angles = found[1][:, :stage]


def _run(
    record: Evaluations, tuner: Tuner, angles: Array, end: int, rng: np.random.Generator
) -> None:
    if record.used < end:
        with suppress(Spent):
            tuner(record, record.point(angles), end, rng)


def _with_zeros(angles: Array, layers: int) -> Array:
    found = np.zeros((2, layers))
    found[:, : angles.shape[1]] = angles
    return found
