"""What a searcher's simulated circuits would take on a device, and at which price."""

from types import SimpleNamespace

import pytest

from qml_core.specs import BackendSpec, SearchSpec
from tasks.searcher_costs import how_counted, searcher_cost

RUN = SimpleNamespace(seconds=1.5, evaluations=40.0, readouts=8.0)
PRICES = """
[[price]]
backend = "braket.*"
as_of = 2026-11-21
source = "a contract"
usd_per_job = 0.5
usd_per_shot = 0.01

[[price]]
backend = "ibm.ibm_*"
as_of = 2026-11-21
source = "a contract"
usd_per_second = 2.0
"""


@pytest.fixture(autouse=True)
def prices(tmp_path, monkeypatch):
    (tmp_path / "prices.toml").write_text(PRICES)
    monkeypatch.setenv("QML_PRICES", str(tmp_path / "prices.toml"))


def search(**backend):
    return SearchSpec(space={"a": [1, 2]}, qaoa_backend=BackendSpec(**backend))


def test_a_device_counts_its_own_shots_and_prices():
    cost = searcher_cost(RUN, search(name="braket.iqm.Garnet", shots=512))
    assert (cost.circuits, cost.shots) == (40 + 8 * 2, 40 * 512 + 8 * 2 * 512)
    assert cost.usd == pytest.approx(0.5 * (40 + 8) + 0.01 * cost.shots)
    assert (cost.seconds, cost.evaluations) == (1.5, 40)


def test_without_a_device_shots_are_counted_and_not_priced():
    cost = searcher_cost(RUN, search())
    assert (cost.circuits, cost.shots) == (40 + 8 * 2, 40 * 1000 + 8 * 2 * 512)
    assert cost.usd is None
    assert "1,000 shots, not priced" in how_counted([search()])


@pytest.mark.parametrize("name", ["ibm.ibm_fez", "ionq.forte-1"])
def test_a_price_of_seconds_or_none_at_all_is_not_known_beforehand(name):
    asked = search(name=name, shots=512)
    assert searcher_cost(RUN, asked).usd is None
    assert f"512 shots on {name}, whose price depends on compiled circuits or is not known" in (
        how_counted([asked])
    )


def test_a_searcher_without_circuits_costs_nothing():
    none = SimpleNamespace(seconds=0.1, evaluations=0.0, readouts=0.0)
    cost = searcher_cost(none, search(name="braket.iqm.Garnet", shots=512))
    assert (cost.circuits, cost.shots, cost.usd) == (0, 0, 0)
