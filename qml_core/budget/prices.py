"""Prices: dated configuration with a source, and what a job costs under one. Pure."""

import math
import os
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from qml_core.errors import PriceUnknown, SpecError
from qml_core.references import Charge
from qml_core.specs import Spec

_OWN = Path(__file__).with_name("prices.toml")
VARIABLE = "QML_PRICES"


class Price(Spec):
    """What a backend charges; what is left out is 0."""

    backend: str = Field(description="Name as in BackendSpec, or a pattern such as ibm.fake_*")
    as_of: date = Field(description="When the source said so")
    source: str = Field(min_length=3, description="Where it is written")
    usd_per_job: float = Field(0.0, ge=0)
    usd_per_circuit: float = Field(0.0, ge=0)
    usd_per_shot: float = Field(0.0, ge=0)
    usd_per_second: float = Field(0.0, ge=0, description="Of QPU time")
    usd_per_one_qubit_gate_shot: float = Field(0.0, ge=0)
    usd_per_two_qubit_gate_shot: float = Field(0.0, ge=0)
    minimum_usd_per_circuit: float = Field(0.0, ge=0)


class JobSize(Spec):
    """What a job takes on the device; gates and seconds are those of all its circuits' shots."""

    circuits: int = Field(ge=0)
    shots: int = Field(ge=0, description="Of each circuit")
    one_qubit_gates: int = Field(0, ge=0, description="Of one circuit, as compiled")
    two_qubit_gates: int = Field(0, ge=0, description="Of one circuit, as compiled")
    seconds: float = Field(0.0, ge=0, description="QPU time of the whole job")


def charge(price: Price, size: JobSize) -> Charge:
    """The most a job costs, rounded up to a millionth of a USD and a millisecond."""
    gates = (
        size.one_qubit_gates * price.usd_per_one_qubit_gate_shot
        + size.two_qubit_gates * price.usd_per_two_qubit_gate_shot
    )
    circuit = price.usd_per_circuit + size.shots * (price.usd_per_shot + gates)
    usd = (
        price.usd_per_job
        + size.circuits * max(circuit, price.minimum_usd_per_circuit)
        + size.seconds * price.usd_per_second
    )
    return Charge(microusd=_up(usd * 1e6), qpu_ms=_up(size.seconds * 1e3))


def _up(value: float) -> int:
    """Rounded up, but not by what binary fractions add to a decimal one."""
    return math.ceil(round(value, 6))


def read_prices(environment: Mapping[str, str] | None = None) -> tuple[Price, ...]:
    """The prices of the file that `QML_PRICES` names, then the bundled ones.

    Raises:
        SpecError: the file is missing, or not a list of prices.
    """
    environment = os.environ if environment is None else environment
    own = environment.get(VARIABLE)
    files = [*([Path(own)] if own else []), _OWN]
    return tuple(price for file in files for price in _read(file))


def find_price(backend: str, prices: Iterable[Price]) -> Price:
    """The first price whose pattern fits; raises PriceUnknown."""
    for price in prices:
        if fnmatchcase(backend, price.backend):
            return price
    raise PriceUnknown(
        f"no dated price for {backend}, so nothing is submitted to it",
        f"write one into a TOML file ([[price]] backend, as_of, source, usd_per_…) and set "
        f"{VARIABLE} to its path",
    )


def _read(file: Path) -> list[Price]:
    try:
        document: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        return [Price.model_validate(entry) for entry in document["price"]]
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError, ValidationError) as error:
        words = " ".join(str(error).split())
        raise SpecError(f"{file} holds no prices: {words}", f"see {_OWN}") from error
