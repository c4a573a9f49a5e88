"""Cost Hamiltonians, QAOA, surrogates and the searchers of hyper-parameters.

from qml_core.optimisation import QAOA, Ising

result = QAOA(layers=2).fit(Ising.maxcut(graph))
"""

from qml_core.first_use import on_first_use

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

# a space of hyper-parameters must not cost the import of torch
__getattr__ = on_first_use(__name__, _HOME)
