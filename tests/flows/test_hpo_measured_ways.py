"""Paid searches that are interrupted, refused, capped or repeated: nothing is bought twice."""

from datetime import datetime, timezone

import pytest
from paid_flows import (
    record,
)
from paid_searches import (
    CANARY,
    FIRST,
    MATRIX,
    NEXT,
    PROMOTED,
    forecast,
    page,
    proposals,
    searched,
    trials_of,
    usd,
)
from paid_trainings import (
    GARNET,
    assert_nothing_was_sent,
    assert_settled,
    price_of,
    sizes,
)

from qml_core.errors import (
    BudgetExceeded,
    DeviceRefused,
    JobPending,
)
from qml_core.specs import (
    BackendSpec,
)

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


@pytest.mark.slow
def test_a_job_that_was_not_waited_for_is_collected_and_counted_by_the_same_command(garnet, ledger):
    garnet.control(hold=True)
    with pytest.raises(JobPending):
        searched(canary=False, job_timeout_h=1e-4)
    assert sizes(garnet) == [MATRIX]
    garnet.control(hold=False)
    run = searched(trials_of(max_usd=2 * NEXT), canary=False)
    assert sizes(garnet) == [MATRIX, MATRIX]
    assert_settled(garnet, ledger)
    assert [t.usd for t in run.trials] == pytest.approx([NEXT, 0, NEXT, 0])


@pytest.mark.slow
def test_the_cap_stops_the_searchers_circuits_and_leaves_its_rounds_as_they_are(
    garnet, ledger, loss
):
    round_usd = price_of([1] * 3) / 1e6
    most = price_of([1]) / 1e6 + 2 * round_usd - 0.01
    for _ in range(2):
        run = searched(loss(max_usd=most), BackendSpec())
        assert len(run.trials) == 4
        assert len(sizes(garnet)) == 4
        assert "1 of 1 draws of a round were left out" in page(run)
    whole = searched(loss(), BackendSpec())
    assert len(sizes(garnet)) == 7
    assert len(whole.trials) == 6
    assert_settled(garnet, ledger)


@pytest.mark.slow
def test_a_project_without_enough_budget_refuses_a_round_before_its_first_job(garnet, ledger):
    def cap(microusd):
        ledger.set_budget("default", microusd, datetime.now(timezone.utc))

    cap(price_of([CANARY, MATRIX]) - 1)
    with pytest.raises(BudgetExceeded) as refused:
        searched()
    assert refused.value.exit_code == 3
    assert_nothing_was_sent(garnet, ledger)
    cap(price_of([CANARY, MATRIX]))
    with pytest.raises(BudgetExceeded):
        searched()
    assert sizes(garnet) == [CANARY, MATRIX]
    cap(10**9)
    run = searched()
    assert [t.reused for t in run.trials] == [True, True, False, False]
    assert sizes(garnet) == [CANARY, MATRIX, MATRIX]
    assert usd(run.trials) == pytest.approx(garnet.control()["bill"] / 1e6)


@pytest.mark.slow
def test_a_bad_canary_stops_a_search_every_time_it_is_asked_for(garnet, ledger):
    garnet.control(noisy=True)
    for _ in range(2):
        with pytest.raises(DeviceRefused, match="canary"):
            searched(canary_fidelity=0.999)
        assert sizes(garnet) == [CANARY]


@pytest.mark.slow
def test_the_cap_leaves_promotions_out_and_says_so(garnet, ledger):
    space = {"bandwidth": [0.2, 0.4, 0.8, 1.6]}
    asked = trials_of(space, max_usd=FIRST, **PROMOTED)
    for _ in range(2):
        run = searched(asked, BackendSpec(shots=20))
        assert sizes(garnet) == [CANARY, MATRIX]
        assert (run.rungs[1].trials, run.rungs[1].note) == (1, "1 of 2 were left out: max_usd")


@pytest.mark.slow
def test_a_failed_trial_is_not_promoted(garnet, ledger):
    space = {"bandwidth": [0.2, 0.4], "kind": ["fidelity", "projected"]}
    asked = trials_of(space, promote=[{"backend": GARNET, "keep": 1.0}], searcher="exhaustive")
    run = searched(asked, BackendSpec(shots=20))
    states = [(t.rung, t.status) for t in run.trials]
    assert states.count((0, "failed")) == 2
    assert [s for s in states if s[0] == 1] == [(1, "done")] * 2


@pytest.mark.slow
def test_circuits_of_the_searcher_that_were_not_waited_for_are_collected(garnet, ledger, loss):
    garnet.control(hold=True)
    with pytest.raises(JobPending):
        searched(loss(), BackendSpec(), canary=False, job_timeout_h=1e-4)
    assert sizes(garnet) == [1]
    garnet.control(hold=False)
    most = price_of([1] * 6) / 1e6
    run = searched(loss(max_usd=most), BackendSpec(), canary=False)
    assert sizes(garnet) == [1] * 6
    assert usd(proposals(run)) == pytest.approx(garnet.control()["bill"] / 1e6)
    assert_settled(garnet, ledger)


@pytest.mark.slow
def test_a_search_that_goes_on_sends_no_other_canary(garnet, ledger):
    first = searched(trials_of(trials=2))
    whole = searched()
    assert sizes(garnet) == [CANARY, MATRIX, MATRIX]
    assert [t.reused for t in whole.trials] == [True, True, False, False]
    assert first.trials[0].usd == whole.trials[0].usd == pytest.approx(FIRST)


@pytest.mark.slow
def test_diagonals_beside_landmarks_are_part_of_what_a_trial_costs(garnet, ledger, capsys):
    model = {"psd": "none", "bandwidths": [0.3]}
    asked = trials_of({"landmarks": [2, 3]}, trials=2, objective={"folds": 2, "model": model})
    told = forecast(capsys, asked)
    run = searched(asked)
    bill = garnet.control()["bill"] / 1e6
    assert usd(run.trials) == pytest.approx(bill)
    assert record(run)["usd"] == pytest.approx(bill)
    assert bill <= told["usd"] < 2 * bill
    assert_settled(garnet, ledger)


@pytest.mark.slow
def test_trials_and_searcher_share_a_budget_a_cap_and_a_page(garnet, ledger, capsys):
    tuned = {
        "searcher": "qaoa",
        "qaoa_backend": GARNET.model_copy(update={"shots": 20}),
        "qaoa": {"layers": 1, "evaluations": 2, "samples": 20},
        "surrogate": {"draws": 1},
        "initial": 2,
    }
    asked = trials_of(**tuned)
    told = forecast(capsys, asked)
    run = searched(asked)
    bill = garnet.control()["bill"] / 1e6
    assert_settled(garnet, ledger)
    assert usd(run.trials) + usd(proposals(run)) == pytest.approx(bill)
    assert record(run)["usd"] == pytest.approx(bill)
    assert bill <= told["usd"] < 1.5 * bill
    for part in (usd(run.trials), usd(proposals(run)), bill):
        assert f"{part:.2f}" in page(run)
    assert record(searched(asked))["usd"] == 0
