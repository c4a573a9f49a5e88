"""`qml budget`: exact amounts in and out, every state told, nothing settled but by the provider."""

import csv
import io
import json
from datetime import datetime, timedelta, timezone

import pyarrow.parquet as pq
import pytest

from qml_core.budget.ledger import Booking, open_ledger
from qml_core.errors import BackendBusy
from qml_core.hardware.protocol import JobStatus
from qml_core.references import Charge

GARNET = "braket.iqm.Garnet"
HOUR = timedelta(hours=1)


def usd(amount, qpu_ms=0):
    return Charge(microusd=round(amount * 1e6), qpu_ms=qpu_ms)


@pytest.fixture
def now():
    return datetime.now(timezone.utc)


@pytest.fixture
def ledger(qml, tmp_path):
    """The ledger that the command opens."""
    return open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")


@pytest.fixture
def book(ledger, now):
    """book(key, at, …): a job of 3 USD, submitted and settled where that is said."""

    def make(key, at=None, submitted=True, billed=None, project="default", reserved=3):
        at = at or now
        booking = Booking(key, project, GARNET, usd(reserved, 20_000), 10, 100, "plan")
        ledger.reserve(booking, "me", HOUR, at)
        if submitted:
            ledger.record_submission(key, f"job-{key}", at)
        if billed is not None:
            ledger.settle(key, usd(billed, 19_000), "done", at)

    return make


def shown(qml, *words):
    said = qml("budget", *words, "--json")
    assert (said.code, said.err) == (0, ""), said
    return json.loads(said.out)


def test_a_budget_is_set_to_the_millionth_and_shown(qml, ledger):
    said = qml("budget", "set", "default", "25.000001", "--qpu-seconds", "600.5", "--days", "7")
    assert (said.code, said.err) == (0, "")
    assert "25.000001 USD" in said.out
    assert "600.5 s of QPU" in said.out
    budget = ledger.budget("default")
    assert (budget.cap.microusd, budget.cap_qpu_ms) == (25_000_001, 600_500)
    assert budget.window_end - budget.window_start == timedelta(days=7)


def test_setting_again_without_qpu_seconds_takes_their_cap_away(qml, ledger):
    qml("budget", "set", "default", "25", "--qpu-seconds", "600")
    qml("budget", "set", "default", "30")
    assert ledger.budget("default").cap_qpu_ms is None


def test_show_tells_what_was_taken_is_left_burns_and_is_in_doubt(qml, ledger, book, now):
    qml("budget", "set", "default", "25", "--qpu-seconds", "600")
    book("a", billed=2.5345)
    book("b", at=now - 5 * HOUR, billed=8, reserved=9)
    book("c", at=now - 3 * HOUR, submitted=False)
    (found,) = shown(qml, "show")
    assert found["reserved"] == {"microusd": 3_000_000, "qpu_ms": 20_000}
    assert found["spent"] == {"microusd": 10_534_500, "qpu_ms": 38_000}
    assert found["left"] == {"microusd": 11_465_500, "qpu_ms": 542_000}
    assert found["burn_usd_per_h"] == 2.5345
    assert found["in_doubt"] == 1
    assert found["alerts"] == ["usd 50"]
    text = qml("budget", "show").out
    assert "54.1% of 25.00 USD" in text
    assert "11.4655" in text
    assert "50 % of USD" in text
    assert "1 job: `qml budget reconcile`" in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_bar_is_as_long_as_what_was_taken(qml, book):
    qml("budget", "set", "default", "12")
    book("a", billed=3)
    book("b")
    bar = qml("budget", "show").out.splitlines()[2]
    assert (bar.count("█"), bar.count("▒"), bar.count("░")) == (10, 10, 20)


def test_an_overrun_freezes_and_unfreeze_goes_on(qml, ledger, book):
    qml("budget", "set", "default", "25")
    book("a", billed=3.5)
    text = qml("budget", "show").out
    assert "0.50 USD beyond what was reserved" in text
    assert "--unfreeze" in text
    qml("budget", "set", "default", "25")
    assert ledger.budget("default").frozen
    qml("budget", "set", "default", "25", "--unfreeze")
    assert not ledger.budget("default").frozen


def test_where_there_is_no_budget_it_is_said_how_to_set_one(qml):
    assert "qml budget set default 25" in qml("budget", "show").out
    assert shown(qml, "show") == []
    assert "nothing is submitted: `qml budget set mine USD`" in qml("budget", "show", "mine").out


