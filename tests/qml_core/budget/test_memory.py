"""Matrices a machine could not hold are refused before the first block, with what to ask for."""

import re
from datetime import datetime, timezone

import pytest

from qml_core.budget.gate import open_gate
from qml_core.budget.memory import fits, machine_bytes, offered_landmarks
from qml_core.errors import Refused
from qml_core.kernels.planning import plan_kernel
from qml_core.references import ArtifactRef, DatasetRef
from qml_core.specs import BackendSpec, KernelSpec, RunSpec

NOW = datetime(2025, 1, 1, tzinfo=timezone.utc)
DIGEST = "0" * 64


def data(n_train):
    return DatasetRef(
        store="file:///store", path="data", sha256=DIGEST, name="large", digest=DIGEST,
        task="classification", rows=n_train + 10, features=4, raw_columns=("a",), target="y",
        classes=("0", "1"), n_train=n_train, n_test=10, split_seed=0,
        preprocessing=ArtifactRef(store="file:///store", path="p", sha256=DIGEST),
    )  # fmt: skip


def plan(n_train, **sides):
    return plan_kernel(data(n_train), KernelSpec(), BackendSpec(), RunSpec(), **sides)


def test_training_on_too_large_a_matrix_names_bytes_limit_and_landmarks():
    large = plan(20_000, rows="train")
    with pytest.raises(Refused, match=r"20,000 × 20,000 needs 11\.92 GiB") as caught:
        open_gate(large, 2**33, NOW, "whose error is 0.01")
    assert "8.00 GiB may be used" in caught.value.message
    m = int(re.search(r"--set model\.kernel\.landmarks=(\d+), whose", caught.value.remedy)[1])
    assert m == 1500
    smaller = plan(20_000, rows="train", landmarks=tuple(range(m)))
    assert open_gate(smaller, 2**33, NOW).plan_key == smaller.key
    assert caught.value.exit_code == 3


def test_a_matrix_that_streams_is_not_refused_for_its_size():
    assert fits(plan(200_000), 2**30)
    assert fits(plan(200_000, rows="test", columns="train"), 2**30)
    assert not fits(plan(200_000, rows="train"), 2**30)


def test_the_offer_fits_and_grows_more_slowly_than_the_rows():
    assert [offered_landmarks(n, 2**40) for n in (50, 1000, 10_000, 10**6)] == [
        50, 300, 1000, 5000,
    ]  # fmt: skip
    tight = offered_landmarks(10**6, 10**9)
    assert machine_bytes(10**6, tight) <= 10**9 < machine_bytes(10**6, tight + 1)


def test_landmarks_are_in_the_key_and_make_a_rectangle():
    exact, one, other = (plan(100, rows="train", landmarks=m) for m in ((), (1, 5), (1, 6)))
    assert len({exact.key, one.key, other.key}) == 3
    assert (exact.shape, exact.symmetric) == ((100, 100), True)
    assert (one.shape, one.symmetric, one.landmarks) == ((100, 2), False, (1, 5))
    cross = plan(100, rows="test", columns="train", landmarks=(1, 5))
    assert cross.shape == (10, 2)


def test_choosing_by_leverage_costs_as_much_again_and_is_counted():
    kernel = KernelSpec(landmarks=10, landmark_choice="leverage")
    uniform = KernelSpec(landmarks=10, landmark_choice="uniform")
    by_leverage, at_random = (
        plan_kernel(data(90), k, BackendSpec(), RunSpec(), landmarks=tuple(range(10)))
        for k in (kernel, uniform)
    )
    assert at_random.estimate.circuits == 100 + 10
    assert by_leverage.estimate.circuits == 2 * (100 + 10)
