"""IonQ's probabilities as counts, its costs and estimates as charges. Pure."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from qml_core.errors import JobFailed
from qml_core.hardware.protocol import Counts
from qml_core.references import Charge


def counts_of(
    probabilities: Mapping[str, float],
    qubits: int,
    shots: int,
    rng: np.random.Generator | None = None,
) -> Counts:
    """Counts by bit string, wire 0 first, that sum up to the shots.

    Args:
        probabilities: by state in decimal, qubit 0 its lowest bit.
        rng: the ideal simulator ignores shots and gives exact probabilities, from which the
            shots are drawn; None: the probabilities are frequencies of that many shots.
    """
    states = sorted(probabilities, key=int)
    weights = np.array([max(float(probabilities[state]), 0.0) for state in states])
    if not weights.sum() > 0:
        raise JobFailed(f"IonQ gave {len(states)} probabilities that sum up to {weights.sum()}")
    weights = weights / weights.sum()
    drawn = _frequencies(weights * shots, shots) if rng is None else rng.multinomial(shots, weights)
    named = zip(states, drawn, strict=True)
    return {format(int(s), f"0{qubits}b")[::-1]: int(count) for s, count in named if count}


def _frequencies(expected: np.ndarray, shots: int) -> np.ndarray:
    """Nearest integers with the right sum: the largest remainders are rounded up."""
    counts = np.floor(expected + 1e-9).astype(int)
    missing = max(shots - int(counts.sum()), 0)
    counts[np.argsort(counts - expected, kind="stable")[:missing]] += 1
    return counts


def billed(cost: Mapping[str, Any], job: Mapping[str, Any], free: bool) -> Charge | None:
    """What the job costs; None: not said, or said in another unit than USD."""
    found = cost.get("cost") or {}
    if free and not found:
        return Charge()
    if str(found.get("unit", "")).lower() != "usd":
        return None
    seconds = (job.get("stats") or {}).get("billed_quantum_compute_time_us")
    return Charge(microusd=_micro(found["value"]), qpu_ms=_milliseconds(seconds))


def estimated(answer: Mapping[str, Any]) -> Charge | None:
    """Of one circuit; None: the service does not say it in USD.

    QPU time counts where it is what the contract bills, not where gates are billed.
    """
    unit = answer.get("estimated_unit") or answer.get("cost_unit")
    usd = answer.get("estimated_total_cost", answer.get("estimated_cost"))
    if usd is None or str(unit).lower() != "usd":
        return None
    return Charge(
        microusd=_micro(usd),
        qpu_ms=_milliseconds(answer.get("estimated_quantum_compute_time_us")),
    )


def _micro(usd: float) -> int:
    """Rounded up, but not by what binary fractions add to a decimal one."""
    return math.ceil(round(float(usd) * 1e6, 6))


def _milliseconds(microseconds: float | None) -> int:
    return math.ceil((microseconds or 0) / 1000)
