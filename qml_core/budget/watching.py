"""What a round of the watch concludes, and how it reads. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from qml_core.backend_names import kind_of
from qml_core.budget.entries import JobRecord
from qml_core.budget.standing import OPEN
from qml_core.references import BackendStanding, BudgetStanding, Watched
from qml_core.specs import RunSpec

RECENT = timedelta(days=30)


def watched_backends(jobs: Iterable[JobRecord], now: datetime) -> tuple[str, ...]:
    """QPUs with a job that is open or ended in the last 30 days."""
    recent = (job for job in jobs if job.state in OPEN or now - job.changed_at <= RECENT)
    return tuple(sorted({job.backend for job in recent if kind_of(job.backend) == "qpu"}))


def warnings_of(
    budgets: Iterable[BudgetStanding],
    backends: Iterable[BackendStanding],
    doubtful: Sequence[JobRecord],
    run: RunSpec,
    now: datetime,
) -> tuple[str, ...]:
    """What a person should look at, one sentence each.

    Args:
        run: its limits of calibration age and queue are those that are warned of.
    """
    found = [words for budget in budgets for words in _of_budget(budget, now)]
    found += [f"{one.name}: {words}" for one in backends for words in _of_backend(one, run)]
    if doubtful:
        jobs = "1 job is" if len(doubtful) == 1 else f"{len(doubtful)} jobs are"
        found.append(f"{jobs} in doubt: qml budget reconcile asks the provider")
    return tuple(found)


def _of_budget(budget: BudgetStanding, now: datetime) -> Iterator[str]:
    name = f"budget of {budget.project}"
    if budget.frozen:
        yield f"{name} is frozen after an overrun of {budget.overrun.usd:,.2f} USD"
    ends_h = (budget.window_end - now) / timedelta(hours=1)
    if budget.lasts_h is not None and budget.lasts_h < ends_h:
        yield (
            f"{name} burns {budget.burn_usd_per_h:,.2f} USD/h, it lasts {budget.lasts_h:,.1f} h "
            f"and its window {ends_h:,.0f} h"
        )


def _of_backend(found: BackendStanding, run: RunSpec) -> Iterator[str]:
    if not found.serves:
        yield f"{'could not be asked' if found.serves is None else 'offline'}, {found.reason}"
        return
    if found.queue is not None and run.max_queue is not None and found.queue > run.max_queue:
        yield f"{found.queue} jobs in its queue, the limit is {run.max_queue}"
    age, limit = found.calibration_age_h, run.max_calibration_age_h
    if age is None:
        yield "the age of its calibration is unknown"
    elif age > limit:
        yield f"calibrated {age:,.1f} h ago, the limit is {limit:g} h"


def watch_markdown(watched: Watched) -> str:
    """The round as Markdown: warnings, budgets, backends."""
    lines = [f"# Watch of {watched.at:%Y-%m-%d %H:%M} UTC", ""]
    lines += [f"- **{warning}**" for warning in watched.warnings] or ["All is quiet."]
    lines += _table(
        ("budget", "cap USD", "spent", "reserved", "left", "USD/h", "in doubt"),
        [
            (b.project, *(f"{c.usd:,.2f}" for c in (b.cap, b.spent, b.reserved, b.left)),
             f"{b.burn_usd_per_h:,.2f}", str(b.in_doubt))
            for b in watched.budgets
        ],
    )  # fmt: skip
    lines += _table(
        ("backend", "serves", "queue", "calibrated h ago"),
        [
            (b.name, "yes" if b.serves else "no", _number(b.queue), _number(b.calibration_age_h))
            for b in watched.backends
        ],
    )
    return "\n".join([*lines, ""])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    cells = [head, ["---"] * len(head), *rows]
    return ["", *(f"| {' | '.join(row)} |" for row in cells)]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}"
