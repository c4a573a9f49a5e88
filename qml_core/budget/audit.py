"""Whether the ledger agrees with itself: balances, jobs, entries and alerts. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qml_core.budget.entries import Alert, Budget, Entry, JobRecord
from qml_core.references import Charge

_UNITS = ("microusd", "qpu_ms")


@dataclass(frozen=True)
class Books:
    """The whole ledger, read at one moment."""

    budgets: tuple[Budget, ...]
    jobs: tuple[JobRecord, ...]
    entries: tuple[Entry, ...]
    alerts: tuple[Alert, ...]


def faults(books: Books) -> tuple[str, ...]:
    """All that contradicts the ledger's promises, in words; empty: clean."""
    entries: defaultdict[str, list[Entry]] = defaultdict(list)
    jobs: defaultdict[str, list[JobRecord]] = defaultdict(list)
    for entry in books.entries:
        entries[entry.project].append(entry)
    for record in books.jobs:
        jobs[record.project].append(record)
    found = [fault for b in books.budgets for fault in _of_balances(b, entries[b.project])]
    found += [fault for b in books.budgets for fault in _of_sums(b, jobs[b.project], entries)]
    found += [fault for b in books.budgets for fault in _of_peak(b.project, entries[b.project])]
    return (*found, *_of_jobs(books.jobs, books.entries), *_of_alerts(books.alerts))


def _of_balances(budget: Budget, entries: Sequence[Entry]) -> Iterator[str]:
    """Balances are the fold of the entries."""
    for unit in _UNITS:
        for name in ("reserved", "spent", "overrun"):
            held = getattr(getattr(budget, name), unit)
            if name == "spent":
                held -= getattr(budget.overrun, unit)
            posted = sum(getattr(entry, f"{name}_{unit}") for entry in entries)
            if held != posted:
                yield f"{budget.project}: {name} {unit} is {held}, its entries make {posted}"
    caps = [entry for entry in entries if entry.kind == "cap"]
    last = (caps[-1].cap_microusd, caps[-1].cap_qpu_ms) if caps else (0, None)
    if last != (budget.cap.microusd, budget.cap_qpu_ms):
        yield f"{budget.project}: the cap is not that of its last entry"


def _of_sums(
    budget: Budget, jobs: Sequence[JobRecord], entries: dict[str, list[Entry]]
) -> Iterator[str]:
    """Balances are the fold of the jobs; what was spent, over all windows."""
    ever = [entry for entry in entries[budget.project] if entry.kind != "window"]
    for unit in _UNITS:
        open_jobs = [job.reserved for job in jobs if job.state in ("reserved", "submitted")]
        reserved = sum(getattr(charge, unit) for charge in open_jobs)
        held = getattr(budget.reserved, unit)
        if held != reserved:
            yield f"{budget.project}: reserved {unit} is {held}, its open jobs make {reserved}"
        billed = sum(getattr(job.settled or Charge(), unit) for job in jobs)
        posted = sum(getattr(e, f"spent_{unit}") + getattr(e, f"overrun_{unit}") for e in ever)
        if billed != posted:
            yield f"{budget.project}: {billed} {unit} were billed, entries make {posted}"


def _of_peak(project: str, entries: Sequence[Entry]) -> Iterator[str]:
    """At no time was more reserved and spent than the cap of that time allowed."""
    taken = dict.fromkeys(_UNITS, 0)
    caps: dict[str, int | None] = {"microusd": 0, "qpu_ms": None}
    for entry in entries:
        if entry.kind == "cap":
            caps = {unit: getattr(entry, f"cap_{unit}") for unit in _UNITS}
        for unit in _UNITS:
            taken[unit] += getattr(entry, f"reserved_{unit}") + getattr(entry, f"spent_{unit}")
            cap = caps[unit]
            if cap is not None and taken[unit] > cap:
                at = f"at entry {entry.entry_id}"
                yield f"{project}: {taken[unit]} {unit} over the cap {cap} {at}"


def _of_jobs(jobs: Iterable[JobRecord], entries: Iterable[Entry]) -> Iterator[str]:
    """Each job has the entries of its state, each once, with its amounts."""
    of_job: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.job_key is not None:
            of_job[entry.job_key].append(entry)
    for record in jobs:
        own = of_job.pop(record.job_key, [])
        yield from _of_job(record, own)
    yield from (f"entries of job {job_key}, which is not there" for job_key in of_job)


def _of_job(record: JobRecord, entries: Sequence[Entry]) -> Iterator[str]:
    found = {entry.kind: entry for entry in entries}
    expected = {"reserve"}
    if record.provider_job is not None:
        expected.add("submit")
    if record.state in ("settled", "released"):
        expected.add("settle" if record.state == "settled" else "release")
    if record.overrun != Charge():
        expected.add("overrun")
    if len(found) != len(entries) or set(found) != expected:
        yield f"job {record.job_key} is {record.state}, its entries are {sorted(found)}"
        return
    settled = record.settled or Charge()
    for unit in _UNITS:
        reserved, overrun = getattr(record.reserved, unit), getattr(record.overrun, unit)
        amounts = [(found["reserve"], "reserved", reserved)]
        for kind in ("settle", "release"):
            if kind in found:
                amounts.append((found[kind], "reserved", -reserved))
        if "settle" in found:
            amounts.append((found["settle"], "spent", getattr(settled, unit) - overrun))
        if "overrun" in found:
            amounts.append((found["overrun"], "overrun", overrun))
        for entry, name, amount in amounts:
            if getattr(entry, f"{name}_{unit}") != amount:
                yield f"job {record.job_key}: entry {entry.entry_id} has not its {name} {unit}"


def _of_alerts(alerts: Iterable[Alert]) -> Iterator[str]:
    """Each alert was raised once in its window."""
    counted = Counter((alert.project, alert.window_start, alert.topic) for alert in alerts)
    for (project, start, topic), times in counted.items():
        if times > 1:
            yield f"{project}: alert {topic} of the window of {start:%Y-%m-%d} raised {times} times"
