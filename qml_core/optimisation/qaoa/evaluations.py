"""Every evaluation of the objective passes here: counted, recorded, and stopped at the limit."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qml_core.optimisation.qaoa.angle_units import AngleUnits
from qml_core.optimisation.qaoa.evaluators import Evaluator

Array = NDArray[np.float64]


class Spent(Exception):
    """The evaluations of the running part are used up; what was found is in the record."""


@dataclass
class Evaluations:
    """Counts them against a hard limit, keeps all and the best.

    Tuners work on points x (2p,): gammas, then betas, in `units`, so that 1 is a large step for
    any problem; they see objectives divided by `unit`.
    """

    evaluator: Evaluator
    layers: int
    units: AngleUnits
    unit: float = 1.0
    limit: int = 1
    prefix: str = ""
    rows: list[Array] = field(default_factory=list)
    _calls: int = 0

    @property
    def used(self) -> int:
        return len(self.rows)

    @property
    def left(self) -> int:
        return self.limit - self.used

    @property
    def history(self) -> Array:
        """(k, 1 + 2p) objective, gammas, betas in order; shallower circuits have zeros behind."""
        return np.array(self.rows).reshape(-1, 1 + 2 * self.layers)

    def best(self, since: int = 0) -> tuple[float, Array] | None:
        """Least objective since that evaluation and its angles (2, p); None where all are NaN."""
        rows = [row for row in self.rows[since:] if np.isfinite(row[0])]
        if not rows:
            return None
        row = min(rows, key=lambda row: float(row[0]))
        return float(row[0]), row[1:].reshape(2, -1)

    def point(self, angles: Array) -> Array:
        """x (2p,) of angles (2, p)."""
        return self.units.of_radians(angles).ravel()

    def value(self, x: Array, end: int) -> float:
        """In units. Raises Spent where `end` evaluations were made."""
        return self._values([x], end, [""])[0]

    def pair(self, plus: Array, minus: Array, end: int) -> tuple[float, float]:
        """Two evaluations under one number. Raises Spent where two are not left before `end`."""
        first, second = self._values([plus, minus], end, [" plus", " minus"])
        return first, second

    def value_and_gradient(self, x: Array, end: int) -> tuple[float, Array]:
        """One evaluation, in units. Raises Spent where `end` evaluations were made."""
        self._require(1, end)
        angles = self.units.radians(x)
        value, gradient = self.evaluator.value_and_gradient(angles)
        self._record(value, angles)
        return value / self.unit, self.units.radians(gradient).ravel() / self.unit

    def _values(self, points: list[Array], end: int, suffixes: list[str]) -> list[float]:
        self._require(len(points), end)
        self._calls += 1
        found = []
        for x, suffix in zip(points, suffixes, strict=True):
            part = f"{self.prefix}evaluation {self._calls}{suffix}"
            angles = self.units.radians(x)
            value = float(self.evaluator.values(angles[None], part)[0])
            self._record(value, angles)
            found.append(value / self.unit)
        return found

    def _require(self, count: int, end: int) -> None:
        if self.used + count > min(end, self.limit):
            raise Spent

    def _record(self, value: float, angles: Array) -> None:
        padded = np.zeros((2, self.layers))  # a layer with both angles 0 does nothing
        padded[:, : angles.shape[1]] = angles
        self.rows.append(np.concatenate([[value], padded.ravel()]))


Tuner = Callable[[Evaluations, Array, int, np.random.Generator], None]
"""Moves on from a point x (2p,) until `end` evaluations were made in all, or it has converged."""
