"""A search space: the product of a few levels of each hyper-parameter."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from qml_core.specs.base import Spec

Value = bool | int | float | str
MOST_LEVELS = 10_000
"""Of one hyper-parameter."""


_EXACT = 2.0**53
"""Whole numbers below are exact as floats."""


def _plain_values(values: Any) -> Any:
    """Refuse what is no level in words: the errors of a union name each of its types."""
    for value in values if isinstance(values, (list, tuple)) else ():
        finite = not isinstance(value, float) or math.isfinite(value)
        if not (isinstance(value, (bool, int, float, str)) and finite):
            raise ValueError(
                f"expected numbers, texts, true or false as levels, found {value!r:.80}"
            )
    return values


class DimensionSpec(Spec):
    """One hyper-parameter and the levels it may take."""

    name: str = Field(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$",
        max_length=128,
        description="As the objective knows it, e.g. C, bandwidth, kernel.encoding.reps",
    )
    kind: Literal["categorical", "integer", "real"] = Field(
        "categorical", description="categorical has values, the others a grid from low to high"
    )
    values: Annotated[tuple[Value, ...], BeforeValidator(_plain_values)] = Field(
        (), max_length=MOST_LEVELS, description="categorical"
    )
    low: float | None = Field(None, description="integer, real: least value")
    high: float | None = Field(None, description="integer, real: greatest value")
    points: int | None = Field(
        None,
        ge=1,
        le=MOST_LEVELS,
        description="Levels on the grid; none: 8 of a real one, all integers",
    )
    scale: Literal["linear", "log"] = Field("linear", description="Of the grid")

    @property
    def levels(self) -> tuple[Value, ...]:
        """In ascending order; categorical ones as they were given."""
        if self.kind == "categorical":
            return self.values
        assert self.low is not None
        assert self.high is not None
        whole = self.kind == "integer"
        points = self.points or (int(self.high - self.low) + 1 if whole else 8)
        grid = _grid(self.low, self.high, points, self.scale)
        if not whole:
            return tuple(dict.fromkeys(grid))
        return tuple(dict.fromkeys(min(max(round(x), int(self.low)), int(self.high)) for x in grid))

    @model_validator(mode="after")
    def _has_levels(self) -> Self:
        if self.kind == "categorical":
            self._check_values()
        else:
            self._check_range()
        return self

    def _check_values(self) -> None:
        if (self.low, self.high, self.points, self.scale) != (None, None, None, "linear"):
            raise ValueError(
                f"{self.name} is categorical: it has values, no low, high, points or scale; for a "
                "grid write kind: real or integer"
            )
        if not self.values:
            raise ValueError(f"{self.name} has no values; give at least one")
        marks = [(isinstance(v, bool), v) for v in self.values]  # 1 and 1.0 are one level
        if len(set(marks)) < len(marks):
            raise ValueError(f"{self.name} names a value twice: {list(self.values)}")

    def _check_range(self) -> None:
        if self.values:
            raise ValueError(f"{self.name} is {self.kind}: it has low and high, no values")
        if self.low is None or self.high is None or self.low > self.high:
            raise ValueError(
                f"{self.name} needs low ≤ high, found low={self.low}, high={self.high}"
            )
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"{self.name} is on a log scale, found low={self.low}; it must be > 0")
        if self.kind == "integer":
            if not (self.low.is_integer() and self.high.is_integer()):
                raise ValueError(f"{self.name} is integer, found low={self.low}, high={self.high}")
            if max(-self.low, self.high) > _EXACT:
                raise ValueError(
                    f"{self.name} is integer, found low={self.low:g}, high={self.high:g}; the "
                    "limit is 2^53"
                )
            if self.points is None and self.high - self.low >= MOST_LEVELS:
                raise ValueError(
                    f"{self.name} has {self.high - self.low + 1:.0f} levels, the limit is "
                    f"{MOST_LEVELS}; give points"
                )


def _grid(low: float, high: float, points: int, scale: str) -> tuple[float, ...]:
    if points == 1 or low == high:
        return (low,)
    shares = [k / (points - 1) for k in range(points)]
    if scale == "linear":
        inner = [low + (high - low) * share for share in shares]
    else:
        a, b = math.log(low), math.log(high)
        # twelve digits: whatever the machine's logarithm, the same configuration has the same key
        inner = [float(f"{math.exp(a + (b - a) * share):.12g}") for share in shares]
    return (low, *inner[1:-1], high)


def named_dimensions(space: Any) -> Any:
    """A mapping of names, as YAML writes it: to a list of values, or to a kind and its range."""
    if isinstance(space, (list, tuple)):
        for dimension in space:
            if not isinstance(dimension, (dict, DimensionSpec)):
                raise ValueError(
                    f"expected {{name: …, values: […]}} in the list, found {dimension!r:.80}; or "
                    "write a mapping of names to levels"
                )
        return space
    if not isinstance(space, dict):
        raise ValueError(
            "expected a mapping of names to levels, e.g. {C: [1, 10], reps: {kind: integer, low: "
            f"1, high: 3}}}}, found {space!r:.80}"
        )
    found = []
    for name, said in space.items():
        if isinstance(said, (list, tuple)):
            said = {"values": said}
        if not isinstance(said, dict):
            raise ValueError(
                f"{name}: expected a list of values, or kind, low and high, found {said!r:.80}"
            )
        found.append({"name": name, **said})
    return found


SpaceSpec = Annotated[
    tuple[DimensionSpec, ...], BeforeValidator(named_dimensions), Field(max_length=256)
]


def space_size(space: tuple[DimensionSpec, ...]) -> int:
    """Configurations of the whole space."""
    return math.prod(len(dimension.levels) for dimension in space)
