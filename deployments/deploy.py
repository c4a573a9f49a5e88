"""Deployment from code: what must exist before `prefect deploy` can succeed, then that command."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deployments.api import check_api, configured_url, without_password
from deployments.ours import check_ours
from qml_core.errors import QMLError, SpecError

WORK_POOL = "qml-process"
POOL_LIMIT = 2
"""Runs at once of the pool: exact simulation takes all cores of its machine."""


def deploy_all(prefect_file: str) -> Iterator[str]:
    """Yield a line per step.

    Raises:
        SpecError: no prefect.yaml here, or no server configured.
        QMLError: Prefect's API does not answer or refused a step; its own words are in the message.
    """
    declared = deployments_of(prefect_file)
    check_ours()
    url = _api_url()
    yield f"API          {without_password(url)}"
    done = _ensure_pool()
    yield f"work pool    {WORK_POOL} (process, {done}), at most {POOL_LIMIT} runs at once"
    _prefect("deploy", "--all", "--prefect-file", prefect_file)
    for deployment in declared:
        crons = [schedule["cron"] for schedule in deployment.get("schedules", ())]
        when = f", scheduled {' and '.join(crons)}" if crons else ""
        yield f"deployment   {deployment['name']} ({deployment['entrypoint']}{when})"
    yield f"next         prefect worker start --pool {WORK_POOL}"


def deployments_of(prefect_file: str) -> list[dict[str, Any]]:
    """The deployments a file declares; raises SpecError where it is missing or no such file."""
    import yaml

    path = Path(prefect_file)
    if not path.is_file():
        raise SpecError(f"{prefect_file} is not in {Path.cwd()}", "run qml deploy from the project")
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        return [dict(deployment) for deployment in document["deployments"]]
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        words = " ".join(str(error).split())
        raise SpecError(f"{prefect_file} declares no deployments: {words}") from error


def _api_url() -> str:
    url = configured_url()
    if url is None:
        raise SpecError(
            "qml deploy needs a Prefect server, PREFECT_API_URL is not set",
            "start one with `prefect server start` and set PREFECT_API_URL=http://127.0.0.1:4200/api",
        )
    check_api(url)
    return url


def _ensure_pool() -> str:
    """Create the pool, or leave a customised one as it is but for its limit; returns what it did.

    Raises:
        QMLError: the API refused.
    """
    from httpx import HTTPError
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
    from prefect.exceptions import ObjectNotFound
    from prefect.workers.process import ProcessWorker

    try:
        with get_client(sync_client=True) as client:
            try:
                client.read_work_pool(WORK_POOL)
            except ObjectNotFound:
                template = ProcessWorker.get_default_base_job_template()
                client.create_work_pool(
                    WorkPoolCreate(
                        name=WORK_POOL,
                        type=ProcessWorker.type,
                        base_job_template=template,
                        concurrency_limit=POOL_LIMIT,
                    )
                )
                return "created"
            client.update_work_pool(WORK_POOL, WorkPoolUpdate(concurrency_limit=POOL_LIMIT))
            return "exists"
    except HTTPError as error:
        raise QMLError(
            f"Prefect's API refused the work pool {WORK_POOL}: {error}", "see `qml doctor`"
        ) from error


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
