"""`--dry-run` of measured backends: jobs, price, budget, and what the shots could tell apart."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pydantic import Field

from deployments.cli.door import Facts, kernel_of
from deployments.cli.few_rows import FewRows
from deployments.cli.ledger import find_backend, open_own_ledger
from qml_core.backend_names import is_device, provider_of
from qml_core.budget.asking import CostOf, asked_sizes, by_price_alone, circuits_in, cost_at
from qml_core.budget.entries import Budget
from qml_core.budget.limits import left
from qml_core.budget.prices import Price, find_price, read_prices
from qml_core.budget.projection import EstimateJob, affordable_shots, fits
from qml_core.errors import PriceUnknown, QMLError
from qml_core.kernels.forecasting import Asked, asked_matrices
from qml_core.references import Charge
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, DatasetSpec, ModelSpec, RunSpec, Spec
from qml_core.storage.bases import Base

if TYPE_CHECKING:
    from qml_core.hardware.protocol import Circuit

Specs = Mapping[str, Spec]


class BudgetLeft(Spec):
    """What the project may still reserve, and whether the job fits."""

    project: str
    usd: float
    qpu_seconds: float | None = Field(description="None: no cap")
    frozen: bool
    fits: bool | None = Field(description="None: the job's cost is unknown")
    shots_that_fit: int | None = Field(None, description="Of each circuit; none: all, or unknown")
    without_pilot: bool = Field(False, description="These shots leave nothing for a second stage")


class MeasuredForecast(Spec):
    """What a job takes on a measured backend at most, nothing in the store; None: unknown."""

    shots: int = Field(description="Of each circuit")
    circuits: int = Field(description="With those of the canary")
    all_shots: int
    jobs: int
    canary: int = Field(description="Circuits of the canary")
    usd: float | None
    qpu_seconds: float | None
    cost_unknown: str = Field("", description="Why usd and qpu_seconds are not known")
    price: Price | None = None
    budget: BudgetLeft | None = Field(None, description="None: simulated, or no ledger answered")
    budget_unknown: str = ""
    warnings: tuple[str, ...] = ()
    crossover: str = ""


def forecast_measured(
    specs: Specs, facts: Facts, n_qubits: int, base: Base | None
) -> MeasuredForecast:
    """Asks backend and ledger only where the job would be paid for.

    Args:
        base: the matrix that is extended.
    """
    backend, run = specs["backend"], specs["run"]
    assert isinstance(backend, BackendSpec)
    assert isinstance(run, RunSpec)
    rows = FewRows(specs, facts, base)
    sizes, canary = _sizes(specs, facts, base), _canary(backend, run)
    found = forecast_jobs(sizes, canary, backend, run, lambda: rows.example(backend))
    warnings, crossover = _warnings(specs, rows, n_qubits), _crossover(backend, facts, n_qubits)
    return found.model_copy(update={"warnings": warnings, "crossover": crossover})


def _sizes(specs: Specs, facts: Facts, base: Base | None) -> Counter[int]:
    dataset, backend = specs["dataset"], specs["backend"]
    assert isinstance(dataset, DatasetSpec)
    assert isinstance(backend, BackendSpec)
    if base is not None:
        shape, edge = (facts.rows, facts.rows), base.manifest.edge
        return asked_sizes([Asked(shape, True, edge, base.prefixes)], backend)
    first, later = asked_matrices(facts.rows, dataset.split, specs)
    return asked_sizes([*first, *later], backend)


def _canary(backend: BackendSpec, run: RunSpec) -> int:
    """Circuits of the small first job on a QPU, at most."""
    if backend.kind != "qpu" or not run.canary:
        return 0
    from qml_core.hardware.canary import DIAGONALS, PAIRS

    return DIAGONALS + PAIRS


def forecast_jobs(
    own: Counter[int],
    canary: int,
    backend: BackendSpec,
    run: RunSpec,
    example: "Callable[[], Circuit]",
    own_at: Callable[[int], Counter[int]] | None = None,
) -> MeasuredForecast:
    """Of jobs, by their circuits; on a QPU with their canary, price, cost and budget.

    Args:
        canary: circuits of the canary, where one is wanted.
        example: the longest of a few circuits of the job, asked for where its gates are charged.
        own_at: the jobs with other shots of each circuit; none: the same.
    """
    wanted = canary if backend.kind == "qpu" and run.canary else 0
    first = Counter({wanted: 1} if wanted else {})
    sizes = own + first
    circuits = circuits_in(sizes)
    assert backend.shots is not None
    found = MeasuredForecast(
        shots=backend.shots,
        circuits=circuits,
        all_shots=circuits * backend.shots,
        jobs=sizes.total(),
        canary=wanted,
        usd=0.0,
        qpu_seconds=0.0,
    )
    if backend.kind != "qpu":
        return found
    at = own_at or (lambda shots: own)
    return _priced(found, lambda shots: at(shots) + first, backend, run, example)


def _priced(
    found: MeasuredForecast,
    sizes_at: Callable[[int], Counter[int]],
    backend: BackendSpec,
    run: RunSpec,
    example: "Callable[[], Circuit]",
) -> MeasuredForecast:
    """With price, cost and budget; what cannot be known says why and is never 0."""
    price: Price | None = None
    needed: Charge | None = None
    cost: CostOf | None = None
    unknown = ""
    try:
        price = find_price(backend.name, read_prices())
        estimate = _estimate(price, backend, example)
        cost = _cost_by_shots(sizes_at, backend, estimate)
        needed = cost(found.shots)
    except PriceUnknown as error:
        unknown = str(error)
    except QMLError as error:
        unknown = f"until {backend.name} can be asked: {error.message}"
    more: dict[str, object] = {
        "price": price,
        "cost_unknown": unknown,
        "usd": None if needed is None else needed.usd,
        "qpu_seconds": None if needed is None else needed.qpu_seconds,
    }
    try:
        budget = _budget(run.project)
    except QMLError as error:
        more["budget_unknown"] = str(error)
    else:
        more["budget"] = _left(budget, needed, cost, backend)
    return found.model_copy(update=more)


def _cost_by_shots(
    sizes_at: Callable[[int], Counter[int]], backend: BackendSpec, estimate: EstimateJob
) -> CostOf:
    return lambda shots: cost_at(sizes_at(shots), backend, estimate)(shots)


def _estimate(price: Price, backend: BackendSpec, example: "Callable[[], Circuit]") -> EstimateJob:
    """By the price where that is enough, else by the backend, for a circuit as it compiles it.

    Devices of IBM and IonQ also say what the price does not: QPU time, or a contract's own terms.

    Raises:
        QMLError: the backend could not be asked.
    """
    asked = is_device(backend.name) and provider_of(backend.name) != "braket"
    alone = None if asked else by_price_alone(price)
    if alone is not None:
        return alone
    opened = find_backend(backend.name)
    circuit = example()
    return lambda circuits, shots: opened.estimate(circuit, circuits, shots)


def _budget(project: str) -> Budget:
    """Of a ledger that is there: a dry run makes none."""
    from qml_core.budget.connection import Database

    now = datetime.now(timezone.utc)
    if Database(Settings.from_environment().ledger_url).is_fresh:
        zero = Charge()
        return Budget(project, zero, None, zero, zero, zero, False, now, now)
    return open_own_ledger().budget(project, now)


def _left(
    budget: Budget, needed: Charge | None, cost: CostOf | None, backend: BackendSpec
) -> BudgetLeft:
    free = left(budget)
    enough = None if needed is None else fits(needed, budget) and not budget.frozen
    shots, adaptive = None, backend.allocation == "adaptive"
    if enough is False and cost is not None:
        shots = affordable_shots(backend, budget, cost)
    return BudgetLeft(
        project=budget.project,
        usd=free.usd,
        qpu_seconds=None if budget.cap_qpu_ms is None else free.qpu_seconds,
        frozen=budget.frozen,
        fits=enough,
        shots_that_fit=shots,
        without_pilot=adaptive and shots is not None and shots <= backend.pilot_shots,
    )


def _warnings(specs: Specs, rows: FewRows, n_qubits: int) -> tuple[str, ...]:
    """Where predicted entries could not be told from 0, candidate by candidate, once each."""
    from qml_core.hardware.shots import concentration_warning

    backend, model = specs["backend"], specs.get("model")
    assert isinstance(backend, BackendSpec)
    assert backend.shots is not None
    kernels = model.candidate_kernels() if isinstance(model, ModelSpec) else [kernel_of(specs)]
    found: dict[str, list[str]] = {}
    for kernel in kernels if backend.estimator == "compute_uncompute" else ():
        text = concentration_warning(n_qubits, backend.shots, rows.predicted(kernel, n_qubits))
        if text is not None:
            found.setdefault(text, []).append(f"{kernel.encoding.bandwidth:g}")
    if len(kernels) == 1:
        return tuple(found)
    return tuple(f"bandwidth {', '.join(widths)}: {text}" for text, widths in found.items())


def _crossover(backend: BackendSpec, facts: Facts, n_qubits: int) -> str:
    if backend.estimator != "randomised":
        return ""
    from qml_core.hardware.randomised import crossover

    assert backend.shots is not None
    return str(crossover(n_qubits, facts.rows, backend.shots, backend.bases))
