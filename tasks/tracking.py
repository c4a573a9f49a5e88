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
from tasks.tracked import metrics, parameters, tags

EXPERIMENT = "qml benchmark"
RUN_TAG = "qml.run_id"
_BATCH = 100
"""Parameters, tags or metrics of one request: the least of MLflow's limits."""
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}
"""Unless set otherwise: a server that is down must not hold up a benchmark for minutes."""

log = logging.getLogger(__name__)


def track(
    plan: BenchmarkPlan,
    scores: Sequence[FoldScore],
    verdicts: Sequence[DataVerdict],
    run_id: str,
    page: str = "",
) -> str | None:
    """Log a benchmark to `QML_MLFLOW_URI`; the id of MLflow's run, none: it was not logged.

    Whatever MLflow answers, the benchmark goes on: a failure is a warning. After a retry the run
    that is there is written again, and no second one.

    Args:
        page: URI of the report.
    """
    uri = Settings.from_environment().mlflow_uri
    if uri is None:
        return None
    found = {**tags(verdicts, page), RUN_TAG: run_id}
    try:
        with _quick():
            return _log(uri, run_id, parameters(plan), metrics(scores, verdicts), found)
    except ImportError as error:
        why = f"{error}; install the extra: pip install 'qml-flows[mlflow]'"
    except Exception as error:  # of a client, a server, a database: none is worth a benchmark
        why = f"{type(error).__name__}: {_without_secrets(str(error), uri)[:300]}"
    log.warning("benchmark %s is not in MLflow at %s: %s", run_id, public(uri), why)
    return None


def public(uri: str) -> str:
    """A URI without the user, password and query that it may hold."""
    return re.sub(r"//[^/]*@", "//", re.split(r"[?#]", uri)[0])


def _without_secrets(text: str, uri: str) -> str:
    parts = urlsplit(uri)
    secrets = (parts.netloc.rpartition("@")[0], parts.password, parts.query)
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
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
    run_id: str,
    params: Mapping[str, str],
    values: Mapping[str, float],
    texts: Mapping[str, str],
) -> str:
    from mlflow.entities import Metric, Param, RunTag
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    run = _open_run(client, run_id)
    mlflow_id, started = str(run.info.run_id), int(run.info.start_time)
    batches: dict[str, list[Any]] = {
        "params": [Param(name, text) for name, text in params.items()],
        "tags": [RunTag(name, text) for name, text in texts.items()],
        # at the run's own time, so that a repetition adds nothing
        "metrics": [Metric(name, value, started, 0) for name, value in values.items()],
    }
    for kind, entries in batches.items():
        for start in range(0, len(entries), _BATCH):
            client.log_batch(mlflow_id, **{kind: entries[start : start + _BATCH]})
    client.set_terminated(mlflow_id, "FINISHED")
    return mlflow_id


def _open_run(client: Any, run_id: str) -> Any:
    """The run of this benchmark: there since an earlier try, or a new one."""
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        name = client.create_experiment(EXPERIMENT)
    else:
        name = experiment.experiment_id
        found = client.search_runs([name], filter_string=f"tags.`{RUN_TAG}` = '{run_id}'")
        if found:
            return found[0]
    return client.create_run(name, tags={RUN_TAG: run_id}, run_name=run_id)
