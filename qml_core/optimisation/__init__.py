"""Cost Hamiltonians, QAOA, surrogates and the searchers of hyper-parameters.

from qml_core.optimisation import QAOA, Ising

result = QAOA(layers=2).fit(Ising.maxcut(graph))
"""

from typing import Any

_HOME = {
    "Extremes": "qml_core.optimisation.problems.extremes",
    "Ising": "qml_core.optimisation.problems.ising",
    "PottsModel": "qml_core.optimisation.problems.potts",
    "QAOA": "qml_core.optimisation.qaoa.algorithm",
    "QAOAResult": "qml_core.optimisation.qaoa.readout",
    "Registers": "qml_core.optimisation.problems.registers",
    "Samples": "qml_core.optimisation.qaoa.samples",
    "Space": "qml_core.optimisation.space",
    "initial_design": "qml_core.optimisation.searchers",
    "open_searcher": "qml_core.optimisation.searchers",
}

__all__ = [
    "QAOA",
    "Extremes",
    "Ising",
    "PottsModel",
    "QAOAResult",
    "Registers",
    "Samples",
    "Space",
    "initial_design",
    "open_searcher",
]


def __getattr__(name: str) -> Any:
    """Import on first use: a space of hyper-parameters must not cost the import of torch."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
