"""Configurations of the classical models: as many as are asked for, the usual one first."""

import math
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from scipy.stats.qmc import LatinHypercube

from qml_core.errors import SpecError
from qml_core.evaluation.baselines import rbf_grid
from qml_core.evaluation.contestants.grid_axes import PENALTIES, SPACES, Axes
from qml_core.references import Task
from qml_core.specs.search import ClassicalName
from qml_core.specs.space import Value

Configuration = dict[str, Value]

_SEED = 20_240
"""Of the Latin hypercubes: the same configurations on every data set of that shape."""


def classical_configurations(
    name: ClassicalName, task: Task, count: int, *, n_features: int, n_train: int
) -> tuple[Configuration, ...]:
    """Exactly `count` distinct configurations of a model, by scikit-learn's names; dummy: one.

    One hyper-parameter is spread evenly in its logarithm, from the middle outwards; several are
    those of a Latin hypercube (McKay et al. 1979) behind the usual configuration; an RBF-SVM has
    the grid of `rbf_grid`. Equal arguments give equal results.

    Args:
        n_features: of the rows, which scale the widths of kernels.
        n_train: rows to fit, before the inner folds take theirs: no k of k-NN is above its half.

    Raises:
        SpecError: count is below 1.
    """
    if count < 1:
        raise SpecError(f"{count} configurations of {name}", "try at least 1")
    if name == "dummy":
        return ({},)
    if name == "rbf_svm":
        return _of_rbf(count, n_features)
    if name in PENALTIES:
        parameter, low, high = PENALTIES[name]
        return tuple({parameter: value} for value in _spread(low, high, count))
    usual, axes = SPACES[name](task, max(1, n_features), n_train, count)
    return tuple(islice(_distinct(_points(usual, axes, count)), count))


def _of_rbf(count: int, n_features: int) -> tuple[Configuration, ...]:
    """Nearest to C = 1 and gamma = 1/d first."""
    d = max(1, n_features)
    pairs = [(C, gamma) for C, widths in rbf_grid(count, d) for gamma in widths]
    pairs.sort(key=lambda pair: abs(math.log(pair[0])) + abs(math.log(pair[1] * d)))
    return tuple({"C": C, "gamma": gamma} for C, gamma in pairs)


def _spread(low: float, high: float, count: int) -> list[float]:
    if count == 1:
        return [math.sqrt(low * high)]
    values = np.geomspace(low, high, count)
    order = np.argsort(np.abs(np.arange(count) - (count - 1) / 2), kind="stable")
    return [float(f"{values[k]:.6g}") for k in order]


def _points(usual: Configuration, axes: Axes, count: int) -> Iterator[Configuration]:
    """The usual one, then hypercubes without end."""
    yield usual
    cube = LatinHypercube(len(axes), rng=np.random.default_rng(_SEED))
    while True:
        for point in cube.random(max(1, count - 1)):
            columns = zip(axes.items(), point, strict=True)
            yield {name: axis(float(u)) for (name, axis), u in columns}


def _distinct(points: Iterable[Configuration]) -> Iterator[Configuration]:
    seen: set[tuple[tuple[str, Value], ...]] = set()
    for point in points:
        key = tuple(sorted(point.items(), key=_name))
        if key not in seen:
            seen.add(key)
            yield point


def _name(item: tuple[str, Value]) -> str:
    return item[0]
