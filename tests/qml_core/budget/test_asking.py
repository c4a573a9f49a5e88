"""What is only asked for: as many circuits and dollars as the plans will have."""

from collections import Counter

import pytest

from qml_core.budget.asking import asked_sizes, by_price_alone, circuits_in, cost_at
from qml_core.budget.prices import Price, find_price, read_prices
from qml_core.budget.projection import job_sizes
from qml_core.kernels.forecasting import Asked, asked_matrices, forecast
from qml_core.kernels.planning import diagonal_plan, plan_kernel
from qml_core.references import Charge, DatasetRef
from qml_core.specs import BackendSpec, KernelSpec, ModelSpec, RunSpec, SplitSpec

GARNET = "braket.iqm.Garnet"
REF = {"store": "file:///s", "path": "x/aa.json", "sha256": "0" * 64}


def data(n_train=30, n_test=7):
    return DatasetRef(
        **REF, name="d", digest="1" * 64, task="classification", rows=n_train + n_test, features=2,
        raw_columns=("a", "b"), target="y", classes=("0", "1"), n_train=n_train, n_test=n_test,
        split_seed=0, preprocessing=REF,
    )  # fmt: skip


BACKENDS = [
    BackendSpec(name=GARNET, shots=1000),
    BackendSpec(name="ibm.ibm_torino", shots=40_000),
    BackendSpec(name="qiskit.aer", shots=100, estimator="randomised", bases=30),
]


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda b: f"{b.name} {b.estimator}")
def test_the_jobs_of_a_kernel_matrix_are_those_of_its_plan(backend):
    split, found, run = SplitSpec(), data(), RunSpec()
    first, later = asked_matrices(37, split, {"kernel": KernelSpec(), "backend": backend})
    plan = plan_kernel(found, KernelSpec(), backend, run)
    assert asked_sizes([*first, *later], backend) == job_sizes(plan)


def test_the_jobs_of_a_cross_matrix_are_those_of_its_plan_and_diagonal():
    backend, run = BACKENDS[0], RunSpec()
    split = SplitSpec(repeats=1, test_size=7 / 37)
    specs = {"model": ModelSpec(bandwidths=[0.2]), "backend": backend}
    first, later = asked_matrices(37, split, specs)
    assert [m.shape for m in (*first, *later)] == [(30, 30), (7, 30), (7, 1)]
    cross = plan_kernel(data(), KernelSpec(), backend, run, rows="test", columns="train")
    diagonal = diagonal_plan(cross, run)
    assert asked_sizes(later, backend) == job_sizes(cross) + job_sizes(diagonal)


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda b: f"{b.name} {b.estimator}")
def test_jobs_hold_the_circuits_of_the_forecast(backend):
    specs = {"model": ModelSpec(), "backend": backend}
    first, later = asked_matrices(50, SplitSpec(), specs)
    planned = forecast(50, 2, SplitSpec(), specs).estimate.circuits
    assert circuits_in(asked_sizes([*first, *later], backend)) == planned


def test_an_extension_asks_for_the_new_pairs_and_diagonals_only():
    backend = BackendSpec(name=GARNET, shots=1000)
    asked = Asked((20, 20), True, 10, (12,))
    sizes = asked_sizes([asked], backend)
    assert circuits_in(sizes) == 12 * 8 + 8 * 9 // 2


def test_braket_is_priced_by_jobs_and_shots_alone():
    estimate = by_price_alone(find_price(GARNET, read_prices({})))
    cost = cost_at(Counter({100: 2, 30: 1}), BackendSpec(name=GARNET, shots=1000), estimate)
    for shots in (1, 400, 1000):
        assert cost(shots).usd == pytest.approx(3 * 0.30 + 230 * shots * 0.00145)


@pytest.mark.parametrize("more", [{"usd_per_second": 1.6}, {"usd_per_two_qubit_gate_shot": 1e-4}])
def test_what_seconds_or_gates_cost_is_not_known_from_the_price(more):
    price = Price(backend="ibm.*", as_of="2026-11-20", source="a contract", **more)
    assert by_price_alone(price) is None


def test_shots_within_the_pilot_are_priced_as_one_stage():
    backend = BackendSpec(name=GARNET, shots=1000, allocation="adaptive", pilot_shots=128)

    def estimate(circuits, shots):
        return Charge(microusd=circuits * shots)

    cost = cost_at(Counter({10: 1}), backend, estimate)
    assert cost(100) == Charge(microusd=1000)
    assert cost(1000).microusd > 10_000
