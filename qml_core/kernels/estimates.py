"""What a kernel matrix takes: circuits, shots, seconds, bytes. Pure, of shape and specs."""

from qml_core.backend_names import circuits_per_job
from qml_core.kernels.blocks import EDGE
from qml_core.kernels.parts import Parts, amplitudes
from qml_core.references import Estimate
from qml_core.specs import BackendSpec, KernelSpec

COMPLEX_BYTES = {"double": 16, "single": 8}
_ENTRY_BYTES = {"float64": 8, "float32": 4}
_SECONDS_PER_AMPLITUDE = 3e-8  # encoding, two cores, IQP with two repetitions
_SECONDS_PER_PRODUCT = 4e-11  # complex multiply-add in a matrix product, two cores
_SECONDS_PER_DISTANCE = 5e-10  # term of a squared distance of Bloch vectors, two cores
_SECONDS_PER_CIRCUIT = {"exact": 2e-3, "noisy": 5e-2, "qpu": 5e-3}  # converted, simulated, read
_SECONDS_PER_JOB = {"exact": 0.0, "noisy": 0.1, "qpu": 10.0}  # polling; a queue is not foreseen


def estimate(
    shape: tuple[int, int],
    symmetric: bool,
    kernel: KernelSpec,
    parts: Parts,
    backend: BackendSpec,
    known: int = 0,
) -> Estimate:
    """Cost of a matrix: exact, one circuit per row and one entry per pair; measured, per entry.

    An exact entry is a complex product of states, or a distance of 3 numbers per qubit.

    Args:
        parts: qubits of each state that is simulated for a row.
        known: first rows of a symmetric matrix whose entries among themselves are stored.
    """
    circuits = shape[0] if symmetric else sum(shape)
    pairs = shape[0] * (shape[0] + 1) // 2 if symmetric else shape[0] * shape[1]
    pairs -= known * (known + 1) // 2
    if backend.measured:
        return _measured(pairs, shape, backend)
    size = amplitudes(parts)
    state_bytes = COMPLEX_BYTES[backend.precision] * int(size)
    entry = {
        "fidelity": size * _SECONDS_PER_PRODUCT,
        "projected": 3 * sum(parts) * _SECONDS_PER_DISTANCE,
    }
    seconds = circuits * size * _SECONDS_PER_AMPLITUDE + pairs * entry[kernel.kind]
    if backend.name != "qml.batched":
        seconds += circuits * 2e-3 * sum(parts) ** 2  # one circuit at a time, gate by gate
    return Estimate(
        circuits=circuits,
        shots=0,
        seconds=seconds,
        qpu_seconds=0.0,
        usd=0.0,
        state_bytes=2 * min(EDGE, max(shape)) * state_bytes,
        stored_bytes=_ENTRY_BYTES[backend.storage] * pairs,
    )


def with_pilot(cost: Estimate, kernel: KernelSpec, shape: tuple[int, int]) -> Estimate:
    """The cost of K(rows, landmarks) with that of choosing them: leverage needs as much again."""
    if kernel.landmark_choice != "leverage" or shape[0] <= shape[1]:
        return cost
    return cost.model_copy(update={"circuits": 2 * cost.circuits, "seconds": 2 * cost.seconds})


def _measured(pairs: int, shape: tuple[int, int], backend: BackendSpec) -> Estimate:
    """One circuit per entry, or `bases` per row; dollars and QPU time are the gate's to say.

    In random bases the columns are rows that another matrix measures: K(train, train) those of
    K(test, train).
    """
    assert backend.shots is not None
    if backend.estimator == "randomised":
        rows, bases = rows_and_bases(backend)
        circuits = shape[0] * backend.bases
        jobs = -(-shape[0] // rows) * -(-backend.bases // bases)
    else:
        circuits = pairs
        jobs = -(-circuits // circuits_per_job(backend.name, backend.shots))
    return Estimate(
        circuits=circuits,
        shots=circuits * backend.shots,
        seconds=measured_seconds(circuits, jobs, backend),
        qpu_seconds=0.0,
        usd=0.0,
        state_bytes=0,
        stored_bytes=5 * _ENTRY_BYTES["float64"] * pairs,
    )


def measured_seconds(circuits: int, jobs: int, backend: BackendSpec) -> float:
    """Wall time of jobs, seconds."""
    kind = backend.kind
    return circuits * _SECONDS_PER_CIRCUIT[kind] + jobs * _SECONDS_PER_JOB[kind]


def rows_and_bases(backend: BackendSpec) -> tuple[int, int]:
    """Rows, and bases of each, that one job of randomised measurements holds."""
    assert backend.shots is not None
    most = circuits_per_job(backend.name, backend.shots)
    return max(1, most // backend.bases), min(most, backend.bases)


def total(costs: list[Estimate]) -> Estimate:
    """Costs add up; memory is that of the largest."""
    summed = {
        name: sum(getattr(cost, name) for cost in costs)
        for name in Estimate.model_fields
        if name != "state_bytes"
    }
    return Estimate(**summed, state_bytes=max(cost.state_bytes for cost in costs))
