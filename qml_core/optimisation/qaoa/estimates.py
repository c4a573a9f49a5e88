"""What a QAOA takes: parts, circuits, jobs, seconds, bytes. Pure, of its problem and backend.

Tuners may end before their evaluations are spent, so that all of it is an upper bound.
"""

from collections import Counter
from collections.abc import Iterator
from math import ceil

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.kernels.estimates import measured_seconds
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.registers import Registers
from qml_core.optimisation.qaoa.angles import mixer_of
from qml_core.references import Estimate
from qml_core.specs import BackendSpec, QAOASpec
from qml_core.training.estimates import circuits_of_jobs, job_names
from qml_core.training.evaluations import Evaluation

READOUT = "readout"

CANARY = 1
"""Circuits of the canary: that of the QAOA itself, followed by its inverse."""

_EXAMPLE_ANGLE = 0.5

_SECONDS_PER_EVALUATION = 1e-3
_SECONDS_PER_AMPLITUDE = 4e-8  # of a layer, there and back, two cores
_STATES = 4  # ket, bra, scratch, diagonal
_STATE_BYTES = 16
_BYTES_PER_SAMPLE = 20


def evaluations(qaoa: QAOASpec, *, measured: bool) -> int:
    """Of the objective, of all rounds together; nothing is measured that chooses nothing."""
    if measured and qaoa.measured_tuner == "none":
        return 0
    return qaoa.evaluations


def prefixes(qaoa: QAOASpec, n_variables: int) -> tuple[str, ...]:
    """Of the parts of each round; recursive QAOA fixes one variable in each."""
    if qaoa.recursive is None:
        return ("",)
    count = max(1, n_variables - qaoa.recursive)
    return tuple(f"round {number} " for number in range(1, count + 1))


def evaluation_names(qaoa: QAOASpec, prefix: str) -> Iterator[str]:
    """That the evaluations of a round may have; spsa alone measures at both sides of a point."""
    sides = (" plus", " minus", "") if qaoa.measured_tuner == "spsa" else ("",)
    for number in range(1, evaluations(qaoa, measured=True) + 1):
        yield from (f"{prefix}evaluation {number}{side}" for side in sides)


def readout_circuits(qaoa: QAOASpec, backend: BackendSpec) -> tuple[int, int]:
    """Circuits of a readout, and shots of each: none has more than the backend's shots."""
    assert backend.shots is not None
    circuits = ceil(qaoa.samples / backend.shots)
    return circuits, ceil(qaoa.samples / circuits)


def readout_jobs(prefix: str, qaoa: QAOASpec, backend: BackendSpec) -> dict[str, int]:
    """Circuits of each job of a round's readout by its name, in their order."""
    circuits, _ = readout_circuits(qaoa, backend)
    read = Evaluation(f"{prefix}{READOUT}", 1, 1, circuits, circuits)
    return dict(zip(job_names(read, backend), circuits_of_jobs(read, backend), strict=True))


def job_sizes(qaoa: QAOASpec, n_variables: int, backend: BackendSpec) -> Counter[int]:
    """Jobs of all rounds by the number of their circuits."""
    sizes = Counter({1: evaluations(qaoa, measured=True)})
    for prefix in prefixes(qaoa, n_variables):
        sizes += Counter(readout_jobs(prefix, qaoa, backend).values())
    return sizes


def states_of(ising: Ising, registers: Registers, qaoa: QAOASpec) -> int:
    """Basis states that the exact engine holds: the feasible ones, all, or half of all."""
    if mixer_of(qaoa, registers) != "x":
        return registers.size
    halved = ising.even and qaoa.warm_start is None
    return 1 << ising.n_qubits - int(halved)


def example_angles(qaoa: QAOASpec) -> NDArray[np.float64]:
    """(2, p) that stand for any: which they are changes no gate."""
    return np.full((2, qaoa.layers), _EXAMPLE_ANGLE)


def check_measurable(qaoa: QAOASpec, backend: BackendSpec) -> None:
    """Raise SpecError where values from shots cannot be had or used as asked."""
    if not backend.measured:
        return
    if qaoa.measured_tuner in ("lbfgs", "adam"):
        raise SpecError(
            f"qaoa.optimiser={qaoa.optimiser} follows exact gradients, backend {backend.name} "
            f"with {backend.shots} shots gives none",
            "choose qaoa.optimiser=cobyla, spsa or none, or an exact backend without shots",
        )
    if backend.allocation == "adaptive" or backend.estimator == "randomised":
        raise SpecError(
            f"backend.allocation={backend.allocation} and estimator={backend.estimator} are of "
            "kernel entries, QAOA takes the same shots of every circuit",
            "leave both out",
        )


def estimate(ising: Ising, registers: Registers, qaoa: QAOASpec, backend: BackendSpec) -> Estimate:
    """Of all evaluations and readouts; dollars and QPU time are the gate's to say."""
    rounds, n = len(prefixes(qaoa, ising.n_qubits)), ising.n_qubits
    tuned = evaluations(qaoa, measured=backend.measured)
    stored = 8 * (1 + 2 * qaoa.layers) * tuned + (n + _BYTES_PER_SAMPLE) * qaoa.samples
    if not backend.measured:
        states = states_of(ising, registers, qaoa)
        work = _SECONDS_PER_EVALUATION + qaoa.layers * states * _SECONDS_PER_AMPLITUDE
        return Estimate(
            circuits=tuned + rounds,
            shots=0,
            seconds=(tuned + rounds) * work,
            qpu_seconds=0.0,
            usd=0.0,
            state_bytes=_STATES * _STATE_BYTES * states,
            stored_bytes=stored,
        )
    sizes = job_sizes(qaoa, n, backend)
    circuits = sum(size * jobs for size, jobs in sizes.items())
    read, shots = readout_circuits(qaoa, backend)
    assert backend.shots is not None
    return Estimate(
        circuits=circuits,
        shots=tuned * backend.shots + rounds * read * shots,
        seconds=measured_seconds(circuits, sizes.total(), backend),
        qpu_seconds=0.0,
        usd=0.0,
        state_bytes=0,
        stored_bytes=stored,
    )
