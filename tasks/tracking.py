"""A benchmark in MLflow, where one is set up: one run with what was asked and what was found."""

import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from qml_core.references import BenchmarkPlan, DataVerdict, FoldScore
from qml_core.settings import Settings

EXPERIMENT = "qml benchmark"
_RUN = "qml.run_id"
_BATCH = 100
"""Parameters, tags or metrics of one request: the least of MLflow's limits."""
_LONGEST = {"name": 250, "param": 5000, "tag": 5000}
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}
"""Unless it is set: a server that is down must not hold up a benchmark for minutes."""

log = logging.getLogger(__name__)


def track(
    plan: BenchmarkPlan,
    scores: Sequence[FoldScore],
    verdicts: Sequence[DataVerdict],
    run_id: str,
    page: str = "",
) -> str | None:
    """Log a benchmark to `QML_MLFLOW_URI`; the id of MLflow's run, none: it was not logged.

    Whatever MLflow answers, the benchmark goes on: a failure is a warning. A run that is there
    already, as after a retry, is written again and not twice.

    Args:
        page: URI of the report.
    """
    uri = Settings.from_environment().mlflow_uri
    if uri is None:
        return None
    try:
        with _quick():
            return _log(uri, plan, scores, verdicts, run_id, page)
    except ImportError as error:
        why = f"{error}; install the extra: pip install 'qml-flows[mlflow]'"
    except Exception as error:  # of a client, a server, a database: none is worth a benchmark
        why = f"{type(error).__name__}: {_without_secret(str(error), uri)[:300]}"
    log.warning("benchmark %s is not in MLflow at %s: %s", run_id, public(uri), why)
    return None


def public(uri: str) -> str:
    """A URI without the user and password that it may hold, nor its query."""
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _without_secret(text: str, uri: str) -> str:
    parts = urlsplit(uri)
    text = text.replace(uri, public(uri))
    for secret in (parts.password, parts.netloc.rpartition("@")[0], parts.query):
        text = text.replace(secret, "…") if secret else text
    return text


@contextmanager
def _quick() -> Iterator[None]:
    """MLflow's own settings, as long as it is used."""
    added = [name for name in _ENVIRONMENT if name not in os.environ]
    os.environ.update({name: _ENVIRONMENT[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _log(
    uri: str,
    plan: BenchmarkPlan,
    scores: Sequence[FoldScore],
    verdicts: Sequence[DataVerdict],
    run_id: str,
    page: str,
) -> str:
    from mlflow.entities import Metric, Param, RunTag
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    run, created = _run(client, run_id)
    params = [] if created is None else parameters(plan)
    now = created or 0
    batch = {
        "params": [Param(name, text) for name, text in dict(params).items()],
        "tags": [RunTag(name, text) for name, text in tags(plan, verdicts, run_id, page).items()],
        "metrics": [
            Metric(name, value, now, 0) for name, value in metrics(scores, verdicts).items()
        ],
    }
    for kind, entries in batch.items():
        for start in range(0, len(entries), _BATCH):
            client.log_batch(run, **{kind: entries[start : start + _BATCH]})
    client.set_terminated(run, "FINISHED")
    return run


def _run(client: Any, run_id: str) -> tuple[str, int | None]:
    raise NotImplementedError
