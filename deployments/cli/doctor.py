"""`qml doctor`: versions, settings, store, Prefect's API and devices; exit 1 where one fails."""

import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

import click

from deployments.cli.parameters import JSON
from deployments.ours import check_ours, where
from qml_core.errors import QMLError
from qml_core.settings import Settings

PACKAGES = (
    "qml-flows", "prefect", "fastapi", "pennylane", "pennylane-lightning", "torch", "scikit-learn",
    "xgboost", "scipy", "pandas", "pyarrow", "s3fs",
)  # fmt: skip


def _versions() -> str:
    found = [f"python {sys.version.split()[0]}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError as error:
            raise QMLError(
                f"{package} is not installed", "run make demo, or pip install it"
            ) from error
    return ", ".join(found)


def _settings() -> str:
    from urllib.parse import urlsplit, urlunsplit

    values = Settings.from_environment().model_dump()
    for name, value in values.items():
        if isinstance(value, str) and "@" in value:  # a ledger's password is nobody's business
            parts = urlsplit(value)
            values[name] = urlunsplit(parts._replace(netloc=f"…@{parts.netloc.rpartition('@')[2]}"))
    return ", ".join(f"{name} = {value}" for name, value in values.items())


def _packages() -> str:
    check_ours()
    return f"flows, tasks and qml_core in {next(iter(where().values())).parent}"  # type: ignore[union-attr]


def _store() -> str:
    from qml_core.storage.probe import probe
    from qml_core.storage.store import open_store

    report = probe(open_store(Settings.from_environment().storage_url))
    if not (report.readable and report.writable and report.conditional):
        raise QMLError(f"store: {report}", "use an endpoint that honours If-None-Match")
    return f"reachable, writable, conditional writes work ({report.seconds:.2f} s)"


def _api() -> str:
    import httpx

    from deployments.cli.running import prepare_environment

    prepare_environment(local=False, verbose=False)
    from prefect.settings import PREFECT_API_URL

    url = PREFECT_API_URL.value()
    if url is None:
        return "none configured: each run starts a temporary server (6-12 s)"
    try:
        httpx.get(f"{url}/health", timeout=5).raise_for_status()
    except httpx.HTTPError as error:
        raise QMLError(
            f"PREFECT_API_URL={url} does not answer: {error}",
            "start it with `prefect server start`, or unset PREFECT_API_URL",
        ) from error
    return f"{url} answers"


def _devices() -> str:
    import torch

    gpus = [torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count())]
    return f"{os.cpu_count()} processors, {torch.get_num_threads()} torch threads, " + (
        ", ".join(gpus) or "no GPU"
    )


CHECKS: dict[str, Callable[[], str]] = {
    "versions": _versions,
    "packages": _packages,
    "settings": _settings,
    "store": _store,
    "prefect": _api,
    "devices": _devices,
}


@click.command()
@JSON
def doctor(as_json: bool) -> int:
    """Check the installation, the settings, the store and Prefect."""
    results = {name: _result(check) for name, check in CHECKS.items()}
    if as_json:
        click.echo(json.dumps(results, indent=2))
    else:
        for name, result in results.items():
            mark = (
                click.style("ok  ", fg="green") if result["ok"] else click.style("FAIL", fg="red")
            )
            click.echo(f"{mark} {name:<10}{result['found']}")
    return 0 if all(result["ok"] for result in results.values()) else 1


def _result(check: Callable[[], str]) -> dict[str, object]:
    try:
        return {"ok": True, "found": check()}
    except QMLError as error:
        return {"ok": False, "found": str(error)}
