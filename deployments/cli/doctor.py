"""`qml doctor`: versions, settings, store, ledger, Prefect and devices; exit 1 where one fails."""

import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

import click

from deployments.api import check_api, configured_url, without_password
from deployments.cli.layout import labelled, size
from deployments.cli.parameters import JSON
from deployments.cli.reaching import check_endpoint
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
    values = Settings.from_environment().model_dump()
    return ", ".join(f"{name} = {_shown(name, value)}" for name, value in values.items())


def _shown(name: str, value: object) -> str:
    """A ledger's password is nobody's business."""
    if isinstance(value, int) and name.endswith("_bytes"):
        return size(value)
    return without_password(str(value)) if value is not None else "none"


def _packages() -> str:
    check_ours()
    return f"flows, tasks and qml_core in {next(iter(where().values())).parent}"  # type: ignore[union-attr]


def _store() -> str:
    from qml_core.storage.probe import probe
    from qml_core.storage.store import open_store

    settings = Settings.from_environment()
    check_endpoint(settings, settings.storage_url)
    report = probe(open_store(settings.storage_url))
    if not (report.readable and report.writable and report.conditional):
        raise QMLError(f"store: {report}", "use an endpoint that honours If-None-Match")
    return f"reachable, writable, conditional writes work ({report.seconds:.2f} s)"


def _ledger() -> str:
    from deployments.cli.ledger import open_own_ledger

    where_ = without_password(Settings.from_environment().ledger_url)
    found = open_own_ledger().audit()
    if found:
        raise QMLError(f"{where_} is not sound: {found[0]}", "see `qml budget history`")
    return f"its balances follow from its entries: {where_}"


def _api() -> str:
    from deployments.cli.running import prepare_environment

    prepare_environment(local=False, verbose=False)
    url = configured_url()
    if url is None:
        return "none configured: each run starts a temporary server (6-12 s)"
    check_api(url)
    return f"{without_password(url)} answers"


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
    "ledger": _ledger,
    "prefect": _api,
    "devices": _devices,
}


@click.command()
@JSON
def doctor(as_json: bool) -> int:
    """Check the installation, the settings, the store, the ledger and Prefect."""
    results = {name: _result(check) for name, check in CHECKS.items()}
    if as_json:
        click.echo(json.dumps(results, indent=2))
    else:
        for name, result in results.items():
            good = bool(result["ok"])
            mark = click.style("ok  " if good else "FAIL", fg="green" if good else "red")
            found = labelled([(name, str(result["found"]))], column=10, indent=" " * 5)
            click.echo(f"{mark} {found[5:]}")
    return 0 if all(result["ok"] for result in results.values()) else 1


def _result(check: Callable[[], str]) -> dict[str, object]:
    try:
        return {"ok": True, "found": check()}
    except QMLError as error:
        return {"ok": False, "found": str(error)}
