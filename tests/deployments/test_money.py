"""USD as typed and shown are the ledger's millionths, exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.cli.money import MOST_USD, to_microusd, usd, usd_column


@given(st.integers(0, MOST_USD * 10**6))
def test_what_is_shown_is_read_back_to_the_millionth(microusd):
    assert to_microusd(usd(microusd).replace(",", "")) == microusd


@pytest.mark.parametrize(
    ("typed", "microusd"),
    [("25", 25_000_000), ("0.1", 100_000), ("0.00145", 1450), ("$2.50", 2_500_000), ("1e3", 10**9)],
)
def test_decimal_amounts_do_not_pass_through_binary_fractions(typed, microusd):
    assert to_microusd(typed) == microusd


@pytest.mark.parametrize("typed", ["", "ten", "nan", "inf", "-1", "-0.01", "0.0000001", "1e10"])
def test_what_is_no_amount_is_refused_with_the_reason(typed):
    with pytest.raises(ValueError, match=r"USD"):
        to_microusd(typed)


def test_columns_align_at_the_decimal_point():
    shown = [usd_column(amount) for amount in (1, 1450, 25_000_000, 9_999_123_456)]
    assert len({text.index(".") for text in shown}) == 1
    assert len(set(map(len, shown))) == 1
