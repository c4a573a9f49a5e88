"""Numbers as text."""

from datetime import datetime, timedelta, timezone

import pytest

from qml_core.evaluation.report import numbers
from qml_core.references import Interval


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0.0, "0"),
        (6000, "6,000"),
        (0.95612, "0.956"),
        (-0.0123, "−0.0123"),
        (0.9996, "1.00"),
        (1234.6, "1,235"),
        (1 / 1024, "9.77×10⁻⁴"),
        (-2.5e-16, "−2.50×10⁻¹⁶"),
        (3.2e7, "3.20×10⁷"),
    ],
)
def test_a_number_keeps_three_significant_digits(value, text):
    assert numbers.number(value) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.9436, 0.9686, "0.956 [0.944, 0.969]"),
        (0.95, 0.962, "0.956 [0.950, 0.962]"),
        (0.95610, 0.95614, "0.956120 [0.956100, 0.956140]"),
        (None, None, "0.956"),
    ],
)
def test_the_width_of_an_interval_decides_how_many_digits_are_shown(low, high, text):
    interval = Interval(value=0.95612, low=low, high=high)
    assert f"{numbers.centre(interval)} {numbers.bounds(interval)}".strip() == text


def test_a_difference_carries_its_sign_and_zero_carries_none():
    assert numbers.bounds(Interval(value=0.0, low=-0.012, high=0.005), True) == "[−0.012, +0.005]"
    assert numbers.centre(Interval(value=-0.00001, low=-0.01, high=0.01), True) == "0.000"


def test_large_targets_keep_no_digits_their_interval_does_not_have():
    interval = Interval(value=51234.5, low=50100.0, high=52400.0)
    assert f"{numbers.centre(interval)} {numbers.bounds(interval)}" == "51,234 [50,100, 52,400]"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.042, "42 ms"),
        (3.14, "3.1 s"),
        (59.96, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3780, "1 h 03 min"),
    ],
)
def test_a_duration_is_told_in_its_natural_unit(value, text):
    assert numbers.seconds(value).replace("\u00a0", " ") == text


def test_a_moment_is_told_in_utc():
    east = datetime(2026, 11, 20, 15, 3, tzinfo=timezone(timedelta(hours=1)))
    naive = datetime(2026, 11, 20, 14, 3)
    assert numbers.moment(east) == numbers.moment(naive) == "2026-11-20 14:03 UTC"


def test_nested_specs_become_dotted_paths():
    nested = {
        "split": {"seed": 0, "on": True},
        "C": [0.1, 1.0],
        "path": None,
        "jobs": [{"id": "a"}],
    }
    assert numbers.rows_of(nested) == [
        ("split.seed", "0"),
        ("split.on", "true"),
        ("C", "0.1, 1"),
        ("path", "none"),
        ("jobs.0.id", "a"),
    ]


def test_long_values_and_long_lists_are_cut_and_say_so():
    (row,) = numbers.rows_of({"note": "x" * 5000})
    assert row[1].endswith("… (5,000 characters)")
    rows = numbers.rows_of({str(i): i for i in range(1000)})
    assert rows[-1] == ("…", "700 more, see the run's record")


@pytest.mark.parametrize(("d", "text"), [(1024, "1,024"), (2**20, "2²⁰"), (2**4096, "2⁴⁰⁹⁶")])
def test_the_dimension_of_many_qubits_is_a_power_of_two(d, text):
    assert numbers.dimension(d) == text


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        (numbers.usd, None, "unknown"),
        (numbers.qpu_time, None, "unknown"),
        (numbers.qpu_time, 0.0, "none"),
        (numbers.qpu_time, 2.5, "2.5\u00a0s"),
        (numbers.hours, None, "unknown"),
        (numbers.hours, 3.24, "3.2 h"),
        (numbers.hours, 21793.4, "908 days"),
    ],
)
def test_what_is_not_known_is_called_so(function, value, text):
    assert function(value) == text
