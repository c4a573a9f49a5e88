"""Numbers as a reader wants them: as many digits as they deserve, a true minus sign, units."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone

from qml_core.references import Interval

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LONGEST_VALUE = 1000
_MOST_ROWS = 300


def number(value: float | None, digits: int = 3) -> str:
    """Significant digits; powers of ten below 1e-3 and from 1e6; '–' for None and NaN."""
    if value is None or not math.isfinite(value):
        return "–"
    if isinstance(value, int):
        return _minus(f"{value:,d}")
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    if not -3 <= exponent < 6:
        mantissa = f"{value:.{digits - 1}e}".split("e")[0]
        return f"{_minus(mantissa)}×{power_of_ten(exponent)}"
    return _minus(f"{value:,.{max(0, digits - 1 - exponent)}f}")


def short(value: float, digits: int = 3) -> str:
    """As `number`, without trailing zeros: for parameters and ticks."""
    mantissa, times, power_ = number(value, digits).partition("×")
    return (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa) + times + power_


def power_of_ten(exponent: int) -> str:
    return "10" + power(exponent)


def power(exponent: int) -> str:
    return str(exponent).translate(_SUPERSCRIPTS)


def dimension(d: int | None) -> str:
    """In full up to a million, as a power of two above; '–' for None."""
    if d is None:
        return "–"
    return f"{d:,}" if d <= 10**6 else f"2{str(d.bit_length() - 1).translate(_SUPERSCRIPTS)}"


def one_over(d: int) -> str:
    """1/d of a dimension, which may be beyond what a float holds."""
    inverse = 1 / d
    return f"1/d = {number(inverse) if inverse else '2' + power(1 - d.bit_length())}"


def decimals(interval: Interval) -> int:
    """Decimals at which the width of the interval keeps two digits, from 0 to 6; 3 without one."""
    width = abs((interval.high or 0) - (interval.low or 0)) if has_bounds(interval) else 0.0
    return 3 if width == 0 else min(6, max(0, math.ceil(-math.log10(width)) + 1))


def has_bounds(interval: Interval) -> bool:
    return interval.low is not None and interval.high is not None


def centre(interval: Interval | None, signed: bool = False) -> str:
    """The value alone, with the digits its interval allows."""
    if interval is None:
        return "–"
    return _fixed(interval.value, decimals(interval), signed)


def bounds(interval: Interval | None, signed: bool = False) -> str:
    """'[low, high]', or nothing where there is no interval."""
    if interval is None or not has_bounds(interval):
        return ""
    ends = (interval.low or 0.0, interval.high or 0.0)
    return "[{}, {}]".format(*(_fixed(end, decimals(interval), signed) for end in ends))


def between(values: Sequence[int]) -> str:
    """'14 to 30', one number where all are the same, '–' for none."""
    if not values:
        return "–"
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def percent(share: float) -> str:
    return f"{100 * share:.1f}\u00a0%" if 0 < share < 0.1 else f"{100 * share:.0f}\u00a0%"


def seconds(value: float) -> str:
    """Wall time: 42 ms, 3.1 s, 2 min 05 s, 1 h 03 min."""
    if value < 0.9995:
        return f"{1000 * value:.0f}\u00a0ms"
    if value < 59.95:
        return f"{value:.1f}\u00a0s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def qpu_time(value: float | None) -> str:
    """As `seconds`; 'none' for 0 and 'unknown' for None."""
    if value is None:
        return "unknown"
    return seconds(value) if value else "none"


def usd(value: float | None) -> str:
    """Cents, and 'unknown' for None: a spend that nobody knows is not 0."""
    if value is None:
        return "unknown"
    return f"${value:,.2f}" if value == 0 or value >= 0.01 else "under $0.01"


def hours(value: float | None) -> str:
    """Hours up to two days, then days; 'unknown' for None."""
    if value is None:
        return "unknown"
    return f"{value:,.1f} h" if value < 48 else f"{value / 24:,.0f} days"


def moment(when: datetime) -> str:
    """'2026-11-20 14:03 UTC'; a naive moment is taken as UTC."""
    aware = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    utc = aware.astimezone(timezone.utc)
    return f"{utc:%Y-%m-%d %H:%M} UTC"


def rows_of(nested: Mapping[str, object]) -> list[tuple[str, str]]:
    """A nested mapping as (dotted path, text) rows; what is too long is cut, and says so."""
    rows = list(_flatten("", nested))
    if len(rows) > _MOST_ROWS:
        return [*rows[:_MOST_ROWS], ("…", f"{len(rows) - _MOST_ROWS} more, see the run's record")]
    return rows


def _flatten(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flatten(f"{path}.{name}" if path else str(name), inner)
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        for index, inner in enumerate(value):
            yield from _flatten(f"{path}.{index}", inner)
    else:
        yield _cut(path), _cut(_text(value))


def _text(value: object) -> str:
    if value is None or value == [] or value == () or value == {}:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    return str(value)


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_VALUE:
        return text
    return f"{text[:_LONGEST_VALUE]}… ({len(text):,} characters)"


def _fixed(value: float, places: int, signed: bool) -> str:
    text = f"{value:+,.{places}f}" if signed else f"{value:,.{places}f}"
    return _minus(text if float(text.replace(",", "")) else text.lstrip("+-"))


def _minus(text: str) -> str:
    return text.replace("-", "−")
