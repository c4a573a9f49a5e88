"""Preprocessing: equal to scikit-learn, fitted on training rows only, exact when stored."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, f_classif, f_regression
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from qml_core.evaluation.datasets import load_table
from qml_core.evaluation.preprocessing import FittedPreprocessing, fit
from qml_core.evaluation.splits import split_roles
from qml_core.specs import DatasetSpec, PreprocessingSpec

REDUCTIONS = ("pca", "select", "none")
SCALES = ("standard", "minmax", "none")
ANGLES = (-np.pi / 2, np.pi / 2)


def frame(X):
    X = np.asarray(X, dtype=float)
    return pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])


def pipeline(reduce, scale, k, score=f_classif):
    steps = {
        "pca": [StandardScaler(), PCA(k, svd_solver="full")],
        "select": [SelectKBest(score, k=k)],
        "none": [],
    }[reduce]
    last = {"standard": [StandardScaler()], "minmax": [MinMaxScaler(ANGLES)], "none": []}[scale]
    return make_pipeline(SimpleImputer(), *steps, *last)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("reduce", REDUCTIONS)
@pytest.mark.parametrize("name", ["breast_cancer", "diabetes"])
def test_transformation_equals_scikit_learns_pipeline(name, reduce, scale):
    table = load_table(DatasetSpec(name=name))
    train = split_roles(table.y, table.task, 0.2, 1) == 0
    k = None if reduce == "none" else 7
    spec = PreprocessingSpec(reduce=reduce, scale=scale, n_components=k)
    fitted = fit(spec, table.features[train], table.y[train], table.task)
    score = f_classif if table.task == "classification" else f_regression
    reference = pipeline(reduce, scale, k, score)
    reference.fit(table.features[train].to_numpy(), table.y[train])
    expected = reference.transform(table.features.to_numpy())
    found = fitted.transform(table.features)
    assert found.shape == (len(table.y), fitted.n_features)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("missing", ["mean", "median", "most_frequent"])
def test_imputation_equals_scikit_learns(missing):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 4, (40, 3)).astype(float)
    X[rng.random(X.shape) < 0.3] = np.nan
    spec = PreprocessingSpec(missing=missing, reduce="none", scale="none")
    fitted = fit(spec, frame(X[:30]), np.arange(30) % 2, "classification")
    imputer = SimpleImputer(strategy=missing).fit(X[:30])
    np.testing.assert_allclose(fitted.transform(frame(X)), imputer.transform(X), rtol=1e-12)


def test_raw_features_are_imputed_and_standardised(cancer):
    table, train = cancer
    fitted = fit(PreprocessingSpec(), table.features[train], table.y[train], table.task)
    scaler = StandardScaler().fit(table.features[train].to_numpy())
    expected = scaler.transform(table.features.to_numpy())
    np.testing.assert_allclose(fitted.raw(table.features), expected, rtol=0, atol=1e-12)
    assert fitted.n_features == 10
    assert fitted.columns == tuple(table.features.columns)


def test_minmax_maps_the_training_rows_onto_the_range_and_leaves_others_outside():
    spec = PreprocessingSpec(reduce="none", scale="minmax", range=(0.0, np.pi))
    fitted = fit(spec, frame([[1], [2], [3]]), np.array([0, 1, 0]), "classification")
    found = fitted.transform(frame([[1], [3], [5]]))
    np.testing.assert_allclose(found, [[0], [np.pi], [2 * np.pi]])


TABLES = arrays(
    np.float64, (12, 4), elements=st.floats(-1e6, 1e6, allow_subnormal=False).map(float)
).filter(lambda X: np.ptp(X[:8], axis=0).max() > 1e-3)
SPECS = st.builds(
    PreprocessingSpec, reduce=st.sampled_from(REDUCTIONS), scale=st.sampled_from(SCALES)
)
LABELS = np.arange(12) % 2


def fit_first(spec, X):
    return fit(spec, frame(X[:8]), LABELS[:8], "classification")


@settings(deadline=None, max_examples=40)
@given(X=TABLES, other=TABLES, spec=SPECS)
def test_held_out_rows_change_nothing(X, other, spec):
    mixed = np.concatenate([X[:8], other[8:]])
    assert fit_first(spec, X).to_json() == fit_first(spec, mixed).to_json()
    ours, theirs = (fit_first(spec, Z).transform(frame(Z)) for Z in (X, mixed))
    assert ours[:8].tobytes() == theirs[:8].tobytes()


@settings(deadline=None, max_examples=40)
@given(X=TABLES, spec=SPECS)
def test_a_stored_preprocessing_gives_the_same_bits(X, spec):
    fitted = fit_first(spec, X)
    stored = FittedPreprocessing.from_json(fitted.to_json())
    assert stored.to_json() == fitted.to_json()
    assert stored.transform(frame(X)).tobytes() == fitted.transform(frame(X)).tobytes()
    assert stored.raw(frame(X)).tobytes() == fitted.raw(frame(X)).tobytes()


@settings(deadline=None, max_examples=40)
@given(X=TABLES, spec=SPECS, order=st.permutations(range(4)))
def test_the_order_of_the_columns_is_repaired_by_name(X, spec, order):
    fitted = fit_first(spec, X)
    shuffled = frame(X)[[f"x{j}" for j in order]]
    assert fitted.transform(shuffled).tobytes() == fitted.transform(frame(X)).tobytes()


@settings(deadline=None, max_examples=40)
@given(X=TABLES, spec=SPECS)
def test_training_rows_come_out_finite_and_scaled(X, spec):
    found = fit_first(spec, X).transform(frame(X[:8]))
    assert np.isfinite(found).all()
    if spec.scale == "minmax":
        assert found.min() >= ANGLES[0] - 1e-9
        assert found.max() <= ANGLES[1] + 1e-9


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("reduce", REDUCTIONS)
def test_constant_columns_and_duplicate_rows_pass_without_noise(reduce, scale):
    rng = np.random.default_rng(1)
    varying = np.repeat(rng.normal(size=(10, 2)), 2, axis=0)
    X = np.column_stack([np.full(20, 0.1), varying, np.full(20, 1e9 / 3), varying[:, 0]])
    fitted = fit(
        PreprocessingSpec(reduce=reduce, scale=scale), frame(X), np.arange(20) % 2, "classification"
    )
    found = fitted.transform(frame(X))
    assert np.isfinite(found).all()
    spread = np.ptp(found, axis=0)
    assert np.sum(spread > 1e-6) == (2 if reduce == "pca" else 3)
    assert spread[spread <= 1e-6].max() < 1e-12


def test_selection_prefers_a_varying_column_to_constant_ones():
    rng = np.random.default_rng(2)
    constants = np.tile(rng.normal(size=200), (59, 1))
    X = np.column_stack([constants, rng.normal(size=59)])
    for task, y in (("classification", np.arange(59) % 2), ("regression", rng.normal(size=59))):
        spec = PreprocessingSpec(reduce="select", n_components=1)
        assert fit(spec, frame(X), y, task).selected.tolist() == [200]


def test_selection_takes_the_perfectly_separating_column_without_a_warning():
    y = np.arange(20) % 2
    X = np.column_stack([np.random.default_rng(3).normal(size=20), y * 2.0])
    spec = PreprocessingSpec(reduce="select", n_components=1)
    assert fit(spec, frame(X), y, "classification").selected.tolist() == [1]


def test_no_more_than_ten_components_unless_asked(cancer):
    table, train = cancer
    for reduce, n, expected in (("pca", None, 10), ("select", None, 10), ("pca", 30, 30)):
        spec = PreprocessingSpec(reduce=reduce, n_components=n)
        fitted = fit(spec, table.features[train], table.y[train], table.task)
        assert fitted.n_features == expected
    few = fit(PreprocessingSpec(), table.features[:4], table.y[:4], table.task)
    assert few.n_features == 4
