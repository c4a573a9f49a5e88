"""What a searcher's own circuits would take on a device, though a comparison simulates them."""

from collections.abc import Sequence

from qml_core.backend_names import DEFAULT_SHOTS
from qml_core.budget.asking import by_price_alone
from qml_core.budget.prices import find_price, read_prices
from qml_core.budget.projection import EstimateJob
from qml_core.errors import PriceUnknown
from qml_core.optimisation.comparison.compared import Compared
from qml_core.optimisation.qaoa.estimates import READOUT, readout_circuits, readout_jobs
from qml_core.references import SearcherCost
from qml_core.specs import BackendSpec, SearchSpec

_MICRO = 1e-6


def searcher_cost(found: Compared, search: SearchSpec) -> SearcherCost:
    """One circuit per evaluation of the objective, as COBYLA or SPSA take it, and a readout per
    draw; gradients, which exact simulation follows, would take more.

    Shots and prices are those of `search.qaoa_backend`; an exact one counts 1000 shots, no price.
    """
    backend = shots_of(search)
    assert backend.shots is not None
    read, shots = readout_circuits(search.qaoa, backend)
    return SearcherCost(
        seconds=found.seconds,
        evaluations=found.evaluations,
        circuits=found.evaluations + found.readouts * read,
        shots=found.evaluations * backend.shots + found.readouts * read * shots,
        usd=_usd(found, search, backend) if search.qaoa_backend.measured else None,
    )


def shots_of(search: SearchSpec) -> BackendSpec:
    """Where the circuits would run, with a number of shots."""
    backend = search.qaoa_backend
    return backend if backend.measured else BackendSpec(shots=DEFAULT_SHOTS)


def how_counted(searches: Sequence[SearchSpec]) -> str:
    """One or two sentences for the page."""
    said = [_words(search) for search in searches]
    how = "; ".join(dict.fromkeys(said))
    exact = any(search.qaoa.tuner in ("lbfgs", "adam") for search in searches)
    more = "; the gradients that exact tuning follows are not counted" if exact else ""
    return (
        "Nothing of this was bought: the searcher's circuits are simulated exactly. Counted is "
        f"what a device would run: one circuit per evaluation of the objective ({how}) and, per "
        f"draw, a {READOUT}{more}."
    )


def _words(search: SearchSpec) -> str:
    backend = shots_of(search)
    if not search.qaoa_backend.measured:
        return f"{backend.shots:,} shots, not priced"
    if _price_of(backend) is None:
        on = f"{backend.shots:,} shots on {backend.name}"
        return f"{on}, whose price depends on compiled circuits or is not known"
    return f"{backend.shots:,} shots at the prices of {backend.name}"


def _usd(found: Compared, search: SearchSpec, backend: BackendSpec) -> float | None:
    price_of = _price_of(backend)
    if price_of is None:
        return None
    assert backend.shots is not None
    _, shots = readout_circuits(search.qaoa, backend)
    jobs = readout_jobs("", search.qaoa, backend).values()
    readout = sum(price_of(circuits, shots).microusd for circuits in jobs)
    evaluation = price_of(1, backend.shots).microusd
    return _MICRO * (found.evaluations * evaluation + found.readouts * readout)


def _price_of(backend: BackendSpec) -> EstimateJob | None:
    """None where no price is known, or it depends on gates or seconds of compiled circuits."""
    try:
        return by_price_alone(find_price(backend.name, read_prices()))
    except PriceUnknown:
        return None