@pytest.mark.parametrize(
    ("words", "code", "found"),
    [
        (("set", "default", "ten"), 2, "no amount in USD"),
        (("set", "default", "0.0000001"), 2, "more than 6 decimals"),
        (("set", "default", "nan"), 2, "must lie between 0 and"),
        (("set", "Default", "25"), 2, "no name of a project"),
        (("set", "default", "25", "--days", "0"), 2, "days"),
        (("set", "default", "25", "--qpu-seconds", "-1"), 2, "qpu-seconds"),
        (("show", "../etc"), 2, "no name of a project"),
        (("export", "--format", "parquet"), 2, "add --output"),
        (("export", "--output", "entries.xls"), 2, "add --format"),
        (("export", "--output", "nowhere/entries.csv"), 2, "cannot be written"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(qml, words, code, found):
    said = qml("budget", *words)
    assert (said.code, said.out) == (code, "")
    assert found in said.err
    assert said.err.count("\n") == 1


def test_a_ledger_that_does_not_answer_is_refused_without_its_password(qml, monkeypatch):
    monkeypatch.setenv("QML_LEDGER_URL", "postgresql://me:sesame@127.0.0.1:9/qml")
    for words in (("show",), ("set", "default", "25"), ("history",), ("reconcile",)):
        said = qml("budget", *words)
        assert said.code == 3
        assert "does not answer" in said.err
        assert "sesame" not in said.err + said.out


def test_history_tells_the_newest_entries_in_their_order(qml, book):
    qml("budget", "set", "default", "25")
    book("a", billed=2.5345)
    kinds = [entry["kind"] for entry in shown(qml, "history")]
    assert kinds == ["cap", "reserve", "submit", "settle"]
    said = qml("budget", "history", "--limit", "2")
    head, *lines = said.out.splitlines()
    assert head.split() == ["WHEN", "(UTC)", "KIND", "RESERVED", "SPENT", "QPU", "s", "JOB"]
    assert [line.split()[2] for line in lines if line[0] != " "] == ["submit", "settle"]
    assert lines[-1].split()[3:] == ["−3.00", "+2.5345", "+19.0", "a"]
    assert said.err == "2 of 4 entries, --limit shows more\n"


def test_history_of_several_projects_says_which(qml, book):
    for project in ("one", "two"):
        qml("budget", "set", project, "25")
        book(project, submitted=False, project=project)
    text = qml("budget", "history").out
    assert "one" in text
    assert "two" in text
    assert "two" not in qml("budget", "history", "one").out


def test_the_export_is_all_of_the_log_in_every_format(qml, ledger, book, tmp_path):
    qml("budget", "set", "default", "25")
    book("a", billed=2.5345)
    rows = list(csv.DictReader(io.StringIO(qml("budget", "export").out)))
    assert sum(int(row["spent_microusd"]) for row in rows) == 2_534_500
    for name in ("entries.csv", "entries.json", "entries.parquet"):
        said = qml("budget", "export", "--output", name)
        assert (said.code, said.out) == (0, "")
    assert len(json.loads((tmp_path / "entries.json").read_text())) == len(rows) == 4
    assert pq.read_table(tmp_path / "entries.parquet").num_rows == 4
    assert (tmp_path / "entries.csv").read_text().count("\n") == 5


class Provider:
    """Knows job-done, which cost 1.25 USD, and job-queued; does not answer about job-deaf."""

    def __init__(self, name):
        assert name == GARNET

    def find(self, key, since=None):
        return "job-found" if key == "found" else None

    def poll(self, job):
        if job == "job-deaf":
            raise BackendBusy("429")
        return JobStatus("queued" if job == "job-queued" else "done")

    def billed(self, job):
        return usd(1.25)


def test_reconcile_settles_and_releases_by_the_providers_word_only(
    qml, ledger, book, now, monkeypatch
):
    monkeypatch.setattr("deployments.cli.budget.find_backend", Provider)
    qml("budget", "set", "default", "50")
    old = now - 3 * HOUR
    for key in ("done", "queued"):
        book(key, at=old)
    for key in ("found", "never"):
        book(key, at=old, submitted=False)
    book("young", submitted=False)

    found = {one["job_key"]: one["found"] for one in shown(qml, "reconcile")}
    assert found == {
        "done": "settled", "found": "settled", "never": "released",
        "queued": "waiting", "young": "waiting",
    }  # fmt: skip
    budget = ledger.budget("default")
    assert (budget.spent, budget.reserved.usd) == (usd(2.5), 6)
    text = qml("budget", "reconcile").out
    assert text.split()[:4] == ["waiting", GARNET, "queued", "default"]
    assert max(map(len, text.splitlines())) <= 80


def test_a_provider_that_does_not_answer_leaves_the_job_and_is_exit_code_1(
    qml, ledger, book, now, monkeypatch
):
    monkeypatch.setattr("deployments.cli.budget.find_backend", Provider)
    qml("budget", "set", "default", "50")
    book("deaf", at=now - 3 * HOUR)
    said = qml("budget", "reconcile", "--json")
    assert said.code == 1
    assert json.loads(said.out)[0]["found"] == "unreachable"
    assert ledger.find("deaf").state == "submitted"


def test_with_nothing_open_reconcile_asks_nobody(qml, monkeypatch):
    monkeypatch.setattr("deployments.cli.budget.find_backend", lambda name: pytest.fail("asked"))
    said = qml("budget", "reconcile")
    assert (said.code, said.out) == (0, "every job has ended\n")


def test_a_job_that_its_provider_forgot_is_settled_by_hand(qml, ledger, book):
    book("lost-one", reserved=0)
    assert qml("budget", "settle", "--usd", "1.25", "--reason", "invoice 7", "lost-").code == 0
    record = ledger.find("lost-one")
    assert (record.outcome, record.settled, record.reason) == ("lost", usd(1.25), "invoice 7")
