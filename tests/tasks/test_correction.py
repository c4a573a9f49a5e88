"""Corrected matrices lie beside the measured ones: the right diagonals, and nothing lost."""

from datetime import datetime, timezone

import numpy as np
import pytest

from qml_core.errors import Refused
from qml_core.hardware.shots import posterior_error
from qml_core.kernels.blocks import block_slices
from qml_core.kernels.planning import diagonal_plan, plan_kernel
from qml_core.references import Grant, MatrixRef
from qml_core.specs import BackendSpec, DatasetSpec, KernelSpec, RunSpec
from qml_core.storage.block_format import Measurement
from qml_core.storage.blocks import put_block
from qml_core.storage.inventory import verify
from qml_core.storage.matrices import commit_matrix, load_matrix, load_measurement, open_matrix
from qml_core.storage.store import open_store
from tasks.correction import correct_matrices
from tasks.datasets import load_dataset

SHOTS, FLOOR = 10**7, 0.25
NOISY = BackendSpec(name="default.mixed", shots=1000)
RUN = RunSpec()


@pytest.fixture
def data(tmp_path, monkeypatch):
    """24 rows: 18 to train, 6 to test."""
    monkeypatch.setenv("QML_STORAGE_URL", (tmp_path / "store").as_uri())
    return load_dataset.fn(
        DatasetSpec(name="moons", parameters={"n_samples": 24}, split={"test_size": 0.25})
    )


@pytest.fixture(scope="module")
def truth():
    """K (24, 24) of training rows, then test rows, and 1 − λ of each."""
    rng = np.random.default_rng(1)
    states = rng.normal(size=(24, 4)) + 2
    states /= np.linalg.norm(states, axis=1)[:, None]
    return (states @ states.T) ** 2, rng.uniform(0.5, 0.95, 24)


TRAIN, TEST = np.arange(18), np.arange(18, 24)


def noisy(truth, rows, columns):
    K, kept = truth
    both = np.sqrt(np.outer(kept[rows], kept[columns]))
    return both * K[np.ix_(rows, columns)] + (1 - both) * FLOOR


def diagonal(truth, rows):
    return np.diagonal(noisy(truth, rows, rows))[:, None].copy()


def commit(plan, values, shots=SHOTS, readout=1.0):
    """A matrix as if it had been measured; readout: what is left of it in the raw values."""
    store, receipts = open_store(plan.store), []
    for block in plan.blocks:
        rows, columns = block_slices(block, plan.shape, plan.edge)
        right = values[rows, columns]
        counts = np.rint(readout * right * shots).astype(np.int64)
        spent = np.full(right.shape, shots)
        if plan.symmetric and block[0] == block[1]:
            spent[np.tril_indices(len(right), -1)] = 0
        beside = Measurement(counts, spent, right, posterior_error(counts, shots))
        entries = (counts / shots).astype(plan.backend.storage)
        receipts.append(put_block(store, plan.key, block, entries, 0.0, measurement=beside))
    manifest = commit_matrix(store, plan, receipts, {})
    return MatrixRef(
        **manifest.model_dump(), key=plan.key, shape=plan.shape, symmetric=plan.symmetric,
        dtype=plan.backend.storage, blocks=len(receipts), computed=1, reused=0, seconds=0.0,
    )  # fmt: skip


def grant(plan, asked=None):
    return Grant(
        plan_key=plan.key, backend_asked=asked or plan.backend, backend_used=plan.backend,
        reason="r", estimate=plan.estimate, granted_at=datetime(2026, 1, 1, tzinfo=timezone.utc),
    )  # fmt: skip


def corrected(plan, raw, own=None, asked=None):
    (found,) = correct_matrices.fn([plan], [grant(plan, asked)], [raw], [own])
    return found


def plan(data, backend=NOISY, kernel=None, **sides):
    return plan_kernel(data, kernel or KernelSpec(), backend, RUN, **sides)


def own_diagonal(data, truth, of, rows):
    own = diagonal_plan(of, RUN)
    return commit(own, diagonal(truth, rows))


def test_a_symmetric_matrix_is_corrected_with_its_own_diagonal(data, truth):
    whole = plan(data, rows="train")
    raw = commit(whole, noisy(truth, TRAIN, TRAIN))
    found = corrected(whole, raw)
    np.testing.assert_allclose(load_matrix(found), truth[0][np.ix_(TRAIN, TRAIN)], atol=1e-5)
    assert found.key != raw.key
    assert (found.raw.path, found.diagonal.path) == (raw.path, raw.path)
    np.testing.assert_allclose(load_matrix(found.raw), noisy(truth, TRAIN, TRAIN), atol=1e-7)


def test_values_errors_counts_and_shots_stand_beside(data, truth):
    whole = plan(data, rows="train")
    raw = commit(whole, noisy(truth, TRAIN, TRAIN))
    values, beside = load_measurement(corrected(whole, raw))
    np.testing.assert_array_equal(values, beside.corrected)
    _, before = load_measurement(raw)
    np.testing.assert_array_equal(beside.counts, before.counts)
    np.testing.assert_array_equal(beside.shots, before.shots)
    off = np.triu_indices(18, 1)
    assert (beside.errors[off] > before.errors[off]).all(), "division by 1 − λ"
    np.testing.assert_array_equal(np.diagonal(beside.errors), 0)


