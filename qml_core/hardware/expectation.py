"""Expectation values of Pauli sums from counts, with readout correction, ZNE or PEC."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pennylane as qml
from numpy.typing import NDArray
from pennylane.operation import Operation
from pennylane.tape import QuantumScript

from qml_core.circuits.bases import change_of_basis
from qml_core.errors import SpecError
from qml_core.hardware.mitigation import cancellation, folding
from qml_core.hardware.mitigation.readout import bits_and_counts, sign_weights
from qml_core.hardware.protocol import Circuit, Counts
from qml_core.hardware.shots import mean_of_weights
from qml_core.references import QubitCalibration

Array = NDArray[np.float64]
Observable = Any
"""Operator of PennyLane that is a sum of Pauli strings with real coefficients."""

Run = Callable[[Sequence[Circuit], int], Sequence[Counts]]
"""Runs circuits with so many shots each, and gives their counts in order."""


@dataclass(frozen=True)
class Group:
    """Strings that one basis measures: after `rotations` each is a product of Z on `wires`."""

    rotations: tuple[Operation, ...]
    coefficients: tuple[float, ...]
    wires: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Measurement:
    """A Pauli sum as a constant and groups of strings that commute qubit by qubit."""

    constant: float
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Effort:
    """What an expectation value costs to measure; all circuits have the same shots."""

    circuits: int
    shots: int
    variance: float
    """Of the shots, times that of the same shots per circuit without mitigation."""


def measurement_groups(observable: Observable) -> Measurement:
    """Group the strings of a Pauli sum by PennyLane's colouring.

    Raises SpecError where the observable is no Pauli sum, or not Hermitian.
    """
    sentence = getattr(observable, "pauli_rep", None)
    if sentence is None or any(abs(np.imag(c)) > 1e-12 for c in sentence.values()):
        raise SpecError(f"a real sum of Pauli strings was asked as observable, found {observable}")
    constant, words, coefficients = 0.0, [], []
    for word, coefficient in sentence.items():
        if len(word):
            words.append(word)
            coefficients.append(float(np.real(coefficient)))
        else:
            constant += float(np.real(coefficient))
    if not words:
        return Measurement(constant, ())
    indices = qml.pauli.compute_partition_indices([w.operation() for w in words])
    return Measurement(
        constant,
        tuple(_group([words[i] for i in g], [coefficients[i] for i in g]) for g in indices),
    )


def _group(words: list[Any], coefficients: list[float]) -> Group:
    return Group(
        change_of_basis({wire: letter for word in words for wire, letter in word.items()}),
        tuple(coefficients),
        tuple(tuple(int(wire) for wire in word) for word in words),
    )


def expectation_circuits(circuit: Circuit, measurement: Measurement) -> tuple[Circuit, ...]:
    """The circuit once for each group, with the group's change of basis at its end.

    Of a folded circuit the change of basis is folded with the rest.
    """
    _check_wires(measurement, len(circuit.wires))
    return tuple(_rotated(circuit, group) for group in measurement.groups)


def _rotated(circuit: Circuit, group: Group) -> Circuit:
    if isinstance(circuit, folding.Folded):
        return folding.fold(_rotated(circuit.unfolded, group), circuit.scale, circuit.folding)
    read = [qml.counts(wires=range(len(circuit.wires)))]
    return QuantumScript([*circuit.operations, *group.rotations], read)


def _check_wires(measurement: Measurement, n: int) -> None:
    used = {wire for g in measurement.groups for wires in g.wires for wire in wires}
    if used and max(used) >= n:
        raise SpecError(f"the observable acts on wire {max(used)}, the circuit has {n} wires")


def expectation_value(
    counts: Sequence[Counts],
    measurement: Measurement,
    readout: Sequence[QubitCalibration] | None = None,
) -> tuple[float, float]:
    """Value and standard error from the counts of each group.

    Args:
        readout: of wires 0 … n−1; each string is corrected on its own wires only. None: raw.

    Raises:
        Refused: a qubit's readout cannot be inverted.
    """
    value, variance = measurement.constant, 0.0
    for group, found in zip(measurement.groups, counts, strict=True):
        bits, n = bits_and_counts(found)
        signs = sign_weights(bits.shape[1], readout)
        weights = np.zeros(len(bits))
        largest = 0.0
        for coefficient, wires in zip(group.coefficients, group.wires, strict=True):
            factors = [signs[wire, bits[:, wire]] for wire in wires]
            weights += coefficient * np.prod(factors, axis=0)
            largest += abs(coefficient) * float(np.prod(np.abs(signs[list(wires)]).max(axis=1)))
        mean, error = mean_of_weights(weights, n, (-largest, largest))
        value, variance = value + mean, variance + error**2
    return value, float(np.sqrt(variance))


def effort(
    circuit: Circuit,
    observable: Observable,
    shots: int,
    zne: folding.ZNE | None = None,
    pec: cancellation.Cancellation | None = None,
) -> Effort:
    """Circuits and shots that measure_expectation runs, mitigation included."""
    circuits, variance = len(measurement_groups(observable).groups), 1.0
    if zne:
        more = folding.overhead(zne)
        circuits, variance = circuits * len(zne.scales), more.shots / more.circuits
    if pec:
        circuits = circuits * pec.samples
        variance = cancellation.overhead(circuit, pec.noise) / pec.samples
    return Effort(circuits, circuits * shots, variance)


def measure_expectation(
    run: Run,
    circuit: Circuit,
    observable: Observable,
    shots: int,
    readout: Sequence[QubitCalibration] | None = None,
    zne: folding.ZNE | None = None,
    pec: cancellation.Cancellation | None = None,
    rng: np.random.Generator | None = None,
) -> tuple[float, float]:
    """⟨observable⟩ after the circuit and its standard error; all circuits go to `run` at once.

    Args:
        circuit: as the device runs it, where zne or pec is asked: compiled to native gates.
        shots: of each circuit.
        readout: calibration of wires 0 … n−1; none: readout errors stay.
        rng: for pec.

    Raises:
        SpecError: zne and pec together, pec without rng, or no Pauli sum.
        Refused: the noise cannot be corrected, see the corrections.
    """
    if zne and pec:
        raise SpecError("zero-noise extrapolation or error cancellation was asked, found both")
    measurement = measurement_groups(observable)
    size = len(measurement.groups)
    if not size:
        return measurement.constant, 0.0
    variants, combine = variants_of(circuit, measurement.constant, zne, pec, rng)
    circuits = [c for variant in variants for c in expectation_circuits(variant, measurement)]
    counts = run(circuits, shots)
    found = [
        expectation_value(counts[k * size : (k + 1) * size], measurement, readout)
        for k in range(len(variants))
    ]
    return combine([value for value, _ in found], [error for _, error in found])


Combine = Callable[[list[float], list[float]], tuple[float, float]]


def variants_of(
    circuit: Circuit,
    constant: float,
    zne: folding.ZNE | None,
    pec: cancellation.Cancellation | None,
    rng: np.random.Generator | None,
) -> tuple[Sequence[Circuit], Combine]:
    """Circuits that are measured for one value, and how their values and errors make it.

    Args:
        constant: of the observable, which needs no measuring.
        rng: for pec.

    Raises:
        SpecError: pec without rng.
    """
    if zne:
        folded = [folding.fold(circuit, scale, zne.folding) for scale in zne.scales]
        return folded, lambda values, errors: folding.extrapolate(values, errors, zne)
    if pec:
        if rng is None:
            raise SpecError("error cancellation draws circuits, found no generator")
        drawn, signs = cancellation.draw_circuits(circuit, pec, rng)
        gamma = cancellation.gamma(circuit, pec.noise)

        def combine(values: list[float], _: list[float]) -> tuple[float, float]:
            # signs would only add noise to what needs no measuring
            varying = np.array(values) - constant
            value, error = cancellation.cancelled(varying, signs, gamma)
            return constant + value, error

        return drawn, combine
    return [circuit], lambda values, errors: (values[0], errors[0])
