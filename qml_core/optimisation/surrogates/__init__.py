"""Models of a black box from its trials, which are drawn at random and then minimised."""

from collections.abc import Sequence

import numpy as np

from qml_core.optimisation.problems.potts import PottsModel
from qml_core.optimisation.surrogates.factorisation_machine import draw_factorisation_machines
from qml_core.optimisation.surrogates.features import Codes, Floats, PairwiseFeatures
from qml_core.optimisation.surrogates.sparse_bayes import draw_sparse_bayes
from qml_core.specs.search import SurrogateSpec


def draw(
    sizes: Sequence[int],
    codes: Codes,
    losses: Floats,
    spec: SurrogateSpec,
    rng: np.random.Generator,
    draws: int,
) -> tuple[PottsModel, ...]:
    """Thompson draws of a pairwise model of the losses.

    Args:
        sizes: levels of each variable, (v,).
        codes: configurations that were tried, (n, v).
        losses: (n,); what is no finite number is a failed trial and left out.

    Losses that are all the same, or none, tell nothing: all draws are then constant.
    """
    features, finite = PairwiseFeatures(tuple(sizes)), np.isfinite(losses)
    codes, losses = codes[finite], losses[finite]
    if not _vary(losses) or features.count == 0:
        constant = float(losses.mean()) if len(losses) else 0.0
        return (features.model(constant, np.zeros(features.count)),) * draws
    # a power of two: exact, and squares of what is left neither overflow nor vanish
    unit = float(np.ldexp(1.0, int(np.frexp(np.abs(losses).max())[1])))
    if spec.kind == "sparse_bayes":
        found = draw_sparse_bayes(features, codes, losses / unit, rng, draws, spec.sweeps)
    else:
        found = draw_factorisation_machines(features, codes, losses / unit, rng, draws, spec.rank)
    return tuple(_times(model, unit) for model in found)


def _times(model: PottsModel, unit: float) -> PottsModel:
    return PottsModel(
        model.constant * unit,
        tuple(field * unit for field in model.fields),
        {pair: table * unit for pair, table in model.couplings.items()},
    )


def _vary(losses: Floats) -> bool:
    """Whether they differ by more than what rounding leaves."""
    return len(losses) > 1 and bool(np.ptp(losses) > 1e-12 * np.abs(losses).max())
