"""Runs a flow in this process: Prefect's environment, the progress bar, the result."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from deployments.api import check_api, configured_url
from deployments.cli.layout import labelled, paragraph
from deployments.cli.screen import Stages, watching
from deployments.cli.server import start_server
from qml_core.client_logs import quiet
from qml_core.references import ArtifactRef, Interval, RunRef
from qml_core.settings import data_folder
from qml_core.specs import Spec

FLOWS = {
    "kernel": ("flows.kernel_matrix", "kernel_matrix"),
    "train": ("flows.train", "train"),
    "predict": ("flows.predict", "predict"),
    "diagnose": ("flows.diagnose", "diagnose"),
    "hpo": ("flows.hpo", "hpo"),
    "compare": ("flows.compare_searchers", "compare_searchers"),
    "benchmark": ("flows.benchmark", "benchmark"),
    "qaoa": ("flows.qaoa", "qaoa"),
}


def prepare_environment(*, local: bool, verbose: bool) -> None:
    """Before Prefect is imported: quiet, no telemetry; `local`: a home and a server of its own."""
    quiet("websockets")  # it writes Prefect's own credentials
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
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


def run_flow(verb: str, specs: Mapping[str, Spec], words: Mapping[str, Any]) -> None:
    """Run, then print the verdict, where everything is, and the command that repeats it."""
    result, stages = call_flow(verb, specs, words)
    if words["as_json"]:
        click.echo(result.model_dump_json(indent=2))
    else:
        _tell(result, stages, local=words["local"])


def call_flow(
    verb: str, arguments: Mapping[str, Any], words: Mapping[str, Any]
) -> tuple[Any, Stages | None]:
    """What the flow returns, and the stages it went through; none where nobody watches."""
    prepare_environment(local=words["local"], verbose=words["verbose"])
    with watching(quiet=words["as_json"]) as stages:
        flow, settings = _open(verb)
        with settings:
            return flow(**arguments), stages


def _open(verb: str) -> tuple[Any, Any]:
    """The flow, and the settings to run it under.

    A temporary server boots while the flow is imported: each takes seconds. No one watches its
    heartbeats, which cost a second per run.
    """
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        temporary_settings,
    )

    module, name = FLOWS[verb]
    url = configured_url()
    if url is not None:
        check_api(url)
        return getattr(import_module(module), name), temporary_settings({})
    server = start_server()
    flow = getattr(import_module(module), name)
    own = {PREFECT_API_URL: server.wait(), PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
    return flow, temporary_settings(own)


def _tell(result: RunRef, stages: Stages | None, *, local: bool) -> None:
    rows = {
        "score": _interval(result.score) if result.score is not None else "",
        "blocks": _computed(result) if result.matrices else "",
        "epochs": _trained(result) if result.trainings else "",
        "matrix": _first(result.matrices),
        "history": _first([training.history for training in result.trainings]),
        "model": _first(result.models),
        "report": result.report.uri,
    }
    lines = lines_to_copy(rows, result, stages, local=local)
    if result.fallback is not None:
        warning = labelled([("backend", result.fallback)])
        lines.append(click.style(warning, fg="yellow", bold=True))
    for warning in _warnings(result):
        lines.append(click.style(labelled([("warning", warning)]), fg="yellow"))
    click.echo("\n".join(["", paragraph(result.verdict), "", *lines]))


def lines_to_copy(
    rows: Mapping[str, str], result: RunRef, stages: Stages | None, *, local: bool
) -> list[str]:
    """Rows, mostly addresses, then the start-up and the command that repeats it; each is one line,
    however long."""
    start = None if stages is None else stages.start_seconds
    last = {
        "start-up": "" if start is None else f"{start:.1f} s of Prefect",
        "repeat": repeat_line(result.command, sys.argv[0], local=local),
    }
    return [f"{label:<10}{text}" for label, text in {**rows, **last}.items() if text]


def repeat_line(command: str, program: str, *, local: bool) -> str:
    """The command with `qml` as it was called here, so that it runs where it is pasted."""
    found = shutil.which("qml")
    if Path(program).name == "__main__.py":
        called = shlex.join([sys.executable, "-m", "deployments.cli"])
    elif found is not None and Path(found).resolve() == Path(program).resolve():
        called = "qml"
    else:
        called = shlex.quote(program)
    return f"{called} {command.removeprefix('qml ')}{' --local' if local else ''}"


def _computed(result: RunRef) -> str:
    if not result.computed:
        return f"nothing computed, {_blocks(result.reused)} reused"
    return f"{_blocks(result.computed)} computed, {result.reused} reused"


def _trained(result: RunRef) -> str:
    own = result.epochs - result.reused_epochs
    circuits = sum(training.circuits for training in result.trainings)
    measured = f", {circuits:,} circuits measured" if circuits else ""
    of = f" of {len(result.trainings)} splits" if len(result.trainings) > 1 else ""
    if not own:
        return f"nothing trained, {result.reused_epochs:,}{of} reused{measured}"
    return f"{own:,}{of} trained, {result.reused_epochs:,} reused{measured}"


def _warnings(result: RunRef) -> list[str]:
    """Of all splits, each once."""
    return list(dict.fromkeys(w for training in result.trainings for w in training.warnings))


def _first(found: Sequence[ArtifactRef]) -> str:
    """The address of the first, and how many there are; empty where there is none."""
    return f"{found[0].uri}{_more(len(found))}" if found else ""


def _blocks(count: int) -> str:
    return "1 block" if count == 1 else f"{count} blocks"


def _more(count: int) -> str:
    return f"  (and {count - 1} more)" if count > 1 else ""


def _interval(score: Interval) -> str:
    if score.low is None or score.high is None:
        return f"{score.value:.3f} held out"
    return f"{score.value:.3f} held out, 95 % interval {score.low:.3f} to {score.high:.3f}"
