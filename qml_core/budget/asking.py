"""What matrices that are only asked for take on a measured backend, and at most cost. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from qml_core.budget.prices import JobSize, Price, charge
from qml_core.budget.projection import EstimateJob, JobSizes, entries_of, projected
from qml_core.kernels.estimates import rows_and_bases
from qml_core.kernels.forecasting import Asked
from qml_core.references import Charge
from qml_core.specs import BackendSpec

CostOf = Callable[[int], Charge]
"""What the jobs cost at most with some shots of each circuit."""


def asked_sizes(matrices: Iterable[Asked], backend: BackendSpec) -> Counter[int]:
    """Jobs of all matrices by the number of their circuits, nothing in the store."""
    if backend.estimator == "randomised":
        return Counter(size for matrix in matrices for size in _row_jobs(matrix, backend))
    return Counter(entries_of(matrix, block) for matrix in matrices for block in matrix.blocks)


def _row_jobs(matrix: Asked, backend: BackendSpec) -> Iterator[int]:
    """Its rows in all bases; its columns are rows of another matrix, or its own."""
    height, width = rows_and_bases(backend)
    known = matrix.prefixes[-1] if matrix.prefixes else 0
    for rows in _parts(matrix.shape[0] - known, height):
        for bases in _parts(backend.bases, width):
            yield rows * bases


def _parts(length: int, most: int) -> Iterator[int]:
    for first in range(0, length, most):
        yield min(most, length - first)


def circuits_in(sizes: JobSizes) -> int:
    return sum(circuits * jobs for circuits, jobs in sizes.items())


def cost_at(sizes: JobSizes, backend: BackendSpec, estimate: EstimateJob) -> CostOf:
    """The cost by shots; where a pilot takes them all there is no second stage."""

    def cost(shots: int) -> Charge:
        asked = backend.model_copy(update={"shots": shots})
        if backend.allocation == "adaptive" and shots <= backend.pilot_shots:
            asked = asked.model_copy(update={"allocation": "fixed"})
        return projected(sizes, asked, estimate)

    return cost


def by_price_alone(price: Price) -> EstimateJob | None:
    """The estimate of a job where circuits and shots are all that is charged.

    None: gates or seconds count, which only the backend can tell, for its compiled circuits.
    """
    gates = price.usd_per_one_qubit_gate_shot + price.usd_per_two_qubit_gate_shot
    if gates or price.usd_per_second:
        return None
    return lambda circuits, shots: charge(price, JobSize(circuits=circuits, shots=shots))
