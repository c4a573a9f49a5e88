"""Every tuner: it improves, keeps to its evaluations, and leaves an optimum alone."""

import contextlib
import itertools

import numpy as np
import pytest

from qml_core.errors import SpecError
from qml_core.optimisation.qaoa.angle_units import AngleUnits
from qml_core.optimisation.qaoa.evaluations import Evaluations, Spent
from qml_core.optimisation.qaoa.tuners import TUNERS, open_tuner

TARGET = np.array([0.7, -0.2, 0.4, 0.9])


class Bowl:
    """A quadratic of angles in units, with noise of a given size."""

    differentiable = True

    def __init__(self, units: AngleUnits, noise: float = 0.0) -> None:
        self.units, self.noise, self.rng = units, noise, np.random.default_rng(0)
        self.parts: list[str] = []

    def values(self, angles: np.ndarray, part: str) -> np.ndarray:
        self.parts.append(part)
        return np.array([self.value_and_gradient(one)[0] for one in angles])

    def value_and_gradient(self, angles: np.ndarray) -> tuple[float, np.ndarray]:
        off = self.units.of_radians(angles).ravel() - TARGET
        gradient = (2 * off).reshape(2, 2) / self.units.column
        return float(off @ off) + self.noise * self.rng.normal(), gradient

    def samples(self, angles: np.ndarray, shots: int, part: str) -> None:
        raise AssertionError("a tuner draws no samples")


def tuned(name: str, limit: int, noise: float = 0.0, start: float = 0.0) -> Evaluations:
    units = AngleUnits(1e-3, -0.5)
    record = Evaluations(Bowl(units, noise), 2, units, 1.0, limit)
    with contextlib.suppress(Spent):
        TUNERS[name](record, TARGET * start, limit, np.random.default_rng(3))
    return record


@pytest.mark.parametrize(
    ("name", "limit", "near"),
    [("lbfgs", 20, 1e-6), ("adam", 200, 0.02), ("cobyla", 150, 0.01), ("spsa", 400, 0.1)],
)
def test_it_comes_to_the_minimum(name, limit, near):
    record = tuned(name, limit)
    found = record.best()
    assert found is not None
    assert found[0] < record.rows[0][0]
    assert record.point(found[1]) == pytest.approx(TARGET, abs=near)


@pytest.mark.parametrize("name", ["cobyla", "spsa"])
def test_it_comes_near_the_minimum_of_noisy_values(name):
    record = tuned(name, 300, noise=0.05)
    last = np.mean(
        [np.square(record.point(r[1:].reshape(2, 2)) - TARGET).sum() for r in record.rows[-5:]]
    )
    assert last < 0.25 * (TARGET @ TARGET)


@pytest.mark.parametrize(("name", "limit"), itertools.product(TUNERS, (1, 2, 3, 4, 9)))
def test_no_evaluation_is_made_above_the_limit(name, limit):
    assert 1 <= tuned(name, limit).used <= limit


def test_none_keeps_its_start():
    record = tuned("none", 50, start=0.5)
    assert record.used == 1
    assert record.point(record.rows[0][1:].reshape(2, 2)) == pytest.approx(TARGET / 2)


@pytest.mark.parametrize("name", ["lbfgs", "adam"])
def test_it_stops_at_once_where_the_gradient_vanishes(name):
    assert tuned(name, 50, start=1.0).used <= 2


@pytest.mark.parametrize("name", ["lbfgs", "adam"])
def test_gradients_are_refused_of_measured_objectives(name):
    with pytest.raises(SpecError, match=f"optimiser={name} follows gradients"):
        open_tuner(name, differentiable=False)
    assert open_tuner(name, differentiable=True) is TUNERS[name]


def test_values_that_are_no_number_are_never_the_best():
    units = AngleUnits(1.0)
    record = Evaluations(Bowl(units), 2, units, limit=3)
    assert record.best() is None
    record.value(TARGET + 1, 3)
    record.rows.insert(0, np.array([np.nan, 0, 0, 0, 0]))
    found = record.best()
    assert found is not None
    assert found[0] == pytest.approx(4.0)
    assert record.best(since=2) is None
    with pytest.raises(Spent):
        record.pair(TARGET, TARGET, 3)


def test_points_of_fewer_layers_are_recorded_with_zeros_behind():
    units = AngleUnits(1.0)

    class Flat(Bowl):
        def values(self, angles: np.ndarray, part: str) -> np.ndarray:
            return np.zeros(len(angles))

    record = Evaluations(Flat(units), 3, units, limit=1)
    record.value(np.array([0.5, 0.25]), 1)
    assert record.history.tolist() == [[0.0, 0.5, 0, 0, -0.25, 0, 0]]
