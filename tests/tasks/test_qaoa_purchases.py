"""QAOA at the gates: what its key covers, and which of its jobs are still to be bought."""

from collections import Counter

import pytest

from qml_core.errors import SpecError
from qml_core.hardware.orders import attempt_key, order_key
from qml_core.references import Solution
from qml_core.specs import BackendSpec, ProblemSpec, QAOASpec, RunSpec
from qml_core.storage.store import open_store
from tasks.on_record import OnRecord
from tasks.problems import get_problem, open_problem
from tasks.purchases import Purchase
from tasks.qaoa_purchases import QAOAS, qaoa_plan, solution_path

GARNET = BackendSpec(name="braket.iqm.Garnet", shots=100)
RING = ProblemSpec(edges=tuple((i, (i + 1) % 6, 1.0) for i in range(6)))
TUNED = QAOASpec(layers=1, evaluations=5, samples=250)


@pytest.fixture
def problem(ledger):
    return open_problem.fn(RING)


def plan_of(problem, qaoa=TUNED, backend=GARNET, **run):
    return qaoa_plan(problem, qaoa, backend, RunSpec(**run))


def left(plan, *parts):
    """Jobs that are left once these parts are on record."""
    keys = {attempt_key(order_key(plan.key, GARNET.name, part), 0) for part in parts}
    (sizes,), _ = QAOAS.left([plan], (), RunSpec(), OnRecord(GARNET.name, frozenset(keys)))
    return sizes


def test_a_problem_comes_back_from_the_store_as_it_was_put(problem):
    assert (problem.n_qubits, problem.n_terms, problem.degree) == (6, 6, 2)
    found = get_problem(problem)
    assert found.value_of(-6.0) == 6.0
    assert open_problem.fn(RING).sha256 == problem.sha256


def test_all_that_changes_the_numbers_changes_the_key(problem):
    other = open_problem.fn(ProblemSpec(edges=((0, 1, 2.0),)))
    plans = [
        plan_of(problem),
        plan_of(other),
        plan_of(problem, QAOASpec(layers=2)),
        plan_of(problem, backend=BackendSpec(name="braket.iqm.Garnet", shots=101)),
        plan_of(problem, backend=BackendSpec(name="default.mixed", shots=100)),
        plan_of(
            problem, backend=BackendSpec(name="default.mixed", shots=100, noise="ibm.fake_manila")
        ),
        plan_of(problem, seed=1),
        plan_of(problem, remeasure=1),
    ]
    assert len({plan.key for plan in plans}) == len(plans)
    assert plan_of(problem, project="another").key == plans[0].key


def test_what_is_on_record_is_not_bought_again(problem):
    plan = plan_of(problem)
    assert (plan.estimate.circuits, plan.estimate.shots) == (5 + 3, 5 * 100 + 3 * 84)
    assert left(plan) == Counter({1: 5, 3: 1})
    assert left(plan, "evaluation 1", "evaluation 2") == Counter({1: 3, 3: 1})
    assert left(plan, "evaluation 1", "readout") == Counter()
    spsa = plan_of(problem, TUNED.model_copy(update={"optimiser": "spsa"}))
    assert left(spsa, "evaluation 1 plus", "evaluation 1 minus") == Counter({1: 3, 3: 1})
    none = plan_of(problem, TUNED.model_copy(update={"optimiser": "none"}))
    assert left(none) == Counter({3: 1})


def test_a_recursion_reads_out_each_round_and_shares_its_evaluations(problem):
    plan = plan_of(problem, TUNED.model_copy(update={"recursive": 3}))
    assert left(plan) == Counter({1: 5, 3: 3})
    done = ("round 1 evaluation 1", "round 1 readout")
    assert left(plan, *done) == Counter({1: 4, 3: 2})
    assert left(plan, "round 3 readout") == Counter({3: 2})


def test_a_stored_solution_leaves_nothing_to_buy(problem):
    plan = plan_of(problem)
    assert not QAOAS.complete(plan)
    solution = Solution(
        plan_key=plan.key, gammas=(0.1,), betas=(0.1,), expectation=0, objective=0, evaluations=0,
        best="000000", best_energy=0, samples=problem, history=problem, seconds=0,
    )  # fmt: skip
    path = solution_path(plan.key)
    open_store(plan.store).put_if_absent(path, solution.model_dump_json().encode())
    assert QAOAS.complete(plan)
    assert left(plan) == Counter()


def test_with_fewer_shots_more_circuits_make_up_the_readout(problem):
    assert isinstance(QAOAS, Purchase)
    plan = QAOAS.at_shots(plan_of(problem), 50)
    assert QAOAS.anew([plan], (), RunSpec()) == Counter({1: 5, 5: 1})


@pytest.mark.parametrize(
    ("qaoa", "backend", "expected"),
    [
        (QAOASpec(optimiser="adam"), GARNET, "exact gradients"),
        (TUNED, GARNET.model_copy(update={"allocation": "adaptive"}), "kernel entries"),
        (TUNED, GARNET.model_copy(update={"estimator": "randomised"}), "kernel entries"),
    ],
)
def test_what_shots_cannot_give_is_refused_by_the_plan(problem, qaoa, backend, expected):
    with pytest.raises(SpecError, match=expected):
        plan_of(problem, qaoa, backend)
