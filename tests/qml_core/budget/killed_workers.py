"""Workers that buy jobs and are killed in the middle of it; then what recovery makes of it.

    python killed_workers.py LEDGER_URL FOLDER KILLS

Prints as JSON what ledger and provider say in the end.
"""

import json
import os
import random
import signal
import sqlite3
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from qml_core.budget.ledger import Booking, Ledger, open_ledger
from qml_core.budget.reconcile import reconcile
from qml_core.errors import BudgetExceeded, JobNotFound
from qml_core.hardware.protocol import JobStatus
from qml_core.references import Charge

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
LEASE = timedelta(minutes=5)
WORKERS, KEYS, MOST = 4, 5_000, 50


class Provider:
    """Takes one job a key, at once or not at all, and remembers every call."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "provider.db"
        with self._open() as database:
            database.execute(
                "CREATE TABLE job (key TEXT PRIMARY KEY, billed INTEGER, calls INTEGER)"
            )

    def submit(self, key: str, billed: int) -> str:
        with self._open() as database:
            database.execute(
                "INSERT INTO job VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET calls = calls + 1",
                (key, billed),
            )
        return f"job/{key}"

    def find(self, key: str, since: object = None) -> str | None:
        return f"job/{key}" if self._billed(key) is not None else None

    def poll(self, job_id: str) -> JobStatus:
        if self._billed(job_id.removeprefix("job/")) is None:
            raise JobNotFound(f"no {job_id}")
        return JobStatus("done")

    def billed(self, job_id: str) -> Charge:
        return Charge(microusd=self._billed(job_id.removeprefix("job/")) or 0)

    def total(self) -> tuple[int, int, int]:
        """Jobs, their bill, and submissions beyond one a key."""
        query = "SELECT count(*), coalesce(sum(billed), 0), coalesce(sum(calls - 1), 0) FROM job"
        with self._open() as database:
            found: tuple[int, int, int] = database.execute(query).fetchone()
        return found

    def _billed(self, key: str) -> int | None:
        with self._open() as database:
            row = database.execute("SELECT billed FROM job WHERE key = ?", (key,)).fetchone()
        return None if row is None else int(row[0])

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=60)


def work(url: str, provider: Provider, seed: int) -> None:
    """Buy jobs under keys that the other workers try too, until killed."""
    ledger, rng, holder = open_ledger(url), random.Random(seed), f"worker {seed}"
    while True:
        key = f"key-{rng.randrange(KEYS)}"
        charge = Charge(microusd=1 + hash_of(key) % MOST)
        try:
            booking = Booking(key, "p", "ionq.forte-1", charge, 1, 100, "plan")
            record = ledger.reserve(booking, holder, LEASE, START)
        except BudgetExceeded:
            continue
        if record.holder == holder and record.state == "reserved":
            billed = rng.randint(0, charge.microusd)
            job = provider.submit(key, billed)
            ledger.record_submission(key, job, START)
            ledger.settle(key, Charge(microusd=billed), "done", START)


def hash_of(key: str) -> int:
    return int(key.removeprefix("key-")) * 2_654_435_761 % 2**32


def killed(url: str, provider: Provider, kills: int) -> None:
    """Kill workers one by one, each replaced, and all of them in the end."""
    rng, seed, bought, running = random.Random(kills), 0, 0, []
    for number in range(kills + WORKERS):
        if number < kills:
            while len(running) < WORKERS:
                seed += 1
                running.append(started(url, provider, seed))
            bought = more_than(bought, provider)
            time.sleep(rng.uniform(0.0, 0.05))
        victim = running.pop(rng.randrange(len(running))) if running else 0
        if victim:
            os.kill(victim, signal.SIGKILL)
            os.waitpid(victim, 0)


def more_than(bought: int, provider: Provider) -> int:
    """The jobs there are once one more is bought, however slow the machine is."""
    deadline = time.monotonic() + 60
    while (jobs := provider.total()[0]) <= bought:
        if time.monotonic() > deadline:
            raise TimeoutError("no worker bought a job in 60 s")
        time.sleep(0.005)
    return jobs


def started(url: str, provider: Provider, seed: int) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work(url, provider, seed)
    finally:
        os._exit(1)


def told(ledger: Ledger, provider: Provider) -> dict[str, object]:
    jobs, bill, repeated = provider.total()
    budget = ledger.budget("p")
    states = [record.state for record in ledger.jobs()]
    return {
        "spent": budget.spent.microusd,
        "reserved": budget.reserved.microusd,
        "states": {state: states.count(state) for state in sorted(set(states))},
        "jobs": jobs,
        "bill": bill,
        "repeated": repeated,
        "audit": ledger.audit(),
    }


def main(url: str, folder: str, kills: str) -> None:
    ledger, provider = open_ledger(url), Provider(Path(folder))
    ledger.set_budget("p", 10**9, START)
    killed(url, provider, int(kills))
    before = told(ledger, provider)
    later = START + timedelta(hours=1)
    found = reconcile(ledger, lambda _: provider, later, timedelta(seconds=10))  # type: ignore[arg-type, return-value]
    findings = sorted({finding.found for finding in found})
    after = told(ledger, provider)
    json.dump({"before": before, "after": after, "findings": findings}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
