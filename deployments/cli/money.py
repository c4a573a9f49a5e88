"""USD as people type and read it, millionths of a USD as the ledger counts it: exact both ways."""

from decimal import Decimal, InvalidOperation
from typing import Any

import click

from qml_core.budget import limits
from qml_core.budget.entries import MOST

MICRO = 10**6
MOST_USD = MOST // MICRO
PLACES = 6


def to_microusd(text: str) -> int:
    """Millionths of a USD; raises ValueError with the reason where the text is no such amount."""
    try:
        amount = Decimal(text.strip().removeprefix("$"))
    except InvalidOperation:
        raise ValueError(f"{text!r} is no amount in USD, e.g. 25 or 0.50") from None
    if not amount.is_finite() or not 0 <= amount <= MOST_USD:
        raise ValueError(f"{text} USD must lie between 0 and {MOST_USD:,}")
    micro = amount * MICRO
    if micro != micro.to_integral_value():
        raise ValueError(f"{text} USD has more than {PLACES} decimals")
    return int(micro)


def usd(microusd: int) -> str:
    """`1,234.5678`: exact, with at least two decimals."""
    return limits.usd(microusd).removesuffix(" USD")


def usd_column(microusd: int, width: int = 14) -> str:
    """Right-aligned at the decimal point: trailing zeros are blanks."""
    text = usd(microusd)
    blank = PLACES - len(text.partition(".")[2])
    return (text + " " * blank).rjust(width)


class Usd(click.ParamType):
    """An amount in USD on a command line, read into millionths."""

    name = "USD"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> int:
        try:
            return to_microusd(str(value))
        except ValueError as error:
            self.fail(str(error), param, context)
