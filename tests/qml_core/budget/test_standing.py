"""What a budget's rates are, which jobs are in doubt, and what the watch makes of it."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from qml_core.budget.entries import Alert, Budget, JobRecord
from qml_core.budget.standing import budget_standing, in_doubt, spent_today
from qml_core.budget.watching import warnings_of, watch_markdown, watched_backends
from qml_core.references import BackendStanding, Charge, Watched
from qml_core.specs import RunSpec

NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
START = NOW - timedelta(days=10)
HOUR = timedelta(hours=1)


def usd(amount):
    return Charge(microusd=round(amount * 1e6))


BUDGET = Budget(
    "p", usd(24), None, usd(3), usd(9), Charge(), False, START, START + timedelta(days=30)
)
JOB = JobRecord(
    job_key="k", project="p", backend="braket.iqm.Garnet", state="settled", outcome="done",
    reserved=usd(3), settled=usd(2), overrun=Charge(), provider_job="j", holder="h",
    lease_until=NOW - HOUR, circuits=10, shots=100, plan_key="a", run_id="", reason="",
    created_at=NOW - 3 * HOUR, changed_at=NOW - HOUR / 2,
)  # fmt: skip


def test_what_is_left_is_the_cap_without_reserved_and_spent():
    found = budget_standing(BUDGET, [], [], NOW)
    assert found.left == usd(12)
    assert found.used == 0.5
    assert found.even_usd_per_h == pytest.approx(24 / 720)


def test_burn_counts_what_was_settled_within_the_hour_and_in_this_project():
    jobs = [
        JOB,
        replace(JOB, changed_at=NOW - 2 * HOUR),
        replace(JOB, project="q"),
        replace(JOB, state="reserved", settled=None, outcome=""),
    ]
    found = budget_standing(BUDGET, jobs, [], NOW)
    assert found.burn_usd_per_h == 2.0
    assert found.lasts_h == 6.0


def test_where_nothing_burns_a_budget_lasts_without_a_figure():
    assert budget_standing(BUDGET, [], [], NOW).lasts_h is None


def test_qpu_time_is_left_only_where_it_has_a_cap():
    assert budget_standing(BUDGET, [], [], NOW).left.qpu_ms == 0
    timed = replace(BUDGET, cap_qpu_ms=10_000, spent=Charge(qpu_ms=4_000))
    assert budget_standing(timed, [], [], NOW).left.qpu_ms == 6_000


def test_after_an_overrun_nothing_is_left_and_never_less():
    assert budget_standing(replace(BUDGET, spent=usd(30)), [], [], NOW).left == Charge()


def test_alerts_are_those_of_the_project_and_its_window():
    alert = Alert(1, "p", "usd 50", 50, "…", START, NOW, None)
    others = [replace(alert, project="q"), replace(alert, window_start=START - HOUR)]
    assert budget_standing(BUDGET, [], [alert, *others], NOW).alerts == ("usd 50",)


@pytest.mark.parametrize(
    ("state", "lease_h", "changed_h", "doubted"),
    [
        ("reserved", 0, -1, True),
        ("reserved", 1, -1, False),
        ("submitted", -20, -23, False),
        ("submitted", 1, -25, True),
        ("settled", -1, -99, False),
        ("released", -1, -99, False),
    ],
)
def test_a_job_is_in_doubt_where_only_its_provider_can_tell(state, lease_h, changed_h, doubted):
    times = {"lease_until": NOW + lease_h * HOUR, "changed_at": NOW + changed_h * HOUR}
    assert bool(in_doubt([replace(JOB, state=state, **times)], NOW)) is doubted


def test_a_run_that_waits_longer_doubts_later():
    job = replace(JOB, state="submitted", changed_at=NOW - 25 * HOUR)
    assert in_doubt([job], NOW, longest=30 * HOUR) == ()


def test_today_begins_at_midnight_utc_whatever_the_zone():
    jobs = [
        replace(JOB, changed_at=datetime(2026, 11, 21, tzinfo=timezone.utc)),
        replace(JOB, changed_at=datetime(2026, 11, 20, 23, 59, 59, 999_999, timezone.utc)),
        replace(JOB, backend="ionq.simulator"),
    ]
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    assert spent_today(jobs, "braket.iqm.Garnet", tokyo) == usd(2)


def test_backends_are_watched_while_their_jobs_are_open_or_recent():
    jobs = [
        JOB,
        replace(JOB, backend="ionq.forte-1", changed_at=NOW - timedelta(days=40)),
        replace(JOB, backend="ibm.ibm_fez", changed_at=START - 90 * HOUR * 24, state="submitted"),
        replace(JOB, backend="qml.batched"),
    ]
    assert watched_backends(jobs, NOW) == ("braket.iqm.Garnet", "ibm.ibm_fez")


def device(**found):
    given = {"name": "ibm.ibm_fez", "kind": "qpu", "serves": True, "calibration_age_h": 3.0}
    return BackendStanding.model_validate({**given, **found})


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({}, ""),
        ({"calibration_age_h": 25.0}, "calibrated 25.0 h ago, the limit is 24 h"),
        ({"calibration_age_h": None}, "age of its calibration is unknown"),
        ({"queue": 9}, "9 jobs in its queue, the limit is 5"),
        ({"serves": False, "reason": "maintenance"}, "offline, maintenance"),
        ({"serves": None, "reason": "no credentials"}, "could not be asked, no credentials"),
    ],
)
def test_a_backend_is_warned_of_by_the_limits_of_the_run(found, words):
    warnings = warnings_of([], [device(**found)], [], RunSpec(max_queue=5), NOW)
    assert "".join(warnings).endswith(words)
    assert bool(warnings) is bool(words)


def test_a_budget_is_warned_of_where_it_is_frozen_or_burns_too_fast():
    quiet = budget_standing(BUDGET, [], [], NOW)
    assert warnings_of([quiet], [], [], RunSpec(), NOW) == ()
    fast = budget_standing(BUDGET, [JOB], [], NOW)
    (words,) = warnings_of([fast], [], [], RunSpec(), NOW)
    assert words == "budget of p burns 2.00 USD/h, it lasts 6.0 h and its window 480 h"
    frozen = quiet.model_copy(update={"frozen": True, "overrun": usd(1)})
    (words,) = warnings_of([frozen], [], [], RunSpec(), NOW)
    assert "frozen after an overrun of 1.00 USD" in words


def test_the_markdown_of_a_round_has_warnings_first_then_every_budget_and_backend():
    watched = Watched(
        at=NOW,
        backends=(device(queue=4),),
        budgets=(budget_standing(BUDGET, [], [], NOW),),
        warnings=("look here",),
    )
    text = watch_markdown(watched)
    assert text.index("look here") < text.index("| p |") < text.index("| ibm.ibm_fez |")
    assert "| p | 24.00 | 9.00 | 3.00 | 12.00 | 0.00 | 0 |" in text
    assert "All is quiet." in watch_markdown(watched.model_copy(update={"warnings": ()}))
