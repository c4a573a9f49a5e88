"""What a diagnosis means, in plain words."""

import math
from collections.abc import Mapping, Sequence

from qml_core.training.diagnostics.decay import FEWEST_SIZES, Decay, Outcome
from qml_core.training.diagnostics.noise_decay import NoiseDecay

OUTCOMES: dict[Outcome, str] = {
    "barren plateau": "Barren plateau: the gradient's variance falls exponentially with the qubits",
    "polynomial": "No barren plateau: the gradient's variance falls no faster than a power of the "
    "qubits",
    "flat": "No barren plateau: the gradient's variance hardly falls with the qubits",
    "inconclusive": "Inconclusive",
}
_WORST: tuple[Outcome, ...] = ("barren plateau", "inconclusive", "polynomial", "flat")


def verdict(decays: Mapping[str, Decay | None], noise: NoiseDecay | None) -> str:
    """A sentence or two: the worst series, each one's slope, and what noise does beside.

    Args:
        decays: by the name of a series, e.g. "2 layers"; None where nothing could be fitted.
    """
    fitted = {name: decay for name, decay in decays.items() if decay is not None}
    if not fitted:
        words = "No slope: the gradient's variance needs two numbers of qubits or more."
    else:
        worst = min((d.outcome for d in fitted.values()), key=_WORST.index)
        having = [name for name, decay in fitted.items() if decay.outcome == worst]
        words = f"{OUTCOMES[worst]} ({', '.join(having)})" if len(fitted) > 1 else OUTCOMES[worst]
        if worst == "inconclusive":
            words += f": {why_inconclusive(fitted[having[0]])}"
        slopes = "; ".join(f"{name} {slope_words(decay)}" for name, decay in fitted.items())
        words += f". Slope in log2 per qubit: {slopes}."
    if noise is not None:
        words += f" {noise_words(noise)}"
    return words


def slope_words(decay: Decay) -> str:
    """−1.02 [−1.10, −0.95]."""
    slope = decay.slope
    assert slope.low is not None
    assert slope.high is not None
    text = f"{slope.value:.2f} [{slope.low:.2f}, {slope.high:.2f}]"
    return text.replace("-", "−")


def why_inconclusive(decay: Decay) -> str:
    if len(decay.sizes) < FEWEST_SIZES:
        return (
            f"{len(decay.sizes)} numbers of qubits cannot tell an exponential from a power law, "
            f"{FEWEST_SIZES} or more can"
        )
    return "neither an exponential nor a power law fits certainly better; more qubits would tell"


def noise_words(noise: NoiseDecay) -> str:
    if not noise.plateau or math.isinf(noise.halving):
        return "No decay with depth from noise is certain at these depths."
    return f"Noise halves the gradient every {noise.halving:.1f} layers, whatever the parameters."


def advice(decays: Sequence[Decay | None], noise: NoiseDecay | None, cost: str) -> tuple[str, ...]:
    """What to try, one sentence each; empty where nothing is wrong."""
    found = []
    if any(decay is not None and decay.outcome == "barren plateau" for decay in decays):
        if cost in ("global", "parity"):
            found.append(
                "Read a local cost: --cost local; gradients of costs on all qubits vanish even of "
                "shallow circuits (arXiv:2001.00550)."
            )
        found.append(
            "Use fewer layers, or draw smaller parameters: --set diagnosis.initialisation=small or "
            "identity shows what that does here (arXiv:2203.09376, arXiv:1903.05076)."
        )
    if noise is not None and noise.plateau:
        found.append(
            "Noise adds a plateau of its own that no initialisation helps against: fewer layers, "
            "or a device of smaller gate errors (arXiv:2007.14384)."
        )
    return tuple(found)
