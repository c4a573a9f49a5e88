"""`qml backends`: which serve now, how old their calibration is, what they cost and have cost."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone

import click

from deployments.cli.layout import paragraph
from deployments.cli.ledger import find_backend, open_own_ledger
from deployments.cli.money import usd
from deployments.cli.parameters import JSON
from qml_core.backend_names import EXACT, NOISY, kind_of
from qml_core.errors import LedgerUnavailable, SpecError
from qml_core.references import BackendStanding, Charge
from qml_core.settings import Settings
from qml_core.specs.backend import check_backend_name

WILDCARDS = frozenset("*?[")
UNKNOWN = "–"


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME …]")
@JSON
def backends(names: tuple[str, ...], as_json: bool) -> None:
    """Status, qubits, queue, age of the calibration, today's spend and price.

    Without NAME: the simulators, and every QPU with a price of its own. QPUs are asked over the
    network, with the credentials of the environment.
    """
    from qml_core.budget.prices import read_prices

    prices = read_prices()
    priced = [price.backend for price in prices if not WILDCARDS & set(price.backend)]
    asked = tuple(map(checked_backend, names)) or (*EXACT, *NOISY, *priced)
    standings = standings_of(tuple(dict.fromkeys(asked)), datetime.now(timezone.utc))
    if as_json:
        click.echo(json.dumps([s.model_dump(mode="json") for s in standings], indent=2))
        return
    column = 2 + max(map(len, asked))
    click.echo(_HEAD.format("BACKEND", column=column))
    for standing in standings:  # told as they are found: a provider may take seconds to answer
        click.echo(_entry(standing, column))


def checked_backend(name: str) -> str:
    """The name; raises SpecError where no backend can have it."""
    try:
        return check_backend_name(name)
    except ValueError as error:
        raise SpecError(str(error), "see `qml list backends`") from error


def standings_of(names: Sequence[str], now: datetime) -> Iterator[BackendStanding]:
    """One after the other, as they answer."""
    from qml_core.budget.prices import read_prices
    from qml_core.hardware.inspection import inspect_backend

    memory_bytes = Settings.from_environment().memory_bytes
    prices, spent = read_prices(), _spending(now)
    for name in names:
        standing = inspect_backend(name, find_backend, prices, now, memory_bytes)
        yield standing.model_copy(update={"spent_today": spent(name)})


def _spending(now: datetime) -> Callable[[str], Charge | None]:
    """What each backend was paid today; None everywhere where the ledger does not answer."""
    from qml_core.budget.standing import spent_today

    try:
        jobs = open_own_ledger().jobs()
    except LedgerUnavailable as error:
        click.echo(f"qml: {error}", err=True)
        return lambda name: None
    return lambda name: spent_today(jobs, name, now)


_HEAD = "{:<{column}}STATUS      QUBITS  QUEUE  CALIBRATED    USD TODAY"
_COLOURS = {"serves": "green", "offline": "yellow", "not opened": "red"}


def _entry(found: BackendStanding, column: int) -> str:
    """The line of a backend; below it why it does not serve, and its price."""
    status = {True: "serves", False: "offline", None: "not opened"}[found.serves]
    spent = UNKNOWN if found.spent_today is None else usd(found.spent_today.microusd)
    line = (
        f"{_or_unknown(found.qubits):>6}{_or_unknown(found.queue):>7}"
        f"{age(found.calibration_age_h):>12}{spent:>13}"
    )
    bold = click.style(found.name, bold=True) + " " * (column - len(found.name))
    mark = click.style(f"{status:<12}", fg=_COLOURS[status])
    below = [found.reason, _price(found)]
    return "\n".join([f"{bold}{mark}{line}", *(paragraph(t, "    ") for t in below if t)])


def _price(found: BackendStanding) -> str:
    if kind_of(found.name) != "qpu":
        return ""
    if not found.price:
        return "no dated price: nothing is submitted to it, see docs/budget.md"
    return f"{found.price} ({found.price_as_of}: {found.price_source})"


def age(hours: float | None) -> str:
    """Hours up to two days, then days."""
    if hours is None:
        return UNKNOWN
    return f"{hours:,.1f} h" if hours < 48 else f"{hours / 24:,.0f} days"


def _or_unknown(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)
