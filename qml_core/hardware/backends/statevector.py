"""Exact simulators of state vectors, sampled: qml.batched, default.qubit, lightning.qubit."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pennylane as qml
from numpy.typing import NDArray

from qml_core.hardware.backends.simulated import SimulatedBackend, sample
from qml_core.hardware.gates import form
from qml_core.hardware.protocol import Circuit, Counts
from qml_core.references import Calibration
from qml_core.settings import Settings

_BATCH_BYTES = 2**28
"""Memory for the states of the circuits that are simulated together."""

_AMPLITUDE = 16


class StatevectorBackend(SimulatedBackend):
    """Shots of exact probabilities.

    Args:
        name: qml.batched, default.qubit or lightning.qubit.
    """

    def __init__(self, name: str, seed: int) -> None:
        states = Settings.from_environment().memory_bytes // (4 * _AMPLITUDE)
        qubits = max(1, int(math.log2(max(2, states))))
        super().__init__(name, self._counts, seed, qubits, custom_gates=True)

    def _counts(
        self,
        circuits: Sequence[Circuit],
        shots: int,
        rng: np.random.Generator,
        noise: Calibration | None,
    ) -> tuple[Counts, ...]:
        found: list[Counts] = [{}] * len(circuits)
        for group in _alike(circuits):
            tape = _batched([circuits[k] for k in group])
            found_rows = np.atleast_2d(probabilities(self.name, tape))
            rows = np.broadcast_to(found_rows, (len(group), found_rows.shape[-1]))  # of no angles
            for k, row in zip(group, rows, strict=True):
                found[k] = sample(row, shots, rng)
        return tuple(found)


def probabilities(name: str, tape: Circuit) -> NDArray[np.float64]:
    """Exact, of all wires, wire 0 the most significant bit: (2^n,), or (rows, 2^n) of a batch."""
    device = qml.device(name, wires=len(tape.measurements[0].wires))
    (result,) = qml.execute([tape], device, diff_method=None)
    return np.asarray(result, dtype=np.float64)


def _alike(circuits: Sequence[Circuit]) -> Iterator[list[int]]:
    """Positions of circuits that differ in nothing but angles, as many as memory allows."""
    groups: dict[object, list[int]] = {}
    for k, circuit in enumerate(circuits):
        forms = tuple(form(op) for op in circuit.operations)
        alone = any(np.ndim(p) for op in circuit.operations for p in op.parameters)
        wires = tuple(circuit.measurements[0].wires)
        groups.setdefault(k if alone else (wires, forms), []).append(k)
    for group in groups.values():
        n = len(circuits[group[0]].measurements[0].wires)
        together = max(1, _BATCH_BYTES // (_AMPLITUDE << n))
        yield from (group[i : i + together] for i in range(0, len(group), together))


def _batched(circuits: Sequence[Circuit]) -> Circuit:
    """One tape whose angles have a row for each circuit; of a single one, as it is."""
    first = circuits[0]
    if len(circuits) == 1:
        return first
    angles = np.array([circuit.get_parameters(trainable_only=False) for circuit in circuits], float)
    if not angles.shape[1]:
        return first
    columns: list[Any] = list(angles.T)
    return first.bind_new_parameters(columns, list(range(len(columns))))
