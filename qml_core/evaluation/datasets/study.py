"""The data of the benchmark study of Bowles et al. (arXiv:2403.07059), one random stream a family.

Within a family every data set and every split draws from the same legacy generator, so order and
number of draws matter.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.evaluation.datasets.bars_and_stripes import bars_and_stripes
from qml_core.evaluation.datasets.hidden_manifold import hidden_manifold
from qml_core.evaluation.datasets.hyperplanes import hyperplanes
from qml_core.evaluation.datasets.linearly_separable import linearly_separable
from qml_core.evaluation.datasets.two_curves import two_curves
from qml_core.near_names import near_names

X = NDArray[np.float64]
Y = NDArray[np.int64]
Instance = tuple[X, X, Y, Y]
"""X_train, X_test, y_train, y_test."""

_N = 300
_SIZES = range(2, 21)


def study(family: str) -> dict[str, Instance]:
    """The instances of a family by name: X_train, X_test, y_train, y_test with labels -1, +1.

    Raises:
        SpecError: unknown family.
    """
    if family not in _FAMILIES:
        raise SpecError(f"unknown family of the study {family!r}", near_names(family, _FAMILIES))
    return dict(_FAMILIES[family]())


def _split(rng: np.random.RandomState, data: tuple[X, Y]) -> Instance:
    from sklearn.model_selection import train_test_split

    X_train, X_test, y_train, y_test = train_test_split(*data, test_size=0.2, random_state=rng)
    return X_train, X_test, y_train, y_test


def _linearly_separable() -> Iterator[tuple[str, Instance]]:
    rng = np.random.RandomState(42)
    for n in _SIZES:
        data = linearly_separable(rng, n_samples=_N, n_features=n, margin=0.02)
        yield f"{n}d", _split(rng, data)


def _hidden_manifolds() -> Iterator[tuple[str, Instance]]:
    rng = np.random.RandomState(3)
    for n, m in [(n, 6) for n in _SIZES] + [(10, m) for m in _SIZES]:
        data = hidden_manifold(rng, n_samples=_N, n_features=n, manifold_dimension=m)
        yield f"{n}d-{m}manifold", _split(rng, data)


def _hidden_manifold() -> Iterator[tuple[str, Instance]]:
    first = list(_hidden_manifolds())[: len(_SIZES)]
    for n, (_, instance) in zip(_SIZES, first, strict=True):
        yield f"6manifold-{n}d", instance


def _hidden_manifold_diff() -> Iterator[tuple[str, Instance]]:
    yield from list(_hidden_manifolds())[len(_SIZES) :]


def _curves() -> Iterator[tuple[str, Instance]]:
    rng = np.random.RandomState(3)
    for n in _SIZES:
        curves = two_curves(rng, n_samples=_N, n_features=n, degree=5, offset=0.1, noise=0.01)
        yield f"5degree-0.1offset-{n}d", _split(rng, curves)
    for degree in _SIZES:
        offset = 1 / (2 * degree)
        curves = two_curves(
            rng, n_samples=_N, n_features=10, degree=degree, offset=offset, noise=0.01
        )
        yield f"10d-{degree}degree", _split(rng, curves)


def _two_curves() -> Iterator[tuple[str, Instance]]:
    yield from list(_curves())[: len(_SIZES)]


def _two_curves_diff() -> Iterator[tuple[str, Instance]]:
    yield from list(_curves())[len(_SIZES) :]


def _hyperplanes_diff() -> Iterator[tuple[str, Instance]]:
    rng = np.random.RandomState(1)
    for k in _SIZES:
        data = hyperplanes(rng, n_samples=_N, n_features=10, n_hyperplanes=k, dim_hyperplanes=3)
        yield f"10d-from3d-{k}n", _split(rng, data)


def _bars_and_stripes() -> Iterator[tuple[str, Instance]]:
    for size in (4, 8, 16, 32):
        rng = np.random.RandomState(42)
        shape: dict[str, Any] = {"height": size, "width": size, "noise": 0.5}
        X_train, y_train = bars_and_stripes(rng, n_samples=1000, **shape)
        X_test, y_test = bars_and_stripes(rng, n_samples=200, **shape)
        yield f"{size}_x_{size}_0.5noise", (X_train, X_test, y_train, y_test)


_FAMILIES: dict[str, Callable[[], Iterator[tuple[str, Instance]]]] = {
    "linearly_separable": _linearly_separable,
    "hidden_manifold": _hidden_manifold,
    "hidden_manifold_diff": _hidden_manifold_diff,
    "two_curves": _two_curves,
    "two_curves_diff": _two_curves_diff,
    "hyperplanes_diff": _hyperplanes_diff,
    "bars_and_stripes": _bars_and_stripes,
}
