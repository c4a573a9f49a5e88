"""What jobs cost under dated prices."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qml_core.budget.prices import JobSize, Price, charge, find_price, read_prices
from qml_core.errors import PriceUnknown, SpecError

ABOUT = {"backend": "x", "as_of": date(2026, 1, 1), "source": "test"}

OWN = """
[[price]]
backend = "braket.iqm.*"
as_of = 2026-02-03
source = "our contract"
usd_per_job = 0.10
"""


def price(**values):
    return Price(**ABOUT, **values)


def test_braket_charges_tasks_and_shots():
    """100 rows: 4,950 entries of 1,000 shots on Garnet in program sets of 100 circuits."""
    garnet = find_price("braket.iqm.Garnet", read_prices({}))
    full = charge(garnet, JobSize(circuits=100, shots=1000)).times(49)
    last = charge(garnet, JobSize(circuits=50, shots=1000))
    assert full.plus(last).microusd == 50 * 300_000 + 4_950_000 * 1450
    assert charge(garnet, JobSize(circuits=1, shots=100)).usd == 0.445


def test_ionq_charges_gates_in_shots_and_a_least_amount_of_each_circuit():
    """Azure's formula of 2024-12: 12.4166 + 0.000220 N1q shots + 0.000975 N2q shots, at least."""
    contract = price(
        usd_per_one_qubit_gate_shot=0.00022,
        usd_per_two_qubit_gate_shot=0.000975,
        minimum_usd_per_circuit=12.4166,
    )
    small = JobSize(circuits=3, shots=100, one_qubit_gates=20, two_qubit_gates=10)
    assert charge(contract, small).microusd == 3 * 12_416_600
    large = small.model_copy(update={"shots": 10_000})
    assert charge(contract, large).microusd == 3 * round(10_000 * (0.0044 + 0.00975) * 1e6)


def test_ibm_charges_seconds_of_the_whole_job():
    found = charge(price(usd_per_second=1.6), JobSize(circuits=78, shots=1000, seconds=2.5))
    assert (found.usd, found.qpu_ms) == (4.0, 2500)


def test_qpu_time_is_counted_where_nothing_is_paid():
    assert charge(price(), JobSize(circuits=1, shots=1, seconds=0.0001)).qpu_ms == 1


@pytest.mark.parametrize(
    ("usd", "microusd"),
    [(0.1 + 0.2, 300_000), (1e-6, 1), (1.4e-6, 2), (1e-9, 1), (0.0, 0), (1.000001, 1_000_001)],
)
def test_amounts_are_rounded_up_but_not_by_binary_fractions(usd, microusd):
    assert charge(price(usd_per_job=usd), JobSize(circuits=1, shots=1)).microusd == microusd


sizes = st.builds(
    JobSize,
    circuits=st.integers(0, 300),
    shots=st.integers(0, 10**6),
    one_qubit_gates=st.integers(0, 500),
    two_qubit_gates=st.integers(0, 500),
    seconds=st.floats(0, 1e4),
)
EVERYTHING = price(
    usd_per_job=0.3,
    usd_per_circuit=0.01,
    usd_per_shot=0.001,
    usd_per_second=1.6,
    usd_per_one_qubit_gate_shot=0.0002,
    usd_per_two_qubit_gate_shot=0.001,
    minimum_usd_per_circuit=1.0,
)


@given(sizes, st.sampled_from(sorted(JobSize.model_fields)))
def test_more_of_anything_never_costs_less(size, name):
    more = size.model_copy(update={name: getattr(size, name) + 1})
    assert charge(EVERYTHING, more).microusd >= charge(EVERYTHING, size).microusd


@given(sizes)
def test_two_halves_never_cost_less_than_the_whole(size):
    """Else a job split in two would go past what was reserved for one."""
    whole = charge(EVERYTHING, size)
    half = size.model_copy(update={"circuits": size.circuits // 2, "seconds": size.seconds / 2})
    rest = half.model_copy(update={"circuits": size.circuits - half.circuits})
    parts = charge(EVERYTHING, half).plus(charge(EVERYTHING, rest))
    assert parts.microusd >= whole.microusd
    assert parts.qpu_ms >= whole.qpu_ms


def test_the_first_pattern_that_fits_counts():
    dear, cheap = price(usd_per_job=9), price(usd_per_job=1)
    named = [
        dear.model_copy(update={"backend": "ibm.ibm_fez"}),
        cheap.model_copy(update={"backend": "ibm.*"}),
    ]
    assert find_price("ibm.ibm_fez", named).usd_per_job == 9
    assert find_price("ibm.ibm_torino", named).usd_per_job == 1
    assert find_price("ibm.ibm_fez", named[::-1]).usd_per_job == 1


def test_no_price_says_how_to_write_one():
    with pytest.raises(PriceUnknown, match=r"ionq\.forte-1, so nothing is submitted") as caught:
        find_price("ionq.forte-1", [price()])
    assert "QML_PRICES" in caught.value.remedy
    assert (caught.value.http_status, caught.value.exit_code) == (402, 3)


def test_a_file_of_ones_own_comes_before_the_bundled_prices(tmp_path):
    file = tmp_path / "prices.toml"
    file.write_text(OWN)
    found = read_prices({"QML_PRICES": str(file)})
    assert find_price("braket.iqm.Garnet", found).usd_per_job == 0.1
    assert find_price("braket.iqm.Garnet", found).as_of == date(2026, 2, 3)
    assert find_price("ibm.fake_manila", found) == find_price("ibm.fake_manila", read_prices({}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[price]]\nbackend = 'x'",
        OWN.replace("as_of = 2026-02-03", ""),
        OWN.replace("our contract", ""),
        OWN.replace("0.10", "-0.10"),
        OWN + "usd_per_jobb = 1",
        "not toml",
    ],
)
def test_a_file_that_is_no_list_of_dated_prices_is_told(tmp_path, text):
    file = tmp_path / "prices.toml"
    file.write_text(text)
    with pytest.raises(SpecError, match=r"prices\.toml holds no prices"):
        read_prices({"QML_PRICES": str(file)})


def test_a_file_that_is_missing_is_told(tmp_path):
    with pytest.raises(SpecError, match=r"none\.toml"):
        read_prices({"QML_PRICES": str(tmp_path / "none.toml")})


def test_every_bundled_price_has_a_source_and_is_not_of_tomorrow():
    bundled = read_prices({})
    assert bundled
    assert all(len(p.source) > 10 and p.as_of >= date(2025, 1, 1) for p in bundled)
    assert len({p.backend for p in bundled}) == len(bundled)


def test_fake_backends_and_simulators_in_the_cloud_are_free():
    size = JobSize(circuits=300, shots=10_000, seconds=1)
    for name in ("ibm.fake_manila", "ionq.simulator"):
        assert charge(find_price(name, read_prices({})), size).microusd == 0
