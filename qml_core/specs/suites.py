"""The fixed suites: bundled real data and generated families, small enough for a laptop or full."""

from typing import Any

from qml_core.errors import SpecError
from qml_core.specs.benchmark import BenchmarkSpec

SUITES = ("small", "full")
_AS_IT_IS = {"reduce": "none", "scale": "none"}
"""For data that are made for a feature map, which a rotation would undo."""


def _data(name: str, components: int | None = None, **parameters: float) -> dict[str, Any]:
    """A data set with as many principal components as there are to be qubits; none: all."""
    found: dict[str, Any] = {"name": name, "parameters": parameters}
    if components is not None:
        found["preprocessing"] = {"n_components": components}
    return found


_SMALL = (
    _data("iris"),
    _data("wine", 4),
    _data("moons", n_samples=120, noise=0.2),
    _data("linearly_separable", n_samples=120, n_features=4),
    _data("hidden_manifold", 4, n_samples=120, n_features=6),
    _data("two_curves", 4, n_samples=120, n_features=6),
    _data("hyperplanes", 4, n_samples=120, n_features=6),
    {**_data("ad_hoc", n_samples=100), "preprocessing": _AS_IT_IS},
)
_FULL = (
    _data("breast_cancer", 8),
    _data("wine", 8),
    _data("iris"),
    _data("moons", noise=0.2),
    _data("linearly_separable", 8),
    _data("hidden_manifold", 8),
    _data("two_curves", 8),
    _data("hyperplanes", 8),
    _data("bars_and_stripes", 8),
    {**_data("ad_hoc"), "preprocessing": _AS_IT_IS},
)
_IQP = {"name": "qsvc"}
_WIDE = (0.1, 0.3, 1.0)
"""Bandwidths up to the map's own, at which ad hoc data are separated by construction."""
_ZZ = {"name": "qsvc", "kernel": {"encoding": {"name": "zz"}}, "bandwidths": _WIDE}
_PROJECTED = {"name": "qsvc", "kernel": {"encoding": {"name": "iqp"}, "kind": "projected"}}
_VQC = {"name": "vqc"}


def suite_of(name: str) -> BenchmarkSpec:
    """The benchmark of a suite; raises SpecError where there is none of that name.

    The full one runs to the protocol's defaults, 5 × 5 folds; the small one has two repeats and
    fewer configurations, so that it ends within minutes on two cores.
    """
    if name == "small":
        document = {
            "datasets": _SMALL,
            "models": (_IQP, {**_ZZ, "C": (1.0, 100.0)}, _PROJECTED),
            "repeats": 2,
            "configurations": 6,
            "learning_curve": (),
        }
    elif name == "full":
        document = {"datasets": _FULL, "models": (_IQP, _ZZ, _PROJECTED, _VQC)}
    else:
        raise SpecError(f"no suite {name!r}", f"use one of {', '.join(SUITES)}")
    return BenchmarkSpec.model_validate(document)
