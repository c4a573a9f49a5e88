"""Plans: keys name exactly what changes the numbers, shards cover the matrix, costs add up."""

import pytest

from qml_core.errors import SpecError
from qml_core.kernels.forecasting import forecast
from qml_core.kernels.planning import plan_kernel
from qml_core.references import ArtifactRef, DatasetRef
from qml_core.specs import BackendSpec, EncodingSpec, KernelSpec, ModelSpec, RunSpec, SplitSpec

REF = {"store": "file:///s", "path": "x/aa.json", "sha256": "0" * 64}


def data(**changes):
    values = {
        "name": "d", "digest": "a" * 64, "task": "classification", "rows": 1300, "features": 4,
        "raw_columns": ("a", "b"), "target": "y", "classes": ("0", "1"), "n_train": 1000,
        "n_test": 300, "split_seed": 0, "preprocessing": ArtifactRef(**REF), **REF, **changes,
    }  # fmt: skip
    return DatasetRef(**values)


def key(data_=None, kernel=None, backend=None, run=None, **sides):
    plan = plan_kernel(
        data_ or data(), kernel or KernelSpec(), backend or BackendSpec(), run or RunSpec(), **sides
    )
    return plan.key


def encoding(**changes):
    return KernelSpec(encoding=EncodingSpec(**changes))


def test_what_changes_the_numbers_changes_the_key():
    keys = [
        key(),
        key(data(digest="b" * 64)),
        key(kernel=encoding(bandwidth=0.5)),
        key(kernel=encoding(reps=3)),
        key(kernel=encoding(name="angle")),
        key(kernel=encoding(weights=(1.0, 0.5, 1.0, 1.0))),
        key(kernel=KernelSpec(kind="projected")),
        key(kernel=KernelSpec(kind="projected", gamma=0.5)),
        key(kernel=KernelSpec(landmarks=2), landmarks=(0, 1)),
        key(kernel=KernelSpec(landmarks=2), landmarks=(0, 2)),
        key(backend=BackendSpec(precision="single")),
        key(backend=BackendSpec(storage="float32")),
        key(run=RunSpec(remeasure=1)),
        key(rows="train"),
        key(rows="test", columns="train"),
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "same",
    [
        {"run": RunSpec(seed=5, project="other", task_runner="dask", max_calibration_age_h=1)},
        {"kernel": encoding(n_qubits=4)},
        {"data_": data(store="s3://elsewhere", target="z")},
    ],
)
def test_what_does_not_change_the_numbers_is_not_in_the_key(same):
    assert key(**same) == key()


def test_entries_of_a_projected_kernel_cost_distances_and_no_products_of_states():
    def seconds(kind, n):
        kernel = KernelSpec(kind=kind)
        plan = plan_kernel(data(features=n, rows=1000), kernel, BackendSpec(), RunSpec())
        states = 2**n * 1000 * 3e-8
        return plan.estimate.seconds - states

    assert seconds("fidelity", 10) == pytest.approx(32 * seconds("fidelity", 5))
    assert seconds("projected", 10) == pytest.approx(2 * seconds("projected", 5))


def test_keys_are_fixed_numbers_over_time():
    assert key() == "ffa5226142e0f689fc7d2b5bc56a41f217ecf4719609712ea6f8d703c0216af5"


def test_plan_has_the_shape_of_its_sides():
    plan = plan_kernel(data(), KernelSpec(), BackendSpec(), RunSpec(), rows="test", columns="train")
    assert (plan.shape, plan.symmetric, plan.n_qubits) == ((300, 1000), False, 4)
    assert sorted(plan.blocks) == [(0, 0), (0, 1)]
    assert plan.estimate.circuits == 1300
    assert plan.estimate.stored_bytes == 8 * 300 * 1000
    assert plan.head.shards == ()
    assert plan.head.key == plan.key


def test_float32_is_another_matrix_of_half_the_bytes():
    plans = [
        plan_kernel(data(), KernelSpec(), BackendSpec(storage=storage), RunSpec())
        for storage in ("float64", "float32")
    ]
    assert plans[0].key != plans[1].key
    assert plans[0].estimate.stored_bytes == 2 * plans[1].estimate.stored_bytes


def test_qubits_that_do_not_fit_the_features_are_refused():
    with pytest.raises(SpecError, match=r"n_qubits=5.*features after preprocessing=4"):
        key(kernel=encoding(n_qubits=5))


def test_forecast_of_training_counts_every_candidate_and_split():
    specs = {"model": ModelSpec(bandwidths=(0.1, 0.2, 0.3)), "backend": BackendSpec()}
    found = forecast(100, 5, SplitSpec(test_size=0.2, repeats=2), specs)
    assert found.matrices == 2 * 3 + 2
    assert found.estimate.circuits == 2 * 3 * 80 + 2 * 100
    assert found.estimate.usd == 0
