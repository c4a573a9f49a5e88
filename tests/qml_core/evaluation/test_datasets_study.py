"""The study's data (arXiv:2403.07059): published accuracies and the published random stream.

Independent of the project's own refit: scikit-learn, and the IQP kernel written out.
"""

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from qml_core.errors import SpecError
from qml_core.evaluation.datasets import generate, study
from qml_core.evaluation.reproduction.published import published

FAMILIES = ("linearly_separable", "hidden_manifold", "hidden_manifold_diff")
ROUNDING = 5.01e-7


def rows(model, family):
    own = [row for row in published() if (row.model, row.family) == (model, family)]
    return [row for row in own if row.reproduced]


def iqp_kernel(A, B):
    """|⟨φ(a)|φ(b)⟩|² with φ(x) = exp(-i/2 (Σ x_j Z_j + Σ x_j x_k Z_j Z_k)) H^n |0⟩."""
    n = A.shape[1]
    z = 1 - 2 * ((np.arange(2**n) >> np.arange(n)[:, None]) & 1)

    j, k = np.triu_indices(n, 1)

    def states(X):
        phases = X @ z + (X[:, j] * X[:, k]) @ (z[j] * z[k])
        return np.exp(-0.5j * phases) / np.sqrt(2**n)

    return np.abs(states(A) @ states(B).conj().T) ** 2


@pytest.mark.parametrize("family", FAMILIES)
def test_svc_reaches_the_published_accuracies(family):
    data = study(family)
    own = rows("SVC", family)
    assert [row.instance for row in own] == list(data)
    for row in own:
        X, X_test, y, y_test = data[row.instance]
        svc = SVC(C=row.C, gamma=row.gamma).fit(X, y)
        found = [svc.score(X, y), svc.score(X_test, y_test)]
        assert found == pytest.approx([row.train, row.test], abs=ROUNDING)


@pytest.mark.parametrize("family", FAMILIES)
def test_iqp_kernel_reaches_the_published_accuracies(family):
    data = study(family)
    for row in rows("IQPKernel", family):
        assert row.repeats == 1
        X, X_test, y, y_test = data[row.instance]
        if X.shape[1] > 10:
            continue
        scaler = MinMaxScaler((-np.pi / 2, np.pi / 2)).fit(X)
        A, B = scaler.transform(X), scaler.transform(X_test)
        K = iqp_kernel(A, A)
        svc = SVC(C=row.C, kernel="precomputed").fit(K, y)
        found = [svc.score(K, y), svc.score(iqp_kernel(B, A), y_test)]
        assert found == pytest.approx([row.train, row.test], abs=ROUNDING)


def test_first_data_set_of_each_stream_equals_the_generator_with_its_seed():
    first = {
        "linearly_separable": generate("linearly_separable", n_features=2, seed=42),
        "hidden_manifold": generate("hidden_manifold", n_features=2, seed=3),
        "two_curves": generate("two_curves", n_features=2, seed=3),
        "hyperplanes_diff": generate("hyperplanes", n_hyperplanes=2, seed=1),
    }
    for family, (X, y) in first.items():
        X_train, X_test, y_train, y_test = next(iter(study(family).values()))
        whole = np.column_stack([np.concatenate([X_train, X_test]), np.append(y_train, y_test)])
        assert sorted(map(tuple, whole)) == sorted(map(tuple, np.column_stack([X, y])))


def test_two_curves_are_the_published_stream_drawn_number_by_number():
    n, d, degree = 20, 3, 4
    rng = np.random.RandomState(5)
    coefficients = rng.uniform(size=(d, degree + 1, 2))
    coefficients /= np.sqrt((coefficients**2).sum())
    X = np.zeros((n, d))
    for row in range(n):
        t = rng.rand()
        for j in range(d):
            X[row, j] = coefficients[j, 0].sum()
            for f in range(1, degree + 1):
                a, b = coefficients[j, f]
                X[row, j] += a * np.cos(f * np.pi * t) + b * np.sin(f * np.pi * t)
            X[row, j] += rng.normal(0, 0.01) + (0.1 if row >= n // 2 else 0.0)
    found, y = generate("two_curves", n_samples=n, n_features=d, degree=degree, seed=5)
    np.testing.assert_allclose(found, StandardScaler().fit_transform(X), rtol=0, atol=1e-12)
    assert y.tolist() == [-1] * 10 + [1] * 10


def test_hyperplanes_count_the_planes_below_a_point():
    rng = np.random.RandomState(7)
    weights, biases = rng.uniform(size=(4, 3)), rng.uniform(size=4)
    points = rng.normal(size=(80, 3))
    above = [sum(w @ x + b > 0 for w, b in zip(weights, biases, strict=True)) for x in points]
    even = [x for x, k in zip(points, above, strict=True) if k % 2 == 0][:10]
    odd = [x for x, k in zip(points, above, strict=True) if k % 2 == 1][:10]
    X = StandardScaler().fit_transform(np.array(even + odd) @ rng.uniform(size=(3, 5)))
    found, y = generate(
        "hyperplanes", n_samples=20, n_features=5, n_hyperplanes=4, dim_hyperplanes=3, seed=7
    )
    np.testing.assert_allclose(found, X, rtol=0, atol=1e-12)
    assert y.tolist() == [-1] * 10 + [1] * 10


def test_bars_and_stripes_without_noise_have_equal_rows_or_columns():
    X, y = generate("bars_and_stripes", n_samples=200, height=3, width=5, noise=0.0, seed=1)
    assert set(np.unique(X)) == {-1.0, 1.0}
    images = X.reshape(200, 3, 5)
    assert (images[y == 1] == images[y == 1][:, :, :1]).all()
    assert (images[y == -1] == images[y == -1][:, :1, :]).all()
    assert 60 < np.sum(y == 1) < 140


def test_bars_and_stripes_of_the_study_have_its_sizes():
    data = study("bars_and_stripes")
    assert list(data) == [f"{n}_x_{n}_0.5noise" for n in (4, 8, 16, 32)]
    X, X_test, y, _ = data["4_x_4_0.5noise"]
    assert (X.shape, X_test.shape) == ((1000, 16), (200, 16))
    again = generate("bars_and_stripes", n_samples=1200, seed=42)
    np.testing.assert_array_equal(again[0], np.concatenate([X, X_test]))
    np.testing.assert_array_equal(again[1][:1000], y)


@pytest.mark.parametrize(
    ("family", "first", "last"),
    [
        ("two_curves", "5degree-0.1offset-2d", "5degree-0.1offset-20d"),
        ("two_curves_diff", "10d-2degree", "10d-20degree"),
        ("hyperplanes_diff", "10d-from3d-2n", "10d-from3d-20n"),
    ],
)
def test_families_have_nineteen_instances_of_240_and_60_balanced_rows(family, first, last):
    data = study(family)
    assert (len(data), next(iter(data)), list(data)[-1]) == (19, first, last)
    for X, X_test, y, y_test in data.values():
        assert (len(X), len(X_test)) == (240, 60)
        assert np.append(y, y_test).sum() == 0


def test_the_global_generator_is_left_alone():
    np.random.seed(0)  # noqa: NPY002
    study("linearly_separable")
    assert np.random.rand() == np.random.RandomState(0).rand()  # noqa: NPY002


def test_unknown_family_lists_near_names():
    with pytest.raises(SpecError, match="near names: two_curves"):
        study("two_curve")
