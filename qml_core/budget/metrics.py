"""The ledger as Prometheus metrics: computed when they are read, nothing is counted twice.

Labels are the names below and nothing else: projects and backends as the ledger has them, checked
against their patterns, and outcomes from a list.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from qml_core.backend_names import kind_of
from qml_core.budget.entries import JobRecord
from qml_core.budget.standing import Books, standings
from qml_core.errors import LedgerUnavailable
from qml_core.references import BackendStanding, BudgetStanding

LABELS = ("project", "backend", "outcome")
OUTCOMES = ("done", "failed", "cancelled", "lost")
OTHER = "other"
_PROJECT = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class LedgerCollector:
    """Reads the ledger whenever Prometheus asks.

    Args:
        open_books: opens the ledger; may raise LedgerUnavailable, then `qml_ledger_up` is 0.
        backends: standings to be told as gauges.
        clock: the time, with its zone.
    """

    def __init__(
        self,
        open_books: Callable[[], Books],
        backends: Callable[[], Iterable[BackendStanding]],
        clock: Callable[[], datetime],
    ) -> None:
        self._open_books, self._backends, self._clock = open_books, backends, clock

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering it must not read the ledger."""
        return ()

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("qml_ledger_up", "1 where the ledger answers")
        try:
            now = self._clock()
            books = self._open_books()
            jobs = books.jobs()
            budgets = standings(books, now)
        except LedgerUnavailable:
            up.add_metric([], 0)
            yield up
        else:
            up.add_metric([], 1)
            yield up
            yield from _counters(jobs)
            yield from _budget_gauges(budgets)
        yield from _backend_gauges(self._backends())


def _counters(jobs: Iterable[JobRecord]) -> Iterator[Metric]:
    sums: defaultdict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for job in jobs:
        if job.settled is not None:
            total = sums[_project(job.project), _backend(job.backend), _outcome(job.outcome)]
            counted = (job.circuits, job.circuits * job.shots, job.settled.microusd)
            total[:] = [a + b for a, b in zip(total, counted, strict=True)]
    for column, (name, text, unit) in enumerate(
        (
            ("qml_circuits", "Circuits of jobs that ended, by outcome", 1),
            ("qml_shots", "Shots of jobs that ended, all circuits", 1),
            ("qml_dollars", "USD billed", 1_000_000),
        )
    ):
        family = CounterMetricFamily(name, text, labels=LABELS)
        for labels, values in sorted(sums.items()):
            family.add_metric(labels, values[column] / unit)
        yield family


def _budget_gauges(budgets: Sequence[BudgetStanding]) -> Iterator[Metric]:
    columns: dict[str, tuple[str, Callable[[BudgetStanding], float]]] = {
        "qml_cap_dollars": ("Budget of the window, USD", lambda s: s.cap.usd),
        "qml_reserved_dollars": ("Reserved and not settled, USD", lambda s: s.reserved.usd),
        "qml_left_dollars": ("Free to reserve, USD", lambda s: s.left.usd),
        "qml_burn_dollars_per_hour": ("USD settled in the last hour", lambda s: s.burn_usd_per_h),
        "qml_jobs_in_doubt": ("Jobs to be reconciled", lambda s: s.in_doubt),
        "qml_budget_frozen": ("1 after an overrun", lambda s: s.frozen),
    }
    for name, (text, value) in columns.items():
        family = GaugeMetricFamily(name, text, labels=("project",))
        for standing in budgets:
            if _PROJECT.fullmatch(standing.project):
                family.add_metric([standing.project], float(value(standing)))
        yield family


def _backend_gauges(standings: Iterable[BackendStanding]) -> Iterator[Metric]:
    found = list(standings)
    columns: dict[str, tuple[str, Callable[[BackendStanding], float | None]]] = {
        "qml_backend_up": ("1 where the backend serves", lambda s: bool(s.serves)),
        "qml_queue": ("Jobs ahead of a new one", lambda s: s.queue),
        "qml_calibration_age_hours": ("Age of the calibration", lambda s: s.calibration_age_h),
    }
    for name, (text, value) in columns.items():
        family = GaugeMetricFamily(name, text, labels=("backend",))
        for standing in found:
            number = value(standing)
            if number is not None:
                family.add_metric([_backend(standing.name)], float(number))
        yield family


def _project(name: str) -> str:
    return name if _PROJECT.fullmatch(name) else OTHER


def _backend(name: str) -> str:
    return name if kind_of(name) is not None else OTHER


def _outcome(name: str) -> str:
    return name if name in OUTCOMES else OTHER
