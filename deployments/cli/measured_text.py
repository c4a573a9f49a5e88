"""The lines of a dry run that a measured backend adds or changes, and its JSON."""

from typing import TYPE_CHECKING, Any

from deployments.cli.money import MICRO
from deployments.cli.money import usd as in_usd
from qml_core.backend_names import kind_of

if TYPE_CHECKING:
    from deployments.cli.measured_forecast import BudgetLeft, MeasuredForecast


def with_measured(document: dict[str, Any], found: "MeasuredForecast") -> dict[str, Any]:
    """The document with what is measured; a cost that nobody knows is null in both places."""
    estimate = {
        **document["estimate"],
        "circuits": found.circuits,
        "shots": found.all_shots,
        "usd": found.usd,
        "qpu_seconds": found.qpu_seconds,
    }
    return {**document, "estimate": estimate, "measured": found.model_dump(mode="json")}


_LAST = ("dollars", "price", "budget", "warning", "crossover", "training", "offer")


def measured_rows(rows: dict[str, str], found: "MeasuredForecast", backend: str) -> dict[str, str]:
    """Labels and texts of a forecast, those of state vectors replaced."""
    paid = kind_of(backend) == "qpu"
    jobs = "1 job" if found.jobs == 1 else f"{found.jobs:,} jobs"
    canary = f", {found.canary} of them the canary's" if found.canary else ""
    own = {
        "circuits": f"{found.circuits:,} in {jobs} on {backend}{canary}",
        "shots": f"{found.shots:,} a circuit, {found.all_shots:,} in all, at most",
        "dollars": _dollars(found) if paid else "0.00 USD, simulated on this machine",
        "price": "" if found.price is None else f"{found.price.source}, {found.price.as_of}",
        "budget": _budget(found, found.budget) if paid else "",
        "warning": "; ".join(found.warnings),
        "crossover": found.crossover,
    }
    if paid:
        computed = "of training" if "model" in rows else "of kernel computation"
        own["seconds"] = rows["seconds"].replace(computed, "without the queue")
    found_rows = {**rows, **own, "memory": ""}
    last = [label for label in _LAST if label in found_rows]
    first = [label for label in found_rows if label not in ("shots", *last)]
    first.insert(first.index("circuits") + 1, "shots")
    return {label: found_rows[label] for label in (*first, *last)}


def _dollars(found: "MeasuredForecast") -> str:
    if found.usd is None:
        why = found.cost_unknown
        return f"unknown {why}" if why.startswith("until ") else f"unknown: {why}"
    time = f" and {found.qpu_seconds:,.1f} s of QPU time" if found.qpu_seconds else ""
    return f"at most {in_usd(round(found.usd * MICRO))} USD{time}"


def _budget(found: "MeasuredForecast", budget: "BudgetLeft | None") -> str:
    if budget is None:
        return f"unknown: {found.budget_unknown}"
    time = "" if budget.qpu_seconds is None else f" and {budget.qpu_seconds:,.0f} s of QPU time"
    stands = f"project {budget.project} has {in_usd(round(budget.usd * MICRO))} USD{time} left"
    if budget.frozen:
        return f"{stands}, but is frozen after an overrun: nothing would be submitted"
    if budget.fits is None:
        return stands
    return f"{stands}: it fits" if budget.fits else f"{stands}: it does not fit; {_fitting(budget)}"


def _fitting(budget: "BudgetLeft") -> str:
    raised = f"or `qml budget set {budget.project} <usd>`"
    if not budget.shots_that_fit:
        return f"not even one shot a circuit would, {raised}"
    fixed = " with backend.allocation=fixed" if budget.without_pilot else ""
    return f"backend.shots={budget.shots_that_fit}{fixed} would, {raised}"
