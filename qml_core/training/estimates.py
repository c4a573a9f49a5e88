"""What a training takes: circuits, jobs, seconds, bytes. Pure, of its evaluations and backend."""

from collections import Counter
from collections.abc import Iterable

from qml_core.backend_names import circuits_per_job
from qml_core.kernels.estimates import measured_seconds
from qml_core.references import Estimate
from qml_core.specs import BackendSpec
from qml_core.training.evaluations import Evaluation, Evaluations

_SECONDS_PER_EVALUATION = 1e-2
_SECONDS_PER_GATE_AMPLITUDE = 2e-8  # of a row and parameter, there and back, two cores
_NUMBERS_PER_PARAMETER = 12  # present, best, two moments of Adam; the newest three are kept


def job_sizes(evaluations: Iterable[tuple[Evaluation, int]], backend: BackendSpec) -> Counter[int]:
    """Jobs by the number of their circuits, of evaluations and how often each is there."""
    sizes: Counter[int] = Counter()
    for evaluation, times in evaluations:
        for size, jobs in Counter(circuits_of_jobs(evaluation, backend)).items():
            sizes[size] += times * jobs
    return sizes


def circuits_of_jobs(evaluation: Evaluation, backend: BackendSpec) -> tuple[int, ...]:
    """Circuits of each job of an evaluation, in their order."""
    assert backend.shots is not None
    most = circuits_per_job(backend.name, backend.shots)
    full, rest = divmod(evaluation.circuits, most)
    return (most,) * full + ((rest,) if rest else ())


def job_names(evaluation: Evaluation, backend: BackendSpec) -> tuple[str, ...]:
    """Of each job of an evaluation, as hardware/readouts.py names them."""
    jobs = len(circuits_of_jobs(evaluation, backend))
    if jobs < 2:
        return (evaluation.part,)
    return tuple(f"{evaluation.part} job {number}" for number in range(1, jobs + 1))


def estimate(evaluations: Evaluations, backend: BackendSpec, kept_bytes: int) -> Estimate:
    """Of all epochs and the held-out rows; dollars and QPU time are the gate's to say.

    Args:
        kept_bytes: of the states that are held at once where they are simulated exactly.
    """
    if not backend.measured:
        return _exact(evaluations, backend, kept_bytes)
    assert backend.shots is not None
    sizes = job_sizes(evaluations.counted(), backend)
    circuits = sum(size * jobs for size, jobs in sizes.items())
    return Estimate(
        circuits=circuits,
        shots=circuits * backend.shots,
        seconds=measured_seconds(circuits, sizes.total(), backend),
        qpu_seconds=0.0,
        usd=0.0,
        state_bytes=0,
        stored_bytes=_stored(evaluations),
    )


def _exact(evaluations: Evaluations, backend: BackendSpec, kept_bytes: int) -> Estimate:
    passes = list(evaluations.counted())
    circuits = sum(found.circuits * times for found, times in passes)
    number = sum(times for _, times in passes)
    size = circuits * evaluations.circuit.n_parameters * 2.0**evaluations.circuit.n_qubits
    return Estimate(
        circuits=circuits,
        shots=0,
        seconds=number * _SECONDS_PER_EVALUATION + size * _SECONDS_PER_GATE_AMPLITUDE,
        qpu_seconds=0.0,
        usd=0.0,
        state_bytes=kept_bytes,
        stored_bytes=_stored(evaluations),
    )


def _stored(evaluations: Evaluations) -> int:
    return 8 * _NUMBERS_PER_PARAMETER * evaluations.circuit.n_parameters
