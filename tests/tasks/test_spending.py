"""What matrices have cost, from the ledger's jobs: by this run, by all runs, or unknown."""

from datetime import datetime, timedelta, timezone

import pytest

from qml_core.budget.entries import JobRecord
from qml_core.references import Charge
from tasks.spending import paid_for, spent_since

START = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
BEFORE, AFTER = START - timedelta(hours=1), START + timedelta(hours=1)


def job(plan="a", at=AFTER, project="p", settled=1_000_000, state="settled"):
    charge = None if settled is None else Charge(microusd=settled, qpu_ms=500)
    return JobRecord(
        job_key="k", project=project, backend="b", state=state, outcome="done",
        reserved=Charge(microusd=9_000_000), settled=charge, overrun=Charge(), provider_job="j",
        holder="h", lease_until=at, circuits=1, shots=1, plan_key=plan, run_id="", reason="",
        created_at=BEFORE, changed_at=at,
    )  # fmt: skip


def test_all_runs_and_projects_paid_for_a_matrix_this_run_for_what_it_settled():
    jobs = (job(), job("b"), job(at=BEFORE), job(project="other"), job("foreign"))
    paid, spent = paid_for(jobs, {"a", "b"}), spent_since(jobs, {"a", "b"}, "p", START)
    assert (paid.usd, paid.qpu_seconds, paid.jobs, paid.pending) == (4, 2, 4, 0)
    assert (spent.usd, spent.qpu_seconds, spent.jobs) == (2, 1, 2)


@pytest.mark.parametrize("state", ["reserved", "submitted"])
def test_jobs_in_flight_are_counted_and_cost_nothing_yet(state):
    found = paid_for((job(), job(settled=None, state=state)), {"a"})
    assert (found.usd, found.jobs, found.pending) == (1, 1, 1)


def test_what_was_released_cost_nothing():
    found = paid_for((job(settled=None, state="released"),), {"a"})
    assert (found.usd, found.jobs, found.pending) == (0, 0, 0)


def test_without_an_answer_nothing_is_known():
    assert paid_for(None, {"a"}) is None
    assert spent_since(None, {"a"}, "p", START) is None
