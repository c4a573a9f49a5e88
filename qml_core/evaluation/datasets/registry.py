"""The named data sets, their parameters and bounds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.evaluation.datasets.ad_hoc import ad_hoc
from qml_core.evaluation.datasets.bars_and_stripes import bars_and_stripes
from qml_core.evaluation.datasets.bundled import bundled
from qml_core.evaluation.datasets.hidden_manifold import hidden_manifold
from qml_core.evaluation.datasets.hyperplanes import hyperplanes
from qml_core.evaluation.datasets.linearly_separable import linearly_separable
from qml_core.evaluation.datasets.moons import moons
from qml_core.evaluation.datasets.table import Raw
from qml_core.evaluation.datasets.two_curves import two_curves
from qml_core.near_names import near_names
from qml_core.references import Task

Number = int | float


@dataclass(frozen=True)
class Parameter:
    """A number with its default and inclusive bounds; an integer where the default is one."""

    default: Number
    low: Number
    high: Number


@dataclass(frozen=True)
class DatasetInfo:
    """What `qml list datasets` shows of one data set."""

    name: str
    description: str
    task: Task
    parameters: dict[str, Number]
    """Defaults by name."""
    bounds: dict[str, tuple[Number, Number]]


@dataclass(frozen=True)
class _Named:
    make: Callable[..., Raw]
    description: str
    task: Task
    parameters: Mapping[str, Parameter]


def _bundled(name: str, description: str, task: Task = "classification") -> _Named:
    return _Named(partial(bundled, name), description, task, {})


def _generated(
    generator: Callable[..., tuple[NDArray[np.float64], NDArray[np.int64]]],
    description: str,
    **parameters: Parameter,
) -> _Named:
    def make(*, seed: int, **sizes: Number) -> Raw:
        X, y = generator(np.random.RandomState(seed), **sizes)
        return Raw(X, y, tuple(f"x{j}" for j in range(X.shape[1])))

    seeded = {**parameters, "seed": Parameter(0, 0, 2**32 - 1)}
    return _Named(make, description, "classification", seeded)


_SAMPLES = Parameter(300, 4, 100_000)
_FEATURES = Parameter(10, 1, 256)
_NOISE_MAX = 1e3

_NAMED: dict[str, _Named] = {
    "breast_cancer": _bundled("breast_cancer", "569 tumours, 30 features, malignant or benign"),
    "wine": _bundled("wine", "178 wines, 13 features, three growers"),
    "digits": _bundled("digits", "1797 images of 8x8 pixels, ten digits"),
    "iris": _bundled("iris", "150 flowers, 4 features, three species"),
    "diabetes": _bundled("diabetes", "442 patients, 10 features, progression", "regression"),
    "moons": _generated(
        moons,
        "two interleaving half circles in the plane",
        n_samples=_SAMPLES,
        noise=Parameter(0.1, 0.0, _NOISE_MAX),
    ),
    "linearly_separable": _generated(
        linearly_separable,
        "points of a cube on either side of a diagonal plane (arXiv:2403.07059)",
        n_samples=_SAMPLES,
        n_features=_FEATURES,
        margin=Parameter(0.02, 0.0, 1.0),
    ),
    "hidden_manifold": _generated(
        hidden_manifold,
        "a low-dimensional manifold labelled by a random network (arXiv:1909.11500)",
        n_samples=_SAMPLES,
        n_features=_FEATURES,
        manifold_dimension=Parameter(6, 1, 256),
    ),
    "two_curves": _generated(
        two_curves,
        "two noisy Fourier curves at a distance (arXiv:2403.07059)",
        n_samples=_SAMPLES,
        n_features=_FEATURES,
        degree=Parameter(5, 1, 100),
        offset=Parameter(0.1, -10.0, 10.0),
        noise=Parameter(0.01, 0.0, _NOISE_MAX),
    ),
    "hyperplanes": _generated(
        hyperplanes,
        "parity of the random planes a point lies above (arXiv:2403.07059)",
        n_samples=_SAMPLES,
        n_features=_FEATURES,
        n_hyperplanes=Parameter(5, 1, 256),
        dim_hyperplanes=Parameter(3, 1, 64),
    ),
    "bars_and_stripes": _generated(
        bars_and_stripes,
        "noisy images of bars (-1) or stripes (+1) (arXiv:2403.07059)",
        n_samples=_SAMPLES,
        height=Parameter(4, 1, 32),
        width=Parameter(4, 1, 32),
        noise=Parameter(0.5, 0.0, _NOISE_MAX),
    ),
    "ad_hoc": _generated(
        ad_hoc,
        "separated by the ZZ feature map by construction (arXiv:1804.11326)",
        n_samples=Parameter(200, 4, 100_000),
        n_features=Parameter(2, 2, 3),
        gap=Parameter(0.3, 0.0, 0.95),
    ),
}


def names() -> list[DatasetInfo]:
    """Every named data set, in the order of the documentation."""
    return [_info(name, entry) for name, entry in _NAMED.items()]


def find(name: str) -> DatasetInfo:
    """Raises SpecError with near names where there is no such data set."""
    if name not in _NAMED:
        raise SpecError(f"unknown data set {name!r}", near_names(name, _NAMED))
    return _info(name, _NAMED[name])


def make(name: str, parameters: Mapping[str, Number | bool | str]) -> Raw:
    """Load or generate a named data set.

    Raises:
        SpecError: unknown data set or parameter, or a value that is no number within the bounds.
    """
    find(name)
    entry = _NAMED[name]
    values = {key: parameter.default for key, parameter in entry.parameters.items()}
    for key, value in parameters.items():
        values[key] = _checked(name, key, value, entry.parameters)
    return entry.make(**values)


def generate(
    name: str, **parameters: Number | bool | str
) -> tuple[NDArray[np.float64], NDArray[np.generic]]:
    """X (n, D) and the data set's own labels y (n,) of a named data set.

    Raises:
        SpecError: unknown data set or parameter, or a value that is no number within the bounds.
    """
    raw = make(name, parameters)
    return raw.X, raw.y


def _info(name: str, entry: _Named) -> DatasetInfo:
    defaults = {key: p.default for key, p in entry.parameters.items()}
    bounds = {key: (p.low, p.high) for key, p in entry.parameters.items()}
    return DatasetInfo(name, entry.description, entry.task, defaults, bounds)


def _checked(
    name: str, key: str, value: Number | bool | str, known: Mapping[str, Parameter]
) -> Number:
    if key not in known:
        raise SpecError(f"data set {name} has no parameter {key!r}", near_names(key, known))
    parameter = known[key]
    whole = isinstance(parameter.default, int)
    kind = "a whole number" if whole else "a number"
    asked = f"{key}={value!r} of data set {name} must be {kind}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SpecError(asked)
    if not parameter.low <= value <= parameter.high:
        raise SpecError(f"{asked} from {parameter.low} to {parameter.high}")
    if whole and value != int(value):
        raise SpecError(asked)
    return int(value) if whole else float(value)
