"""The flow that looks after budgets and backends, every few minutes."""

from prefect import flow

from qml_core.references import Watched
from qml_core.specs import RunSpec
from tasks.watch import inspect_budgets, inspect_used_backends, report_watch, send_alerts


@flow(name="watch", persist_result=False)
def watch(run: RunSpec = RunSpec()) -> Watched:
    """Look at budgets, backends in use and jobs in doubt; send the alerts of the ledger.

    Args:
        run: Its limits of calibration age and queue are those that are warned of.
    """
    alerts = send_alerts()
    budgets = inspect_budgets()
    backends = inspect_used_backends()
    return report_watch(budgets, backends, alerts, run)
