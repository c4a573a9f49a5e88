"""Bayesian optimisation by optuna's Gaussian process with a Matérn 5/2 kernel."""

from optuna.samplers import GPSampler

from qml_core.optimisation.searchers._optuna import sampled
from qml_core.optimisation.searchers._searcher import Propose
from qml_core.optimisation.space import Space

TRIES = 1  # fitted again, the process has its optimum at the same place


def gp(space: Space, design: int, seed: int) -> Propose:
    """Log expected improvement, joint over a batch; random below `design` finite losses."""
    startup = min(10, max(2, design))

    def sampler_of(number: int) -> GPSampler:
        return GPSampler(n_startup_trials=startup, seed=number, warn_independent_sampling=False)

    return sampled(space, "gp", sampler_of, seed, TRIES)
