"""The training range of a model in its document."""

from typing import Any

import numpy as np

from qml_core.evaluation.training_range import TrainingRange


def encode_ranges(ranges: TrainingRange | None) -> dict[str, list[float]] | None:
    """What JSON holds; exact."""
    return None if ranges is None else {"low": ranges.low.tolist(), "high": ranges.high.tolist()}


def decode_ranges(document: dict[str, Any] | None) -> TrainingRange | None:
    """None of models that were stored without one."""
    if document is None:
        return None
    return TrainingRange(np.array(document["low"]), np.array(document["high"]))
