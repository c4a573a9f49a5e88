"""Class probabilities from the outputs of a network."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

Array = NDArray[np.float64]


def class_probabilities(outputs: Array, loss: str) -> Array:
    """(n, C) probabilities of outputs (n, 1) of two classes or (n, C) of more.

    Args:
        outputs: logits; with loss=linear the expectation value ⟨O⟩, whose P(class 1) is
            (1 + ⟨O⟩)/2, clipped where readout correction or a Pauli sum have left [-1, 1].
    """
    if outputs.shape[1] > 1:
        return np.asarray(softmax(outputs, axis=1))
    second = np.clip((1 + outputs) / 2, 0, 1) if loss == "linear" else expit(outputs)
    return np.hstack([1 - second, second])
