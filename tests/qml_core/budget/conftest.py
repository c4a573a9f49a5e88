"""Ledgers on SQLite and on PostgreSQL, each test with an empty one."""

import os
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from bench.postgres import Postgres, binaries, open_postgres
from qml_core.budget.ledger import Booking, Ledger, open_ledger
from qml_core.references import Charge


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """PostgreSQL from PyPI's pgserver, started once; it ends with the session."""
    if binaries() is None:
        missing = "no PostgreSQL: install the test lock"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with open_postgres(durable=False) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """URL of an empty database."""
    return postgres.create(f"ledger_{secrets.token_hex(6)}")


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    opened = open_ledger(ledger_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    opened.close()


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


@pytest.fixture
def booking() -> Callable[..., Booking]:
    """A booking of `microusd` under a key; other fields by name."""

    def book(job_key: str, microusd: int = 1_000_000, qpu_ms: int = 0, **fields: Any) -> Booking:
        usual = {"project": "chemistry", "backend": "ionq.forte-1", "plan_key": "plan"}
        charge = Charge(microusd=microusd, qpu_ms=qpu_ms)
        known = {"job_key": job_key, "charge": charge, "circuits": 3, "shots": 100}
        return Booking(**{**usual, **known, **fields})

    return book