def test_test_rows_take_their_own_diagonal_and_that_of_the_training_rows(data, truth):
    gram = commit(plan(data, rows="train"), noisy(truth, TRAIN, TRAIN))
    cross = plan(data, rows="test", columns="train", column_diagonal=gram)
    own = own_diagonal(data, truth, cross, TEST)
    found = corrected(cross, commit(cross, noisy(truth, TEST, TRAIN)), own)
    np.testing.assert_allclose(load_matrix(found), truth[0][np.ix_(TEST, TRAIN)], atol=1e-5)
    assert found.diagonal.path == own.path
    document = open_matrix(found).document
    assert [d["path"] for d in document["diagonals"]] == [own.path, gram.path]


def test_landmarks_take_the_diagonal_of_their_rows(data, truth):
    chosen, kernel = (3, 0, 11), KernelSpec(landmarks=3)
    wide = plan(data, kernel=kernel, rows="train", columns="train", landmarks=chosen)
    own = own_diagonal(data, truth, wide, TRAIN)
    found = corrected(wide, commit(wide, noisy(truth, TRAIN, TRAIN[list(chosen)])), own)
    expected = truth[0][np.ix_(TRAIN, TRAIN[list(chosen)])]
    np.testing.assert_allclose(load_matrix(found), expected, atol=1e-5)

    cross = plan(
        data, kernel=kernel, rows="test", columns="train", landmarks=chosen,
        column_diagonal=found.diagonal,
    )  # fmt: skip
    diagonals = own_diagonal(data, truth, cross, TEST)
    values = noisy(truth, TEST, TRAIN[list(chosen)])
    found = corrected(cross, commit(cross, values), diagonals)
    expected = truth[0][np.ix_(TEST, TRAIN[list(chosen)])]
    np.testing.assert_allclose(load_matrix(found), expected, atol=1e-5)


def test_a_repetition_is_the_same_matrix_and_other_corrections_are_another(data, truth):
    def of(*corrections):
        return plan(data, NOISY.model_copy(update={"corrections": corrections}), rows="train")

    both, one = of("readout", "depolarising"), of("readout")
    assert both.key == one.key, "nothing is measured anew"
    raw = commit(both, noisy(truth, TRAIN, TRAIN), readout=0.9)
    first, again, other = corrected(both, raw), corrected(both, raw), corrected(one, raw)
    assert (again.key, again.sha256) == (first.key, first.sha256)
    assert len({raw.key, first.key, other.key}) == 3
    np.testing.assert_allclose(load_matrix(other), noisy(truth, TRAIN, TRAIN), atol=1e-6)
    np.testing.assert_allclose(load_matrix(other.raw), 0.9 * load_matrix(other), atol=1e-6)
    alone = corrected(of("depolarising"), raw)
    assert abs(load_matrix(alone) - load_matrix(first)).max() > 0.01
    assert verify(open_store(data.store)).damaged == []


def test_without_corrections_the_measured_matrix_is_the_matrix(data, truth):
    bare = plan(data, NOISY.model_copy(update={"corrections": ()}), rows="train")
    raw = commit(bare, noisy(truth, TRAIN, TRAIN))
    found = corrected(bare, raw)
    assert (found.key, found.sha256, found.raw) == (raw.key, raw.sha256, None)
    assert found.diagonal.path == raw.path


def test_an_exact_matrix_is_left_as_it_is(data):
    whole = plan(data, BackendSpec())
    raw = MatrixRef(
        store=data.store, path="p", sha256="0" * 64, key=whole.key, shape=whole.shape,
        symmetric=True, blocks=1, computed=1, reused=0, seconds=0.0,
    )  # fmt: skip
    assert corrected(whole, raw) == raw


def test_a_fallback_is_corrected_as_it_would_be_by_itself(data, truth):
    """A QPU was asked for without any corrections of one's own, a noise-free simulator used."""
    used = BackendSpec(shots=1000)
    whole = plan(data, used, rows="train")
    raw = commit(whole, noisy(truth, TRAIN, TRAIN))
    asked = BackendSpec(name="ibm.ibm_fez", shots=1000)
    assert asked.applied_corrections == ("readout", "depolarising")
    assert corrected(whole, raw, asked=asked).key == raw.key


def test_a_diagonal_that_tells_nothing_is_refused_and_what_was_measured_stays(data):
    whole = plan(data, rows="train")
    raw = commit(whole, np.full((18, 18), 0.25))
    with pytest.raises(Refused, match="5 standard errors"):
        corrected(whole, raw)
    np.testing.assert_array_equal(load_matrix(raw), 0.25)


def test_float32_stays_float32(data, truth):
    whole = plan(data, NOISY.model_copy(update={"storage": "float32"}), rows="train")
    found = corrected(whole, commit(whole, noisy(truth, TRAIN, TRAIN)))
    assert open_matrix(found).dtype == "float32"
    np.testing.assert_allclose(load_matrix(found), truth[0][np.ix_(TRAIN, TRAIN)], atol=1e-5)


def test_several_matrices_are_corrected_each_with_its_own(data, truth):
    plans = [plan(data, rows="train"), plan(data, rows="test")]
    raws = [
        commit(each, noisy(truth, rows, rows))
        for each, rows in zip(plans, (TRAIN, TEST), strict=True)
    ]
    found = correct_matrices.fn(plans, [grant(p) for p in plans], raws, [None, None])
    for matrix, rows in zip(found, (TRAIN, TEST), strict=True):
        np.testing.assert_allclose(load_matrix(matrix), truth[0][np.ix_(rows, rows)], atol=1e-5)
