"""Runs a flow in this process: Prefect's environment, the progress bar, the result."""

import os
import signal
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import click

from deployments.api import check_api, configured_url
from deployments.cli.layout import labelled, paragraph
from deployments.cli.screen import Stages, watching
from qml_core.references import Interval, RunRef
from qml_core.settings import data_folder
from qml_core.specs import Spec

FLOWS = {"kernel": ("flows.kernel_matrix", "kernel_matrix"), "train": ("flows.train", "train")}
START_TIMEOUT_S = "60"


def prepare_environment(*, local: bool, verbose: bool) -> None:
    """Before Prefect is imported: quiet, no telemetry; `local`: a home and a server of its own."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", START_TIMEOUT_S)
    os.environ.setdefault("PREFECT_RESULTS_DEFAULT_SERIALIZER", "json")
    if not verbose:
        os.environ["PREFECT_LOGGING_LEVEL"] = "CRITICAL"
        os.environ["PREFECT_SERVER_LOGGING_LEVEL"] = "CRITICAL"
    if local:
        for name in [name for name in os.environ if name.startswith("PREFECT_API_")]:
            del os.environ[name]
        os.environ.pop("PREFECT_PROFILE", None)
        home = data_folder() / "prefect"
        home.mkdir(parents=True, exist_ok=True)  # Prefect makes only the last folder itself
        os.environ["PREFECT_HOME"] = str(home)
        os.environ["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] = "true"


def run_flow(verb: str, specs: Mapping[str, Spec], words: Mapping[str, Any]) -> None:
    """Run, then print the verdict, where everything is, and the command that repeats it."""
    prepare_environment(local=words["local"], verbose=words["verbose"])
    with watching(quiet=words["as_json"]) as stages:
        flow, heartbeat_off = _open(verb)
        with heartbeat_off:
            result: RunRef = flow(**specs)
    if words["as_json"]:
        click.echo(result.model_dump_json(indent=2))
    else:
        _tell(result, stages, local=words["local"])


def _open(verb: str) -> tuple[Any, Any]:
    """The flow, and the setting that spares a second per run where no one watches heartbeats.

    Where Prefect must start a server of its own, it starts while the flow is imported: each takes
    seconds, the server in its own process.
    """
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    module, name = FLOWS[verb]
    url = configured_url()
    if url is not None:
        check_api(url)
        return getattr(import_module(module), name), temporary_settings({})
    with ThreadPoolExecutor(max_workers=1) as starting:
        started = starting.submit(_start_server)
        flow = getattr(import_module(module), name)
        started.result()
    return flow, temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})


def _start_server() -> None:
    """Start Prefect's temporary server, the one that the first flow run would start otherwise.

    It inherits this thread's signal mask: Ctrl-C reaches the whole process group, and a server that
    dies of it leaves the run waiting for answers. The run ends first, then it stops the server.
    """
    from prefect.server.api.server import SubprocessASGIServer

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    SubprocessASGIServer().start()


def _tell(result: RunRef, stages: Stages | None, *, local: bool) -> None:
    blocks = f"{result.computed} blocks computed, {result.reused} reused"
    if not result.computed:
        blocks = f"nothing computed, {result.reused} blocks reused"
    model = f"{result.models[0].uri}{_more(len(result.models))}" if result.models else ""
    start = stages.start_seconds if stages is not None else None
    rows = {
        "score": _interval(result.score) if result.score is not None else "",
        "blocks": blocks,
        "matrix": f"{result.matrices[0].uri}{_more(len(result.matrices))}",
        "model": model,
        "report": result.report.uri,
        "start-up": "" if start is None else f"{start:.1f} s of Prefect",
    }
    # the command on one line, however long: it is there to be copied
    repeat = f"repeat    {result.command}{' --local' if local else ''}"
    click.echo(f"\n{paragraph(result.verdict)}\n\n{labelled(rows.items())}\n{repeat}")


def _more(count: int) -> str:
    return f"  (and {count - 1} more)" if count > 1 else ""


def _interval(score: Interval) -> str:
    if score.low is None or score.high is None:
        return f"{score.value:.3f} held out"
    return f"{score.value:.3f} held out, 95 % interval {score.low:.3f} to {score.high:.3f}"
