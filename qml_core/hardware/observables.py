"""Expectation values on any backend: planned, priced, run as jobs, raw and mitigated.

Readout errors are undone with the snapshot of each job. Zero-noise extrapolation folds what IBM's
compiler made, elsewhere the circuit as it is written, with barriers. Error cancellation takes the
noise of gates as they are written, so write what the device runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qml_core.backend_names import circuits_per_job
from qml_core.errors import SpecError
from qml_core.hardware.expectation import (
    Combine,
    Measurement,
    Observable,
    expectation_circuits,
    expectation_value,
    measurement_groups,
    variants_of,
)
from qml_core.hardware.gates import expand
from qml_core.hardware.measurement import Ran
from qml_core.hardware.mitigation.cancellation import Cancellation, overhead
from qml_core.hardware.mitigation.folding import ZNE
from qml_core.hardware.mitigation.folding import overhead as extrapolation_overhead
from qml_core.hardware.orders import longest
from qml_core.hardware.protocol import Circuit, Counts, QuantumBackend
from qml_core.hardware.running import Run
from qml_core.keys import key
from qml_core.references import Charge, QubitCalibration
from qml_core.references.charges import total

Array = NDArray[np.float64]
Readout = Sequence[QubitCalibration] | None
Value = tuple[float, float]
"""With its standard error."""


@dataclass(frozen=True)
class Mitigation:
    """What is done about errors; all of it costs nothing but what `PlannedExpectations` counts."""

    readout: bool = True
    """Where the qubits that were read and their calibration are known."""
    zne: ZNE | None = None
    pec: Cancellation | None = None
    seed: int = 0
    """Of the circuits that error cancellation draws."""

    def __post_init__(self) -> None:
        if self.zne and self.pec:
            raise SpecError("zero-noise extrapolation or error cancellation was asked, found both")


@dataclass(frozen=True)
class Expectations:
    """⟨H⟩ of each circuit (k,)."""

    raw: Array
    raw_errors: Array
    """Standard errors, of the shots."""
    mitigated: Array
    mitigated_errors: Array
    readout: bool
    """Whether readout was corrected everywhere; where it is not known it is not."""
    jobs: tuple[str, ...] = ()
    """Provider's job ids."""
    calibrations: tuple[str, ...] = ()
    """Digests of the snapshots that the jobs were submitted under."""


@dataclass(frozen=True)
class PlannedExpectations:
    """All circuits of expectation values, mitigation included, and how they make them. Pure."""

    circuits: tuple[Circuit, ...]
    shots: int
    """Of each circuit."""
    backend: str
    variance: float
    """Of the largest mitigated value, times that of the raw one with the same shots per circuit."""
    shapes: tuple["Shape", ...] = field(repr=False)

    @property
    def all_shots(self) -> int:
        return len(self.circuits) * self.shots

    @cached_property
    def jobs(self) -> tuple[tuple[Circuit, ...], ...]:
        """Circuits of each job, as many as the backend takes."""
        most = circuits_per_job(self.backend, self.shots)
        return tuple(self.circuits[k : k + most] for k in range(0, len(self.circuits), most))

    def charge(self, backend: QuantumBackend) -> Charge:
        """The most that all jobs cost; raises PriceUnknown."""
        return total(backend.estimate(longest(job), len(job), self.shots) for job in self.jobs)


@dataclass(frozen=True)
class Shape:
    """How the counts of one circuit's variants make its value."""

    width: int
    """Wires."""
    variants: int
    """The first of them is the circuit itself."""
    combined: tuple[int, ...]
    """Variants that `combine` is of."""
    combine: Combine = field(repr=False)


def plan_expectations(
    circuits: Sequence[Circuit],
    observable: Observable,
    shots: int,
    backend: str,
    mitigation: Mitigation = Mitigation(),
) -> PlannedExpectations:
    """What `expectation_values` will run; for the gates, before anything is run.

    Args:
        shots: of each circuit that is run.
        backend: its name.

    Raises:
        SpecError: the observable is no real sum of Pauli strings, or has wires that circuits lack.
        CircuitRefused: a gate has no inverse to fold with.
    """
    measurement = measurement_groups(observable)
    planned, shapes, variance = [], [], 1.0
    for position, circuit in enumerate(circuits):
        variants, shape = _variants(circuit, measurement.constant, mitigation, position)
        planned += [c for variant in variants for c in expectation_circuits(variant, measurement)]
        shapes.append(shape)
        variance = max(variance, _growth(circuit, mitigation))
    return PlannedExpectations(tuple(planned), shots, backend, variance, tuple(shapes))


