"""Plans of measured matrices: keys, blocks that fill jobs, diagonals, forecasts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qml_core.backend_names import circuits_per_job
from qml_core.budget.projection import job_sizes
from qml_core.kernels.blocks import EDGE
from qml_core.kernels.extension import plan_extension
from qml_core.kernels.forecasting import forecast
from qml_core.kernels.planning import diagonal_plan, plan_kernel, replanned
from qml_core.references import ArtifactRef, DatasetRef
from qml_core.specs import BackendSpec, EncodingSpec, KernelSpec, ModelSpec, RunSpec, SplitSpec

REF = {"store": "file:///s", "path": "x/aa.json", "sha256": "0" * 64}
GARNET, FEZ = "braket.iqm.Garnet", "ibm.ibm_fez"


def data(**changes):
    values = {
        "name": "d", "digest": "a" * 64, "task": "classification", "rows": 130, "features": 4,
        "raw_columns": ("a", "b"), "target": "y", "classes": ("0", "1"), "n_train": 100,
        "n_test": 30, "split_seed": 0, "preprocessing": ArtifactRef(**REF), **REF, **changes,
    }  # fmt: skip
    return DatasetRef(**values)


def plan(backend=None, run=None, kernel=None, data_=None, **sides):
    return plan_kernel(
        data_ or data(), kernel or KernelSpec(), backend or shots(), run or RunSpec(), **sides
    )


def shots(number=1000, name=GARNET, **fields):
    return BackendSpec(name=name, shots=number, **fields)


def test_exact_keys_are_what_they_were_before_anything_was_measured():
    """Written down from the last release: blocks of older stores are found again."""
    wide = data(rows=1300, n_train=1000, n_test=300)
    found = plan(BackendSpec(), data_=wide)
    assert found.key == "ffa5226142e0f689fc7d2b5bc56a41f217ecf4719609712ea6f8d703c0216af5"
    assert (found.edge, found.seed, found.measured) == (512, None, False)
    for run in (RunSpec(seed=9), RunSpec(canary=False, on_refusal="wait", max_queue=3)):
        assert plan(BackendSpec(), run, data_=wide).key == found.key
    for name in ("default.qubit", "lightning.qubit"):
        assert plan(BackendSpec(name=name), data_=wide).key != found.key


def test_what_changes_measured_numbers_changes_the_key():
    keys = [
        plan().key,
        plan(shots(1001)).key,
        plan(shots(name=FEZ)).key,
        plan(run=RunSpec(seed=1)).key,
        plan(run=RunSpec(remeasure=1)).key,
        plan(shots(allocation="adaptive")).key,
        plan(shots(allocation="adaptive", pilot_shots=64)).key,
        plan(shots(allocation="adaptive", target_error=0.01)).key,
        plan(shots(estimator="randomised")).key,
        plan(shots(estimator="randomised", bases=50)).key,
        plan(shots(storage="float32")).key,
        plan(shots(name="qml.batched")).key,
        plan(shots(name="default.mixed")).key,
        plan(shots(name="default.mixed"), noise="1" * 64).key,
        plan(shots(name="default.mixed"), noise="2" * 64).key,
        plan(rows="train").key,
        plan(rows="test", columns="train").key,
        plan(rows="train", columns="self").key,
        plan(rows="test", columns="self").key,
        plan(BackendSpec()).key,
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "same",
    [
        {"backend": shots(corrections=("readout",))},
        {"backend": shots(corrections=())},
        {"backend": shots(pilot_shots=64, target_error=0.3, bases=7)},
        {"run": RunSpec(max_calibration_age_h=1, on_refusal="fallback", fallback=(FEZ,))},
        {"run": RunSpec(project="p", canary=False, wait_h=1, max_queue=1, job_timeout_h=1)},
        {"column_diagonal": ArtifactRef(**REF)},
    ],
)
def test_corrections_terms_and_what_is_not_used_are_not_in_the_key(same):
    assert plan(**same).key == plan().key


def test_noise_is_in_the_key_by_its_content_and_not_by_its_name():
    first, second = (
        plan(shots(name="qiskit.aer", noise=name), noise="1" * 64).key
        for name in ("ibm.fake_manila", "/a/copy.json")
    )
    assert first == second


@pytest.mark.parametrize(
    ("name", "number", "edge", "column"),
    [
        (FEZ, 1000, 17, 300),  # 300 circuits
        (FEZ, 100_000, 10, 100),  # 10 million executions
        (GARNET, 1000, 10, 100),
        (GARNET, 20_000, 3, 10),  # 200,000 executions
        ("ionq.forte-1", 10_000, 10, 100),
        ("qml.batched", 1000, 17, 300),
    ],
)
def test_a_block_fills_one_job(name, number, edge, column):
    backend = shots(number, name)
    assert plan(backend).edge == edge
    assert plan(backend, rows="test", columns="self").edge == column
    assert edge**2 <= circuits_per_job(name, number) < (edge + 1) ** 2


def test_exact_and_randomised_blocks_are_not_cut_by_jobs():
    assert plan(BackendSpec()).edge == EDGE
    assert plan(shots(estimator="randomised")).edge == EDGE


@given(
    st.sampled_from([GARNET, FEZ, "ionq.forte-1", "qml.batched", "default.mixed"]),
    st.integers(1, 10**5), st.integers(2, 90), st.integers(1, 40),
    st.sampled_from([("all", None), ("train", None), ("test", "train"), ("train", "self")]),
)  # fmt: skip
def test_every_entry_is_one_circuit_of_one_job_that_is_not_too_large(
    name, number, n_train, n_test, sides
):
    rows, columns = sides
    few = data(rows=n_train + n_test, n_train=n_train, n_test=n_test)
    found = plan(shots(number, name), data_=few, rows=rows, columns=columns)
    sizes = job_sizes(found)
    assert sum(n * jobs for n, jobs in sizes.items()) == found.estimate.circuits
    assert max(sizes) <= circuits_per_job(name, number)
    assert found.estimate.shots == number * found.estimate.circuits
    n, m = found.shape
    assert found.estimate.circuits == (n * (n + 1) // 2 if found.symmetric else n * m)


def test_the_diagonal_is_measured_apart_where_the_matrix_does_not_hold_it():
    cross = plan(rows="test", columns="train")
    own = diagonal_plan(cross, RunSpec())
    assert (own.rows, own.columns, own.shape, own.symmetric) == ("test", "self", (30, 1), False)
    assert own.blocks == ((0, 0),)
    assert own.estimate.circuits == 30
    assert diagonal_plan(plan(), RunSpec()) is None
    assert diagonal_plan(plan(BackendSpec(), rows="test", columns="train"), RunSpec()) is None
    assert diagonal_plan(own, RunSpec()) is None or diagonal_plan(own, RunSpec()).key == own.key


def test_the_diagonal_is_the_same_whatever_the_columns_are():
    """K(test, train) and K(test, landmarks) need the same k(x, x)."""
    landmarks = KernelSpec(landmarks=2, landmark_choice="uniform")
    first = diagonal_plan(plan(rows="test", columns="train"), RunSpec())
    wide = plan(kernel=landmarks, rows="test", columns="train", landmarks=(0, 5))
    assert diagonal_plan(wide, RunSpec()).key == first.key


def test_a_matrix_with_landmarks_measures_the_diagonal_of_all_its_rows():
    wide = plan(kernel=KernelSpec(landmarks=2), rows="train", columns="train", landmarks=(0, 5))
    own = diagonal_plan(wide, RunSpec())
    assert (wide.shape, own.shape, own.rows) == ((100, 2), (100, 1), "train")


def test_the_diagonal_goes_with_the_seed_and_the_noise_of_its_matrix():
    noisy = shots(name="default.mixed", noise="ibm.fake_manila")
    run = RunSpec(seed=3, remeasure=2)
    cross = plan(noisy, run, rows="test", columns="train", noise="1" * 64)
    own = diagonal_plan(cross, run)
    assert (own.seed, own.remeasure, own.noise) == (3, 2, "1" * 64)
    other = plan(noisy, run, rows="test", columns="train", noise="2" * 64)
    assert diagonal_plan(other, run).key != own.key


@pytest.mark.parametrize(
    "sides",
    [
        {},
        {"rows": "test", "columns": "train"},
        {"rows": "test", "columns": "self"},
        {"rows": "train", "columns": "train", "landmarks": (0, 5)},
    ],
)
def test_another_backend_makes_another_matrix_of_the_same_entries(sides):
    kernel = KernelSpec(landmarks=2) if "landmarks" in sides else KernelSpec()
    asked = plan(kernel=kernel, **sides)
    noisy = shots(500, "default.mixed", noise="ibm.fake_manila")
    moved = replanned(asked, noisy, RunSpec(), "1" * 64)
    for name in ("rows", "columns", "shape", "symmetric", "landmarks", "kernel", "data"):
        assert getattr(moved, name) == getattr(asked, name), name
    assert moved.key != asked.key
    assert (moved.backend, moved.noise) == (noisy, "1" * 64)
    assert replanned(moved, asked.backend, RunSpec(), None) == asked
    exact = replanned(asked, BackendSpec(), RunSpec(), None)
    assert (exact.measured, exact.estimate.shots) == (False, 0)


def test_a_diagonal_measured_on_one_backend_corrects_nothing_on_another():
    cross = plan(rows="test", columns="train", column_diagonal=ArtifactRef(**REF))
    assert replanned(cross, shots(name=FEZ), RunSpec(), None).column_diagonal is None


def test_an_extension_counts_the_new_entries_with_their_diagonal():
    """mN + m(m−1)/2 pairs and m diagonals."""
    found = plan_extension(
        data(), KernelSpec(), shots(), RunSpec(), base_key="b" * 64, prefixes=(120,), edge=10
    )
    assert found.estimate.circuits == 10 * 120 + 10 * 9 // 2 + 10
    sizes = job_sizes(found)
    assert sum(n * jobs for n, jobs in sizes.items()) == found.estimate.circuits


def asked(backend, **model):
    return forecast(
        20, 2, SplitSpec(test_size=0.25, repeats=2), {"backend": backend, **specs(model)}
    )


def specs(model):
    kernel = KernelSpec(encoding=EncodingSpec(), **model.pop("kernel", {}))
    return {"model": ModelSpec(kernel=kernel, **model)} if model else {"kernel": kernel}


def test_a_forecast_of_training_counts_the_diagonals_of_the_test_rows():
    found = asked(shots(), bandwidths=(0.1, 0.2))
    train, test = 15 * 16 // 2, 5 * 15
    assert found.estimate.circuits == 2 * (2 * train + test + 5)
    assert found.estimate.shots == 1000 * found.estimate.circuits
    assert found.matrices == 2 * (2 + 1 + 1)


def test_a_forecast_with_landmarks_counts_the_diagonals_of_every_row():
    found = asked(shots(), bandwidths=(0.1,), kernel={"landmarks": 4, "landmark_choice": "uniform"})
    assert found.estimate.circuits == 2 * (15 * 4 + 15 + 5 * 4 + 5)


def test_a_forecast_of_exact_training_has_no_diagonals():
    found = asked(BackendSpec(), bandwidths=(0.1, 0.2))
    assert found.matrices == 2 * (2 + 1)
    assert found.estimate.shots == 0


def test_a_forecast_of_a_kernel_matrix_is_its_plan():
    found = asked(shots())
    whole = plan(data_=data(rows=20, n_train=15, n_test=5, features=2))
    assert found.estimate == whole.estimate
    assert found.blocks == len(whole.blocks)
