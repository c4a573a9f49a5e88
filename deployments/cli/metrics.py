"""`qml metrics`: the ledger and the backends for Prometheus, on this machine's loopback only."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from functools import cache
from threading import Event

import click

from deployments.cli.backends import checked_backend, standings_of
from deployments.cli.ledger import open_own_ledger
from qml_core.errors import QMLError
from qml_core.references import BackendStanding

ADDRESS = "127.0.0.1"
PORT = 9464
FRESH_S = 300.0
"""Backends are asked again after that: scrapes are frequent, providers limit requests."""


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@click.option("--once", is_flag=True, help="Print the text once and end.")
@click.option("--backend", "names", multiple=True, metavar="NAME", help="Its gauges too.")
def metrics(port: int, once: bool, names: tuple[str, ...]) -> None:
    """Circuits, shots and dollars, budgets and backends, in Prometheus' text format."""
    from prometheus_client import CollectorRegistry, generate_latest, start_http_server

    from qml_core.budget.metrics import LedgerCollector

    registry = CollectorRegistry()
    asked = remembering(tuple(map(checked_backend, names)), time.monotonic)
    # opened once; a failure is not remembered, so the next scrape tries again
    registry.register(LedgerCollector(cache(open_own_ledger), asked, _now))
    if once:
        click.echo(generate_latest(registry).decode(), nl=False)
        return
    try:
        server, _ = start_http_server(port, addr=ADDRESS, registry=registry)
    except OSError as error:
        raise QMLError(
            f"port {port} of {ADDRESS} cannot be opened: {error.strerror}", "give another --port"
        ) from error
    click.echo(f"http://{ADDRESS}:{server.server_port}/metrics, until Ctrl-C")
    Event().wait()


def remembering(
    names: Sequence[str], clock: Callable[[], float]
) -> Callable[[], Sequence[BackendStanding]]:
    """How the backends stand, asked at most every `FRESH_S` seconds."""
    kept: list[tuple[float, Sequence[BackendStanding]]] = []

    def ask() -> Sequence[BackendStanding]:
        now = clock()
        if not kept or now - kept[-1][0] >= FRESH_S:
            kept[:] = [(now, tuple(standings_of(names, _now())) if names else ())]
        return kept[-1][1]

    return ask


def _now() -> datetime:
    return datetime.now(timezone.utc)
