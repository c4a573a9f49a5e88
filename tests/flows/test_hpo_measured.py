"""Searches on paid backends: every circuit is bought once, counted once, and capped."""

import pytest
from paid_flows import (
    record,
)
from paid_searches import (
    CANARY,
    FIRST,
    KERNELS,
    MATRIX,
    NEXT,
    PROMOTED,
    forecast,
    page,
    proposals,
    same,
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

from qml_core.specs import (
    BackendSpec,
)

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


def test_trials_cost_what_was_billed_and_share_the_matrices_of_their_kernels(
    garnet, ledger, capsys
):
    told = forecast(capsys, trials_of())
    run = searched()
    assert sizes(garnet) == [CANARY, MATRIX, MATRIX]  # a canary, and one matrix a bandwidth
    assert_settled(garnet, ledger)
    bill = garnet.control()["bill"] / 1e6
    assert bill == pytest.approx(FIRST + NEXT) == told["usd"]
    assert told["steps"][0]["circuits"] == sum(sizes(garnet))
    assert [t.usd for t in run.trials] == pytest.approx([FIRST, 0, NEXT, 0])
    assert [t.circuits for t in run.trials] == [MATRIX, 0, MATRIX, 0]
    assert run.rungs[0].usd == pytest.approx(bill)
    assert record(run)["usd"] == pytest.approx(bill)
    assert f"{bill:.2f}" in page(run)
    again = searched()
    assert same(run, again)
    assert record(again)["usd"] == 0
    more = searched(trials_of({**KERNELS, "C": [1.0, 10.0, 100.0]}, trials=6))
    assert record(more)["usd"] == 0  # other C on the same matrices
    assert len(sizes(garnet)) == 3


def test_the_searchers_circuits_are_bought_once_after_one_canary(garnet, ledger, loss, capsys):
    told = forecast(capsys, loss(), BackendSpec())
    run = searched(loss(), BackendSpec())
    assert sizes(garnet) == [1] * (1 + 2 * (2 + 1))
    assert_settled(garnet, ledger)
    bill = garnet.control()["bill"] / 1e6
    assert record(run)["usd"] == pytest.approx(bill)
    assert [p.circuits for p in proposals(run)] == [0, 3, 3]
    assert usd(proposals(run)) == pytest.approx(bill)
    assert bill <= told["usd"] == pytest.approx(price_of([1] * 7) / 1e6)
    assert usd(run.trials) == 0
    assert f"{bill:.2f}" in page(run)
    again = searched(loss(), BackendSpec())
    assert (same(run, again), record(again)["usd"], len(sizes(garnet))) == (True, 0, 7)
    more = searched(loss(trials=8), BackendSpec())
    assert len(more.trials) == 8
    assert sizes(garnet) == [1] * (7 + 3)  # no other canary
    assert same(run, more.model_copy(update={"trials": more.trials[:6]}))


def test_the_cap_stops_trials_before_it_is_exceeded_whoever_repeats_the_search(garnet, ledger):
    asked = trials_of(max_usd=FIRST + NEXT - 0.01)
    for _ in range(2):  # an earlier run's dollars count
        run = searched(asked)
        assert len(run.trials) == 2
        assert sizes(garnet) == [CANARY, MATRIX]
        (note,) = [text for text in page(run).splitlines() if "left out" in text][:1]
        assert "2 of 2 trials" in note
    whole = searched(trials_of(max_usd=FIRST + NEXT))
    assert len(whole.trials) == 4
    assert usd(whole.trials) == pytest.approx(garnet.control()["bill"] / 1e6)
    assert_settled(garnet, ledger)


def test_a_cap_of_nothing_buys_nothing(garnet, ledger):
    run = searched(trials_of(max_usd=0))
    assert (run.trials, run.best) == ((), None)
    assert "left out" in page(run)
    assert_nothing_was_sent(garnet, ledger)


def test_only_the_best_share_is_promoted_to_the_device_and_the_rung_says_what_it_cost(
    garnet, ledger
):
    space = {"bandwidth": [0.2, 0.4, 0.8, 1.6]}
    run = searched(trials_of(space, **PROMOTED), BackendSpec(shots=20))
    below, above = ([t for t in run.trials if t.rung == k] for k in (0, 1))
    assert sizes(garnet) == [CANARY, MATRIX, MATRIX]
    assert_settled(garnet, ledger)
    bill = garnet.control()["bill"] / 1e6
    low, high = run.rungs
    assert (low.usd, high.usd) == (0, pytest.approx(bill))
    assert record(run)["usd"] == pytest.approx(bill)
    order = sorted(below, key=lambda t: -t.value)
    assert [t.codes for t in above] == [t.codes for t in order[:2]]
    values = [t.value for t in order[:2]], [t.value for t in above]
    assert values == ([0.5, 0.5], [pytest.approx(1 / 3), 0.5])
    assert high.correlation is None  # those below were equal
    assert high.changed
    assert run.best.rung == 1
    assert searched(trials_of(space, **PROMOTED), BackendSpec(shots=20)).rungs[1].usd == high.usd
    assert len(sizes(garnet)) == 3


def test_a_search_that_fell_back_stays_on_its_simulator(garnet, ledger):
    garnet.control(status="OFFLINE")
    first = searched(trials_of(trials=2), on_refusal="fallback")
    assert {t.backend for t in first.trials} == {"qml.batched"}
    assert "OFFLINE" in first.fallback
    garnet.control(status="ONLINE")
    whole = searched(on_refusal="fallback")
    assert {t.backend for t in whole.trials} == {"qml.batched"}
    assert_nothing_was_sent(garnet, ledger)


def test_a_dry_run_counts_candidates_landmarks_canaries_and_rungs(garnet, ledger, capsys):
    def told(space, backend=GARNET, **more):
        found = forecast(capsys, trials_of(space, trials=3, **more), backend)
        return found["usd"], [step["circuits"] for step in found["steps"]]

    # C alone: the four bandwidths of the model, once
    assert told({"C": [1.0, 3.0, 10.0]})[1] == [CANARY + 4 * MATRIX]
    assert told({"bandwidth": [0.1, 0.2, 0.4, 0.8]})[1] == [CANARY + 3 * MATRIX]
    rung = {"promote": [{"backend": GARNET, "keep": 0.5}]}
    asked = told({"bandwidth": [0.1, 0.2, 0.4, 0.8]}, BackendSpec(shots=20), **rung)
    assert asked == (
        pytest.approx(price_of([CANARY, MATRIX, MATRIX]) / 1e6),
        [3 * MATRIX, CANARY + 2 * MATRIX],
    )


def test_a_dry_run_without_a_price_says_unknown(garnet, ledger, capsys):
    asked = BackendSpec(name="braket.iqm.Unheard", shots=50)
    told = forecast(capsys, trials_of(), asked)
    assert (told["usd"], told["steps"][0]["usd"]) == (None, None)
