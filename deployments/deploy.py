"""Deployment from code: what must exist before `prefect deploy` can succeed, then that command."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from deployments.ours import check_ours
from qml_core.errors import QMLError, SpecError

WORK_POOL = "qml-process"
POOL_LIMIT = 2
"""Runs at once of the pool: exact simulation takes all cores of its machine."""


def deploy_all(prefect_file: str) -> Iterator[str]:
    """Yield a line per step.

    Raises:
        SpecError: no prefect.yaml here, or no server configured.
        QMLError: Prefect's API refused a step; its own words are in the message.
    """
    if not Path(prefect_file).is_file():
        raise SpecError(f"{prefect_file} is not in {Path.cwd()}", "run qml deploy from the project")
    check_ours()
    yield f"API          {_api_url()}"
    _prefect("work-pool", "create", WORK_POOL, "--type", "process", "--overwrite")
    _prefect("work-pool", "set-concurrency-limit", WORK_POOL, str(POOL_LIMIT))
    yield f"work pool    {WORK_POOL} (process), at most {POOL_LIMIT} runs at once"
    _prefect("deploy", "--all", "--prefect-file", prefect_file)
    for name in deployment_names(prefect_file):
        yield f"deployment   {name}"
    yield f"start a worker with: prefect worker start --pool {WORK_POOL}"


def deployment_names(prefect_file: str) -> list[str]:
    """`flow/deployment` of every deployment in the file."""
    import yaml

    document = yaml.safe_load(Path(prefect_file).read_text(encoding="utf-8"))
    return [d["name"] for d in document["deployments"]]


def _api_url() -> str:
    from prefect.settings import PREFECT_API_URL

    url = PREFECT_API_URL.value()
    if url is None:
        raise SpecError(
            "qml deploy needs a Prefect server, PREFECT_API_URL is not set",
            "start one with `prefect server start` and set PREFECT_API_URL=http://127.0.0.1:4200/api",
        )
    return str(url)


def _prefect(*arguments: str) -> None:
    """Run Prefect's command line; raises QMLError with its words where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        words = " ".join((done.stdout + done.stderr).split())[-600:]
        raise QMLError(f"prefect {' '.join(arguments)} failed: {words}", "see `qml doctor`")
