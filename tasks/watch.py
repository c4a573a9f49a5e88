"""The rounds of the watch as tasks: budgets, backends, jobs in doubt, alerts to be sent."""

import os
from collections.abc import Sequence
from datetime import timedelta

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from qml_core.budget.delivery import VARIABLE as WEBHOOK
from qml_core.budget.delivery import Send, as_document, deliver, post
from qml_core.budget.entries import Alert
from qml_core.budget.prices import read_prices
from qml_core.budget.standing import in_doubt, standings
from qml_core.budget.watching import warnings_of, watch_markdown, watched_backends
from qml_core.hardware.inspection import inspect_backend
from qml_core.hardware.protocol import QuantumBackend
from qml_core.references import BackendStanding, BudgetStanding, Watched
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, RunSpec
from tasks.devices import SECRETS, credentials, device, now, own_ledger
from tasks.options import PURE


@task(name="inspect-budgets", **PURE)
def inspect_budgets() -> tuple[BudgetStanding, ...]:
    """Every project's budget; raises LedgerUnavailable where the ledger does not answer."""
    return standings(own_ledger(), now())


@task(name="inspect-used-backends", **PURE)
def inspect_used_backends() -> tuple[BackendStanding, ...]:
    """The QPUs that jobs of the ledger ran on lately; what cannot be opened says why."""
    at, memory_bytes = now(), Settings.from_environment().memory_bytes
    names, prices = watched_backends(own_ledger().jobs(), at), read_prices()
    return tuple(inspect_backend(name, _find, prices, at, memory_bytes) for name in names)


@task(name="send-alerts", **PURE)
def send_alerts() -> tuple[int, int]:
    """Send what the ledger's outbox holds; returns how many were sent, and how many are left.

    Each goes to the log, to an artifact, and to the webhook where one is configured. A way that
    fails is a warning: the alert stays in the outbox for the next round.
    """
    ledger = own_ledger()
    alerts = ledger.unsent_alerts()
    sent, failure = deliver(
        alerts, _senders(), lambda alert: ledger.mark_sent(alert.alert_id, now())
    )
    if failure:
        get_run_logger().warning("%d alerts are left: %s", len(alerts) - sent, failure)
    if sent:
        rows = [as_document(alert) for alert in alerts[:sent]]
        create_table_artifact(rows, key="budget-alerts", description="Alerts of the ledger")
    return sent, len(alerts) - sent


@task(name="report-watch", **PURE)
def report_watch(
    budgets: Sequence[BudgetStanding],
    backends: Sequence[BackendStanding],
    alerts: tuple[int, int],
    run: RunSpec,
) -> Watched:
    """Log what a person should look at, and leave the round as an artifact."""
    at = now()
    doubtful = in_doubt(own_ledger().jobs(), at, timedelta(hours=run.job_timeout_h))
    watched = Watched(
        at=at,
        backends=tuple(backends),
        budgets=tuple(budgets),
        in_doubt=tuple(job.job_key for job in doubtful),
        warnings=warnings_of(budgets, backends, doubtful, run, at),
        alerts_sent=alerts[0],
        alerts_left=alerts[1],
    )
    for warning in watched.warnings:
        get_run_logger().warning(warning)
    create_markdown_artifact(watch_markdown(watched), key="watch", description="Latest round")
    return watched


def _senders() -> list[Send]:
    """The webhook first, for it may fail: what is logged has arrived."""
    asked = any(os.environ.get(name) for name in (WEBHOOK, f"{WEBHOOK}_BLOCK"))
    return [_post, _log] if asked else [_log]


def _post(alert: Alert) -> None:
    post(credentials(SECRETS["watch"])[WEBHOOK], as_document(alert))


def _log(alert: Alert) -> None:
    get_run_logger().warning(alert.message)


def _find(name: str) -> QuantumBackend:
    return device(BackendSpec(name=name), seed=0)
