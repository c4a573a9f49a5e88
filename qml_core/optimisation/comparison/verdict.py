"""One sentence on one space, of a fixed set: what the declared contrasts say of QAOA."""

from collections.abc import Sequence

from qml_core.optimisation.comparison.tests_of_seeds import DECLARED, Contrast
from qml_core.specs.comparison import LEAST_SEEDS

LEVEL = 0.05
"""Of the corrected p."""

_SENTENCES = {  # (against random, against annealing): -1 better, 0 no difference found, 1 worse
    (-1, -1): "QAOA beat random ({random}) and simulated annealing on the same surrogate "
    "({anneal}): the surrogate helps, and so does the quantum part",
    (-1, 0): "QAOA beat random ({random}) but not simulated annealing on the same surrogate "
    "({anneal}): the surrogate helps, the quantum part is not seen to",
    (-1, 1): "QAOA beat random ({random}) and lost to simulated annealing on the same surrogate "
    "({anneal}): the surrogate helps, the quantum part harms",
    (0, -1): "QAOA did not beat random at this budget ({random}); it beat simulated annealing on "
    "the same surrogate ({anneal})",
    (0, 0): "QAOA did not beat random at this budget ({random}), nor simulated annealing on the "
    "same surrogate ({anneal})",
    (0, 1): "QAOA did not beat random at this budget ({random}), and lost to simulated annealing "
    "on the same surrogate ({anneal})",
    (1, -1): "QAOA lost to random at this budget ({random}); it beat simulated annealing on the "
    "same surrogate ({anneal})",
    (1, 0): "QAOA lost to random at this budget ({random}), and did not beat simulated annealing "
    "on the same surrogate ({anneal})",
    (1, 1): "QAOA lost to random at this budget ({random}), and to simulated annealing on the "
    "same surrogate ({anneal})",
}


def verdict(contrasts: Sequence[Contrast], seeds: int) -> str:
    """Of the contrasts of one space; with fewer than LEAST_SEEDS seeds it says that there is none.

    A contrast counts where its p after Holm is at most LEVEL.
    """
    by_names = {(contrast.first, contrast.second): contrast for contrast in contrasts}
    if set(by_names) != set(DECLARED):
        needed = sorted({name for pair in DECLARED for name in pair})
        return f"No verdict: it needs the searchers {', '.join(needed)}"
    if seeds < LEAST_SEEDS:
        return f"No verdict: {seeds} seeds, it needs at least {LEAST_SEEDS}"
    against = {second: by_names["qaoa", second] for second in ("random", "anneal")}
    outcomes = against["random"].outcome(LEVEL), against["anneal"].outcome(LEVEL)
    return _SENTENCES[outcomes].format(**{name: _shown(of) for name, of in against.items()})


def _shown(contrast: Contrast) -> str:
    numbers = (f"{x:+.2g}" for x in (contrast.estimate, contrast.low, contrast.high))
    area, low, high = (text.replace("-", "−") for text in numbers)
    return f"area {area}, interval {low} to {high}, p = {contrast.corrected:.2g}"
