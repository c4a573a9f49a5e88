"""What plans still cost: every circuit counted, and shots that would fit do fit."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qml_core.budget.entries import Budget
from qml_core.budget.projection import (
    MOST_LEVELS,
    affordable_shots,
    check_budget,
    fits,
    job_sizes,
    projected,
    top_up_cost,
)
from qml_core.errors import BudgetExceeded
from qml_core.kernels.planning import diagonal_plan, plan_kernel
from qml_core.references import ArtifactRef, Charge, DatasetRef
from qml_core.specs import BackendSpec, KernelSpec, RunSpec

REF = {"store": "file:///s", "path": "x/aa.json", "sha256": "0" * 64}
START = datetime(2026, 11, 1, tzinfo=timezone.utc)
GARNET = "braket.iqm.Garnet"


def data(n_train=30, n_test=7):
    return DatasetRef(
        **REF, name="d", digest="a" * 64, task="classification", rows=n_train + n_test, features=2,
        raw_columns=("a", "b"), target="y", classes=("0", "1"), n_train=n_train, n_test=n_test,
        split_seed=0, preprocessing=ArtifactRef(**REF),
    )  # fmt: skip


def plan(backend, rows="all", columns=None, **sizes):
    return plan_kernel(data(**sizes), KernelSpec(), backend, RunSpec(), rows=rows, columns=columns)


def budget(usd=0.0, reserved=0.0, spent=0.0, qpu_s=None, frozen=False):
    def charge(amount):
        return Charge(microusd=round(amount * 1e6))

    return Budget(
        project="chemistry",
        cap=charge(usd),
        cap_qpu_ms=None if qpu_s is None else round(qpu_s * 1e3),
        reserved=charge(reserved),
        spent=charge(spent),
        overrun=Charge(),
        frozen=frozen,
        window_start=START,
        window_end=START + timedelta(days=30),
    )


def garnet(circuits, shots):
    """0.30 USD a job, 0.00145 a shot; 1 ms of QPU time a shot."""
    return Charge(microusd=300_000 + 1450 * circuits * shots, qpu_ms=circuits * shots)


def spec(shots=1000, **fields):
    return BackendSpec(name=GARNET, shots=shots, **fields)


@pytest.mark.parametrize("shots", [100, 1000, 20_000])
@pytest.mark.parametrize("name", [GARNET, "ibm.ibm_fez", "ionq.forte-1"])
@pytest.mark.parametrize(
    ("rows", "columns"), [("all", None), ("train", None), ("test", "train"), ("test", "self")]
)
def test_jobs_hold_every_circuit_of_the_estimate_once(name, shots, rows, columns):
    asked = plan(BackendSpec(name=name, shots=shots), rows, columns)
    sizes = job_sizes(asked)
    assert sum(n * jobs for n, jobs in sizes.items()) == asked.estimate.circuits
    assert sizes.total() == len(asked.blocks)
    expected = {
        ("all", None): 37 * 38 // 2,
        ("train", None): 30 * 31 // 2,
        ("test", "train"): 7 * 30,
        ("test", "self"): 7,
    }
    assert asked.estimate.circuits == expected[rows, columns]


def test_what_is_stored_is_not_bought_again():
    asked = plan(spec())
    blocks = asked.blocks
    assert blocks[0] == (0, 0)
    rest = job_sizes(asked, blocks[:1])
    assert job_sizes(asked) - rest == {55: 1}
    assert job_sizes(asked, blocks).total() == 0
    assert job_sizes(asked, [(99, 99)]) == job_sizes(asked)


def test_the_diagonal_of_test_rows_is_counted_apart():
    cross = plan(spec(), "test", "train")
    own = diagonal_plan(cross, RunSpec())
    assert sum(n * jobs for n, jobs in job_sizes(own).items()) == 7


def test_fixed_jobs_cost_their_shots():
    assert projected({55: 1, 100: 2}, spec(), garnet) == Charge(
        microusd=3 * 300_000 + 255_000 * 1450, qpu_ms=255_000
    )
    assert projected({}, spec(), garnet) == Charge()


def test_an_adaptive_block_costs_a_pilot_and_a_top_up_in_several_jobs():
    adaptive = spec(allocation="adaptive", pilot_shots=128)
    found = projected({10: 2}, adaptive, garnet)
    one = garnet(10, 128).plus(top_up_cost(10, 872, garnet))
    assert found == one.times(2)
    assert found.microusd >= 2 * (garnet(10, 128).microusd + garnet(10, 872).microusd)


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(1, 872)), max_size=MOST_LEVELS))
def test_no_split_of_a_top_up_costs_more_than_was_set_aside(parts):
    circuits = sum(count for count, _ in parts)
    assume(circuits <= 100)
    total = sum(garnet(count, shots).microusd for count, shots in parts)
    assert total <= top_up_cost(max(circuits, 1), 872, garnet).microusd


def cost_of(shots):
    return projected({100: 3}, spec(shots), garnet)


def test_what_fits_exactly_is_let_through_and_a_millionth_more_is_not():
    needed = cost_of(1000)
    check_budget(needed, budget(needed.usd), spec(), cost_of)
    check_budget(needed, budget(needed.usd + 20, 12, 8), spec(), cost_of)
    with pytest.raises(BudgetExceeded):
        check_budget(needed, budget(needed.usd - 1e-6), spec(), cost_of)
    with pytest.raises(BudgetExceeded):
        check_budget(needed, budget(needed.usd + 20, 12, 8.000001), spec(), cost_of)


def test_the_refusal_says_projected_allowed_spent_and_the_shots_that_would_fit():
    with pytest.raises(BudgetExceeded) as caught:
        check_budget(cost_of(1000), budget(300, 20, 30, qpu_s=1000), spec(), cost_of)
    message = caught.value.message
    for said in (
        *("435.90 USD", "300.0 s of QPU time", "300.00 USD", "1,000 s of QPU time"),
        *("reserved 20.00", "spent 30.00", "250.00 USD left", "chemistry", GARNET),
    ):
        assert said in message
    assert "backend.shots=572 would fit" in caught.value.remedy
    assert caught.value.http_status == 402
    assert cost_of(572).usd <= 250 < cost_of(573).usd


def test_qpu_time_is_a_cap_of_its_own():
    with pytest.raises(BudgetExceeded) as caught:
        check_budget(cost_of(1000), budget(10_000, qpu_s=100), spec(), cost_of)
    assert "backend.shots=333 would fit" in caught.value.remedy


def test_a_frozen_project_buys_nothing_whatever_it_has():
    frozen = budget(10**6, frozen=True)
    with pytest.raises(BudgetExceeded, match="frozen after an overrun") as caught:
        check_budget(Charge(), frozen, spec(), cost_of)
    assert "--unfreeze" in caught.value.remedy
    assert affordable_shots(spec(), frozen, cost_of) == 0


def test_a_budget_below_the_fees_says_so():
    with pytest.raises(BudgetExceeded) as caught:
        check_budget(cost_of(1000), budget(0.9), spec(), cost_of)
    assert "not even one shot would fit" in caught.value.remedy


def test_shots_below_the_pilot_are_advised_with_a_fixed_allocation():
    """shots=100 with allocation=adaptive and pilot_shots=128 is no backend."""
    adaptive = spec(allocation="adaptive", pilot_shots=128)
    with pytest.raises(BudgetExceeded) as caught:
        check_budget(cost_of(1000), budget(cost_of(100).usd), adaptive, cost_of)
    assert "backend.shots=100 with backend.allocation=fixed would fit" in caught.value.remedy


@given(
    st.floats(0, 2000), st.floats(0, 500), st.one_of(st.none(), st.floats(0, 2000)),
    st.integers(1, 20_000),
)  # fmt: skip
def test_the_advised_shots_fit_and_one_more_does_not(usd, reserved, qpu_s, shots):
    project = budget(usd, reserved, 1, qpu_s)
    found = affordable_shots(spec(shots), project, cost_of)
    assert 0 <= found <= shots
    assert found == 0 or fits(cost_of(found), project)
    assert found == shots or not fits(cost_of(found + 1), project)


def test_an_overrun_beyond_the_cap_leaves_nothing():
    over = replace(budget(10), spent=Charge(microusd=12_000_000))
    with pytest.raises(BudgetExceeded, match=r"spent 12\.00"):
        check_budget(cost_of(1), over, spec(), cost_of)
    assert not fits(Charge(), over)
