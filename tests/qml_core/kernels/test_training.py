"""Kernel training: the differentiable alignment, and what maximising it finds."""

import numpy as np
import pytest
import torch

from qml_core.circuits.encodings import open_encoding
from qml_core.errors import DataError, SpecError
from qml_core.kernels import kernel_matrix
from qml_core.kernels.alignment import class_target, target_alignment, value_target
from qml_core.kernels.differentiable import DifferentiableKernel, centered_alignment
from qml_core.kernels.training import draw_rows, train_kernel
from qml_core.specs import EncodingSpec, KernelSpec

ENCODINGS = ("angle", "hamiltonian", "iqp", "pauli", "zz")


def spec(name="iqp", *, kind="fidelity", bandwidth=0.3, **fields):
    gamma = 0.7 if kind == "projected" else 1.0
    encoding = EncodingSpec(name=name, bandwidth=bandwidth, **fields)
    return KernelSpec(encoding=encoding, kind=kind, gamma=gamma)


def noisy_products(seed, n=60, classes=2):
    """Two features that decide, two of noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    signs = (X[:, :2] > 0).astype(int)
    return X, (signs[:, 0] ^ signs[:, 1]) if classes == 2 else signs.sum(axis=1)


def differentiable(kernel, d):
    return DifferentiableKernel(kernel, open_encoding(kernel.encoding, d))


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("n", [5, 40])
def test_the_differentiable_alignment_is_that_of_numpy(classes, n):
    rng = np.random.default_rng(n)
    y = np.arange(n) % classes
    A = rng.normal(size=(n, 3))
    K = A @ A.T
    found = centered_alignment(torch.from_numpy(K), class_target(y, n))
    assert float(found) == pytest.approx(target_alignment(K, y, centered=True), abs=1e-12)


def test_a_constant_kernel_has_alignment_zero_and_no_gradient():
    K = torch.full((4, 4), 0.5, dtype=torch.float64, requires_grad=True)
    found = centered_alignment(K, class_target(np.array([0, 1, 0, 1]), 4))
    found.backward()
    assert found.item() == 0
    assert torch.equal(K.grad, torch.zeros(4, 4, dtype=torch.float64))


def test_in_regression_the_target_is_the_product_of_centred_values():
    rng = np.random.default_rng(0)
    A, y = rng.normal(size=(12, 12)), rng.normal(size=12)
    H = np.eye(12) - 1 / 12
    K, T = H @ (A @ A.T) @ H, H @ np.outer(y, y) @ H
    expected = np.sum(K * T) / np.linalg.norm(K) / np.linalg.norm(T)
    found = centered_alignment(torch.from_numpy(A @ A.T), value_target(y))
    assert float(found) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", ["fidelity", "projected"])
@pytest.mark.parametrize("name", ENCODINGS)
def test_the_differentiable_kernel_is_the_kernel(name, kind):
    X, _ = noisy_products(1, n=9)
    kernel = spec(name, kind=kind, weights=(1.0, 0.5, -0.2, 0.8))
    factors = torch.as_tensor(open_encoding(kernel.encoding, 4).factors)
    K = differentiable(kernel, 4).gram(torch.from_numpy(X), factors)
    np.testing.assert_allclose(K.numpy(), kernel_matrix(X, kernel=kernel), atol=1e-12)


@pytest.mark.parametrize("kind", ["fidelity", "projected"])
@pytest.mark.parametrize(("name", "d"), [*((name, 3) for name in ENCODINGS), ("angle", 11)])
def test_the_gradient_of_the_alignment_is_that_of_finite_differences(name, d, kind):
    rng = np.random.default_rng(3)
    X, y = torch.from_numpy(rng.normal(size=(8, d))), np.arange(8) % 3
    kernel = differentiable(spec(name, kind=kind), d)

    def alignment(factors):
        return centered_alignment(kernel.gram(X, factors), class_target(y, 8))

    factors = torch.from_numpy(rng.uniform(0.2, 0.6, size=d)).requires_grad_()
    alignment(factors).backward()
    for k, step in enumerate(torch.eye(d, dtype=torch.float64) * 1e-3):
        with torch.no_grad():  # five points: the error is that of the fifth derivative
            two, one, back, twice = (alignment(factors + j * step).item() for j in (2, 1, -1, -2))
        slope = (8 * (one - back) - (two - twice)) / 12e-3
        assert float(factors.grad[k]) == pytest.approx(slope, rel=1e-5, abs=1e-7)


def test_a_hundred_qubits_that_no_gate_joins_are_trained():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 100))
    y = (X[:, 7] > 0).astype(int)
    found = train_kernel(X, y, spec("angle", bandwidth=0.05), 3, np.random.default_rng(0))
    assert found.after > found.before
    assert len(found.kernel.encoding.weights) == 100


@pytest.mark.parametrize(("name", "classes"), [("iqp", 2), ("angle", 3)])
def test_training_raises_the_alignment_and_lowers_the_weight_of_noise(name, classes):
    X, y = noisy_products(2, classes=classes)
    kernel = spec(name)
    found = train_kernel(X, y, kernel, 40, np.random.default_rng(0))
    weights = np.abs(found.kernel.encoding.weights)
    assert weights.max() == 1
    assert weights[2:].max() < 0.6 * weights[:2].min()
    before, after = (
        target_alignment(kernel_matrix(X, kernel=k), y, centered=True)
        for k in (kernel, found.kernel)
    )
    assert (found.before, found.after) == pytest.approx((before, after), abs=1e-12)
    assert after > 1.3 * before
    assert (found.rows, len(found.history)) == (60, 41)


def test_regression_and_projected_kernels_are_trained_by_the_same_rule():
    X, _ = noisy_products(4)
    y = np.sin(X[:, 0]) + 0.1 * X[:, 1]
    kernel = spec(kind="projected")
    found = train_kernel(X, y, kernel, 25, np.random.default_rng(0), task="regression")
    assert found.after > 1.3 * found.before
    assert found.kernel.kind == "projected"
    assert found.kernel.gamma == kernel.gamma
    assert np.argmax(np.abs(found.kernel.encoding.weights)) == 0


def test_the_seed_gives_the_same_kernel_and_another_one_another():
    X, y = noisy_products(5, n=90)
    first, again, other = (
        train_kernel(X, y, spec(), 3, np.random.default_rng(seed), batch=20) for seed in (7, 7, 8)
    )
    assert first == again
    assert first.kernel != other.kernel
    assert first.rows < 90


def test_where_nothing_is_better_the_kernel_stays_as_it_was():
    X, y = noisy_products(6, n=30)
    kernel = spec(weights=(1.0, 1.0, 0.2, 0.2))
    best = train_kernel(X, y, kernel, 60, np.random.default_rng(0))
    found = train_kernel(X, y, best.kernel, 2, np.random.default_rng(0), learning_rate=5.0)
    assert found.kernel == best.kernel
    assert found.before == found.after == best.after
    assert found.history[1] < found.before


def test_steps_are_told_one_by_one_and_none_changes_nothing():
    X, y = noisy_products(7, n=20)
    heard = []
    train_kernel(X, y, spec(), 3, np.random.default_rng(0), progress=lambda: heard.append(1))
    assert len(heard) == 3
    assert train_kernel(X, y, spec(), 0, np.random.default_rng(0)).kernel == spec()


def test_a_trained_kernel_is_a_valid_spec_of_short_numbers():
    X, y = noisy_products(8, n=30)
    kernel = train_kernel(X, y, spec(), 5, np.random.default_rng(0)).kernel
    assert KernelSpec.model_validate_json(kernel.model_dump_json()) == kernel
    for value in (kernel.encoding.bandwidth, *kernel.encoding.weights):
        assert float(f"{value:.6g}") == value


def test_rows_of_a_step_are_stratified_and_no_class_is_lost():
    y = np.repeat([0, 1, 2], [900, 97, 3])
    rng = np.random.default_rng(0)
    drawn = [draw_rows(y, "classification", 100, rng) for _ in range(5)]
    for rows in drawn:
        counts = np.bincount(y[rows])
        assert abs(counts[0] - 90) <= 3
        assert counts[2] >= 2
        assert len(np.unique(rows)) == len(rows) <= 106
    assert len({tuple(rows) for rows in drawn}) == 5
    np.testing.assert_array_equal(draw_rows(y[:50], "classification", 100, rng), np.arange(50))


def test_a_regression_step_on_rows_of_one_value_changes_nothing():
    X, _ = noisy_products(12, n=60)
    y = np.where(np.arange(60) == 30, 1.0, 0.0)
    found = train_kernel(X, y, spec(), 5, np.random.default_rng(0), task="regression", batch=4)
    assert np.isfinite(found.history).all()
    assert found.history[0] == 0 or found.after > 0


def test_rows_of_a_regression_step_cover_its_quantiles():
    y = np.random.default_rng(0).normal(size=1000)
    rows = draw_rows(y, "regression", 50, np.random.default_rng(1))
    np.testing.assert_allclose(np.sort(y[rows])[[10, 25, 40]], np.quantile(y, [0.2, 0.5, 0.8]),
                               atol=0.1)  # fmt: skip


@pytest.mark.parametrize("name", ["basis", "amplitude"])
def test_encodings_without_a_bandwidth_are_refused(name):
    X, y = noisy_products(9, n=10)
    kernel = KernelSpec(encoding=EncodingSpec(name=name))
    with pytest.raises(SpecError, match=r"no bandwidth; leave model\.kernel_training=0"):
        train_kernel(X, y, kernel, 1, np.random.default_rng(0))


def test_states_that_do_not_fit_are_refused_before_they_are_made(monkeypatch):
    monkeypatch.setattr("qml_core.kernels.training_plan._STATES_BYTES", 2**12)
    X, y = noisy_products(10, n=10)
    with pytest.raises(SpecError, match=r"at least 16 rows.*, 2 fit.*found 16;.*kernel_training=0"):
        train_kernel(X, y, spec(), 1, np.random.default_rng(0))


def test_one_class_or_a_constant_target_is_refused():
    X, y = noisy_products(11, n=10)
    with pytest.raises(DataError, match="varies, found only 0"):
        train_kernel(X, np.zeros(10), spec(), 1, np.random.default_rng(0))
    with pytest.raises(DataError, match="varies"):
        train_kernel(X, np.ones(10), spec(), 1, np.random.default_rng(0), task="regression")
    with pytest.raises(DataError, match=r"found \(10, 4\) and \(9,\)"):
        train_kernel(X, y[:9], spec(), 1, np.random.default_rng(0))
