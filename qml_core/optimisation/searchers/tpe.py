"""The tree-structured Parzen estimator of optuna (Bergstra et al. 2011; Watanabe 2023)."""

from optuna.samplers import TPESampler

from qml_core.optimisation.searchers._optuna import sampled
from qml_core.optimisation.searchers._searcher import Propose
from qml_core.optimisation.space import Space

TRIES = 10


def tpe(space: Space, design: int, seed: int) -> Propose:
    """Multivariate, with a constant liar for batches; random below `design` finite losses."""
    startup = min(10, max(2, design))

    def sampler_of(number: int) -> TPESampler:
        return TPESampler(n_startup_trials=startup, seed=number)

    return sampled(space, "tpe", sampler_of, seed, TRIES)
