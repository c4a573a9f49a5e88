"""Processes that reserve, submit, settle and release at once, with keys that collide."""

import json
import os
import random
import sys
import tempfile
import time
import traceback
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from qml_core.budget.ledger import Booking, Ledger, open_ledger
from qml_core.errors import BudgetExceeded, LedgerConflict
from qml_core.references import Charge

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
LEASE = timedelta(hours=1)
PROJECT = "hammered"
LEVELS = {"usd 50", "usd 75", "usd 90"}
_LARGEST = 10


@dataclass(frozen=True)
class Blows:
    """What all processes did; seconds are those of each call that reserved."""

    wall_s: float
    operations: int
    reservations: int
    won: tuple[str, ...]
    """Keys whose reservation a process was the first to make, once for each that believes so."""
    refused: int
    seconds: tuple[float, ...]
    failures: tuple[str, ...]


def hammer(url: str, processes: int, reservations: int, seed: int = 0) -> Blows:
    """Open the ledger and reserve `reservations` times in each process, at once.

    Every key is tried by two processes. The cap is that of a third of all, so that it binds.
    """
    keys = processes * reservations // 2
    cap = keys * (_LARGEST + 1) // 2 // 3
    open_ledger(url).set_budget(PROJECT, cap, NOW)
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        children = [
            _forked(url, index, reservations, seed, Path(folder)) for index in range(processes)
        ]
        for child in children:
            os.waitpid(child, 0)
        wall = time.perf_counter() - began
        told = [json.loads(file.read_text()) for file in Path(folder).glob("*.json")]
    lost = [f"{processes - len(told)} processes died"] if len(told) < processes else []
    return Blows(
        wall_s=wall,
        operations=sum(each["operations"] for each in told),
        reservations=processes * reservations,
        won=tuple(key for each in told for key in each["won"]),
        refused=sum(each["refused"] for each in told),
        seconds=tuple(s for each in told for s in each["seconds"]),
        failures=(*lost, *(failure for each in told for failure in each["failures"])),
    )


def violations(url: str, blows: Blows) -> list[str]:
    """All that a ledger must not show after the blows; empty: it held."""
    ledger = open_ledger(url)
    found = [*ledger.audit(), *blows.failures]
    taken = ledger.budget(PROJECT)
    if taken.reserved.microusd + taken.spent.microusd > taken.cap.microusd:
        found.append("the cap is exceeded")
    if len(set(blows.won)) < len(blows.won):
        found.append(f"{len(blows.won) - len(set(blows.won))} reservations were new twice")
    if set(blows.won) != {record.job_key for record in ledger.jobs()}:
        found.append("the jobs are not those whose reservations were acknowledged")
    topics = [alert.topic for alert in ledger.alerts()]
    if sorted(topics) != sorted(LEVELS):
        found.append(f"alerts raised: {topics}")
    return found


def _forked(url: str, index: int, reservations: int, seed: int, folder: Path) -> int:
    child = os.fork()
    if child:
        return child
    try:
        told = _strike(open_ledger(url), index, reservations, seed)
        (folder / f"{index}.json").write_text(json.dumps(told))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(0)


def _strike(ledger: Ledger, index: int, reservations: int, seed: int) -> dict[str, object]:
    rng = random.Random(seed * 1_000 + index)
    order = rng.sample(range(reservations), reservations)
    holder, won, seconds, failures = f"process {index}", [], [], []
    operations = refused = 0
    for number in order:
        booking = _booking(f"{index // 2}-{number}", number)
        began = time.perf_counter()
        operations += 1
        try:
            record = ledger.reserve(booking, holder, LEASE, NOW)
            seconds.append(time.perf_counter() - began)
            if record.holder == holder:
                won.append(booking.job_key)
                operations += _follow(ledger, booking, rng)
        except BudgetExceeded:
            seconds.append(time.perf_counter() - began)
            refused += 1
        except LedgerConflict as error:
            failures.append(error.message)
    told = {"operations": operations, "won": won, "refused": refused}
    return {**told, "seconds": seconds, "failures": failures}


def _booking(key: str, number: int) -> Booking:
    charge = Charge(microusd=1 + number % _LARGEST)
    return Booking(key, PROJECT, "ionq.simulator", charge, 1, 100, "plan")


def _follow(ledger: Ledger, booking: Booking, rng: random.Random) -> int:
    """Nothing, a release, or a submission and its settlement; returns the number of calls."""
    what = rng.random()
    if what < 0.2:
        return 0
    if what < 0.4:
        ledger.release(booking.job_key, "unwanted", NOW)
        return 1
    ledger.record_submission(booking.job_key, f"job {booking.job_key}", NOW)
    billed = Charge(microusd=rng.randint(0, booking.charge.microusd))
    ledger.settle(booking.job_key, billed, "done", NOW)
    return 2


def main(url: str, processes: int, reservations: int) -> None:
    """Hammer a ledger and print the blows and violations as JSON."""
    blows = hammer(url, processes, reservations)
    found = violations(url, blows)
    json.dump({"blows": asdict(blows), "violations": found}, sys.stdout)


def in_a_process(
    url: str, processes: int, reservations: int, before: str = ""
) -> dict[str, object]:
    """The same from a process without threads, which may be forked.

    Args:
        before: statements to run first.
    """
    import subprocess

    code = f"{before}\nfrom bench.hammer import main\nmain({url!r}, {processes}, {reservations})"
    command = [sys.executable, "-c", code]
    root = Path(__file__).resolve().parents[1]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise RuntimeError(answer.stderr[-2000:])
    told: dict[str, object] = json.loads(answer.stdout)
    return told