def expectation_values(
    run: Run,
    circuits: Sequence[Circuit],
    observable: Observable,
    shots: int,
    mitigation: Mitigation = Mitigation(),
) -> Expectations:
    """⟨observable⟩ after each circuit, raw and mitigated, from the jobs that were planned.

    The same circuits with the same terms are the same jobs: a second call collects them.

    Raises:
        SpecError, CircuitRefused: as plan_expectations.
        Refused: the noise cannot be corrected, see the corrections; or a gate says no.
        BackendError: as the run.
    """
    measurement = measurement_groups(observable)
    planned = plan_expectations(circuits, observable, shots, run.backend.name, mitigation)
    ran = [run(_part(job), job, shots) for job in planned.jobs]
    read = [(done, k) for done in ran for k in range(len(done.counts))]
    groups = len(measurement.groups)
    values: list[tuple[Value, Value]] = []
    known = mitigation.readout and bool(read)
    start = 0
    for shape in planned.shapes:
        own = read[start : start + shape.variants * groups]
        start += len(own)
        readouts = [done.readout(k, shape.width) if mitigation.readout else None for done, k in own]
        known = known and None not in readouts
        values.append(_value(own, readouts, measurement, shape))
    raw, mitigated = (np.array([pair[k] for pair in values]).reshape(-1, 2).T for k in (0, 1))
    snapshots = [done.calibration.digest for done in ran if done.calibration]
    return Expectations(
        raw=raw[0],
        raw_errors=raw[1],
        mitigated=mitigated[0],
        mitigated_errors=mitigated[1],
        readout=known,
        jobs=tuple(done.job for done in ran if done.job),
        calibrations=tuple(dict.fromkeys(snapshots)),
    )


def _variants(
    circuit: Circuit, constant: float, mitigation: Mitigation, position: int
) -> tuple[tuple[Circuit, ...], Shape]:
    """The circuit itself, then what else is measured for its value."""
    rng = np.random.default_rng([mitigation.seed, position])
    found, combine = variants_of(circuit, constant, mitigation.zne, mitigation.pec, rng)
    first = mitigation.zne is not None and mitigation.zne.scales[0] == 1
    alone = first or not (mitigation.zne or mitigation.pec)
    every = tuple(found) if alone else (circuit, *found)
    combined = tuple(range(len(every) - len(found), len(every)))
    return every, Shape(len(circuit.wires), len(every), combined, combine)


def _growth(circuit: Circuit, mitigation: Mitigation) -> float:
    """Of the variance."""
    if mitigation.zne:
        more = extrapolation_overhead(mitigation.zne)
        return more.shots / more.circuits
    if mitigation.pec:
        return overhead(circuit, mitigation.pec.noise) / mitigation.pec.samples
    return 1.0


def _value(
    read: Sequence[tuple[Ran, int]],
    readouts: Sequence[Readout],
    measurement: Measurement,
    shape: Shape,
) -> tuple[Value, Value]:
    """Raw and mitigated."""
    if not measurement.groups:
        return (measurement.constant, 0.0), (measurement.constant, 0.0)
    counts = [done.counts[k] for done, k in read]
    size = len(measurement.groups)
    parts = [slice(k * size, (k + 1) * size) for k in range(shape.variants)]
    raw = _sum(counts[parts[0]], [None] * size, measurement)
    chosen = [parts[k] for k in shape.combined]
    found = [_sum(counts[part], readouts[part], measurement) for part in chosen]
    return raw, shape.combine([value for value, _ in found], [error for _, error in found])


def _sum(counts: Sequence[Counts], readouts: Sequence[Readout], measurement: Measurement) -> Value:
    """Over groups, which may have been read from other qubits or in other jobs."""
    value, variance = measurement.constant, 0.0
    for group, found, readout in zip(measurement.groups, counts, readouts, strict=True):
        part, error = expectation_value([found], Measurement(0.0, (group,)), readout)
        value, variance = value + part, variance + error**2
    return value, float(np.sqrt(variance))


def _part(job: Sequence[Circuit]) -> str:
    """Name of a job: of what its circuits do, so that other circuits are another job."""
    written = [
        [[op.name, op.wires.tolist(), [float(p) for p in op.parameters]] for op in circuit]
        for circuit in (expand(circuit).operations for circuit in job)
    ]
    return f"expectation values {key('circuits', written=written)[:32]}"
