"""The budget ledger under processes that reserve at once, on SQLite and on PostgreSQL.

    python -m bench.ledger [--processes 8] [--reservations 500] [--json]

Every key is tried by two processes, the cap binds, and most of what is reserved is submitted and
settled, or released. Times are of the calls that reserve; operations are all calls that write.
Afterwards the ledger is audited: the cap held, every reservation new once, balances as the entries.
"""

import argparse
import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.command import run_bench
from bench.hammer import in_a_process
from bench.postgres import binaries, open_postgres
from bench.table import Bar, Row, Table
from bench.timing import Timing

OPERATIONS = Bar(300, "at least")
VIOLATIONS = Bar(0, "at most")
P99_MS = {"SQLite": Bar(1000, "at most"), "PostgreSQL": Bar(500, "at most")}


@contextmanager
def url_of(kind: str) -> Iterator[str]:
    """URL of an empty database."""
    if kind == "PostgreSQL":
        with open_postgres() as server:
            yield server.create("bench")
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/ledger.db"


def hammered(kind: str, processes: int, reservations: int) -> Table:
    title = f"{kind}, {processes} processes × {reservations} reservations"
    if kind == "PostgreSQL" and binaries() is None:
        return Table(title, (Row("pgserver"),))
    with url_of(kind) as url:
        told: dict[str, Any] = in_a_process(url, processes, reservations)
    blows = told["blows"]
    seconds = sorted(blows["seconds"])
    p99 = 1e3 * statistics.quantiles(seconds, n=100)[-1]
    rate = blows["operations"] / blows["wall_s"]
    note = f"{len(blows['won']):,} new, {blows['refused']:,} refused, {blows['operations']:,} calls"
    found = "; ".join(told["violations"][:3])
    return Table(
        title,
        (
            Row("reserve, each call", Timing(tuple(seconds)), note=note),
            Row("reserve, 99th percentile", ratio=p99, bar=P99_MS[kind], unit=" ms"),
            Row("operations per second", ratio=rate, bar=OPERATIONS, unit="/s"),
            Row(
                "violations",
                ratio=float(len(told["violations"])),
                bar=VIOLATIONS,
                unit="",
                note=found,
            ),
        ),
    )


def tables(arguments: argparse.Namespace) -> list[Table]:
    size = (arguments.processes, arguments.reservations)
    return [hammered(kind, *size) for kind in ("SQLite", "PostgreSQL")]


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    run_bench(__doc__, tables, processes=8, reservations=500)
