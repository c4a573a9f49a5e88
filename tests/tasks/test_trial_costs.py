"""What trainings cost is counted for one trial or fold each, dollars and QPU time alike."""

from types import SimpleNamespace

import pytest

from qml_core.references import Charge
from tasks import trial_costs

KEY = "a" * 64


@pytest.fixture
def plan(tmp_path):
    backend = SimpleNamespace(kind="qpu")
    return SimpleNamespace(key=KEY, store=tmp_path.as_uri(), backend=backend, segments=(1,))


def test_what_was_settled_later_is_counted_for_whoever_asked_for_it(plan, monkeypatch):
    jobs = []
    monkeypatch.setattr(trial_costs, "own_ledger", lambda: SimpleNamespace(jobs=lambda: jobs))

    def settle(microusd, qpu_ms, key=KEY):
        charge = Charge(microusd=microusd, qpu_ms=qpu_ms)
        jobs.append(SimpleNamespace(plan_key=key, settled=charge))

    def counted(trial):
        cost = trial_costs.cost_of([plan], trial)
        return cost.usd, cost.qpu_seconds

    settle(2_000_000, 3_000)
    settle(5_000_000, 5_000, key="b" * 64)
    jobs.append(SimpleNamespace(plan_key=KEY, settled=None))
    assert counted("first") == (2, 3)
    assert counted("other") == (0, 0)
    settle(1_000_000, 500)
    assert counted("other") == (1, 0.5)
    assert counted("first") == (2, 3)
