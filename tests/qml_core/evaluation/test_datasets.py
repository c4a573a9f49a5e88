"""Named data sets: what they give, what they refuse; the table and its digest."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from qiskit.circuit.library import zz_feature_map
from qiskit.quantum_info import Operator, Statevector
from sklearn import datasets as sklearn_datasets
from sklearn.svm import SVC

from qml_core.errors import DataError, SpecError
from qml_core.evaluation.datasets import (
    Raw,
    generate,
    load,
    load_table,
    make_table,
    names,
    task_of,
)
from qml_core.evaluation.datasets.ad_hoc import (
    expectations,
    feature_states,
    rotated_parity,
)
from qml_core.specs import DatasetSpec

GENERATED = [info.name for info in names() if info.parameters]
HALF_EMPTY = {"n_hyperplanes": 1, "dim_hyperplanes": 1, "seed": 0}
ALL = [info.name for info in names()]


def raw(X, y, columns=None, **rest):
    X = np.asarray(X, dtype=float)
    return Raw(X, np.asarray(y), columns or tuple(f"x{j}" for j in range(X.shape[1])), **rest)


def test_every_promised_data_set_has_a_name():
    promised = "breast_cancer wine digits iris diabetes moons linearly_separable hidden_manifold "
    promised += "two_curves hyperplanes bars_and_stripes ad_hoc"
    assert promised.split() == ALL


@pytest.mark.parametrize("name", ALL)
def test_table_and_raw_pair_hold_the_same_rows(name):
    spec = DatasetSpec(name=name)
    table = load_table(spec)
    X, y = load(spec)
    np.testing.assert_array_equal(table.features.to_numpy(), X)
    assert (table.features.dtypes == np.float64).all()
    assert all(type(column) is str for column in table.features.columns)
    if table.task == "classification":
        assert table.y.dtype == np.int64
        assert set(table.y) == set(range(len(table.classes)))
        np.testing.assert_array_equal(np.unique(y)[table.y], y)
    else:
        assert table.classes == ()
        np.testing.assert_array_equal(table.y, y)


def test_bundled_sets_keep_their_class_and_column_names():
    table = load_table(DatasetSpec(name="breast_cancer"))
    bunch = sklearn_datasets.load_breast_cancer(as_frame=True)
    pd.testing.assert_frame_equal(table.features, bunch.data)
    assert table.classes == ("malignant", "benign")
    assert [np.sum(table.y == label) for label in (0, 1)] == [212, 357]


@pytest.mark.parametrize("name", GENERATED)
def test_same_seed_gives_the_same_bits_and_another_seed_others(name):
    first, again, other = (generate(name, seed=seed) for seed in (1, 1, 2))
    assert first[0].tobytes() == again[0].tobytes()
    assert first[1].tobytes() == again[1].tobytes()
    assert first[0].tobytes() != other[0].tobytes()


@pytest.mark.parametrize("name", GENERATED)
def test_size_parameters_are_obeyed(name):
    X, y = generate(name, n_samples=12, seed=3)
    assert X.shape[0] == y.shape[0] == 12


def test_generated_labels_of_a_table_name_the_own_labels():
    assert load_table(DatasetSpec(name="two_curves")).classes == ("-1", "1")


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("irs", {}, r"unknown data set 'irs'; near names: iris"),
        ("moons", {"nois": 0.1}, r"no parameter 'nois'; near names: noise"),
        ("iris", {"seed": 1}, r"no parameter 'seed'; known: none"),
        ("moons", {"n_samples": 3}, r"n_samples=3 .* whole number from 4 to 100000"),
        ("moons", {"n_samples": 10.5}, r"n_samples=10.5 .* whole number"),
        ("moons", {"n_samples": True}, r"n_samples=True .* whole number"),
        ("moons", {"noise": "much"}, r"noise='much' .* a number"),
        ("moons", {"noise": float("nan")}, r"noise=nan"),
        ("moons", {"seed": -1}, r"seed=-1 .* from 0 to"),
        ("two_curves", {"n_samples": 7}, r"n_samples=7 is odd"),
        ("ad_hoc", {"n_features": 4}, r"n_features=4 .* from 2 to 3"),
        ("ad_hoc", {"gap": 0.95, "n_samples": 20}, r"gap=0.95 leaves .* 10 of each"),
        ("linearly_separable", {"margin": 0.9}, r"margin=0.9 leaves \d+ of the 300"),
        ("hyperplanes", HALF_EMPTY, r"1 hyperplanes give \d+ even and \d+ odd points, 150"),
    ],
)
def test_parameters_are_checked(name, parameters, message):
    with pytest.raises(SpecError, match=message):
        generate(name, **parameters)


@pytest.mark.parametrize("name", ["../etc/passwd", "..", "Iris", "a/b", ""])
def test_a_name_that_is_a_path_is_refused_by_the_spec(name):
    with pytest.raises(ValidationError):
        DatasetSpec(name=name)


def test_linearly_separable_keeps_the_margin():
    X, y = generate("linearly_separable", n_features=4, margin=0.05)
    assert np.abs(X.sum(axis=1)).min() > 0.2
    np.testing.assert_array_equal(y, -np.sign(X.sum(axis=1)))


# ad hoc data of Havlíček et al.


@pytest.mark.parametrize("d", [2, 3])
def test_ad_hoc_states_are_those_of_qiskits_feature_map(d):
    x = np.random.default_rng(0).uniform(0, 2 * np.pi, (5, d))
    circuit = zz_feature_map(d, reps=2, entanglement="full")
    # Qiskit counts qubit 0 as least significant, and encodes the complex conjugate
    for row, state in zip(x, feature_states(x), strict=True):
        reference = Statevector(circuit.assign_parameters(row)).reverse_qargs().data.conj()
        assert abs(np.vdot(reference, state)) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("d", [2, 3])
def test_ad_hoc_observable_is_a_rotated_parity(d):
    observable = rotated_parity(np.random.RandomState(1), d)
    assert Operator(observable).is_unitary()
    np.testing.assert_allclose(observable, observable.conj().T, atol=1e-14)
    half = 2 ** (d - 1)
    np.testing.assert_allclose(np.linalg.eigvalsh(observable), [-1] * half + [1] * half, atol=1e-12)


@pytest.mark.parametrize("d", [2, 3])
def test_ad_hoc_labels_are_the_sign_of_the_observable_outside_the_gap(d):
    X, y = generate("ad_hoc", n_samples=60, n_features=d, gap=0.3, seed=5)
    values = expectations(X, rotated_parity(np.random.RandomState(5), d))
    assert (np.sign(values) == y).all()
    assert np.abs(values).min() > 0.3
    assert X.min() > 0
    assert X.max() <= 2 * np.pi


def test_a_zz_kernel_learns_ad_hoc_data_where_an_rbf_kernel_does_not():
    zz, rbf = [], []
    for seed in range(10):
        X, y = generate("ad_hoc", n_samples=140, seed=seed)
        train = np.r_[0:20, 70:90]
        test = np.setdiff1d(np.arange(140), train)
        states = feature_states(X)
        K = np.abs(states @ states.conj().T) ** 2
        model = SVC(C=1e3, kernel="precomputed").fit(K[np.ix_(train, train)], y[train])
        zz.append(model.score(K[np.ix_(test, train)], y[test]))
        rbf.append(SVC().fit(X[train], y[train]).score(X[test], y[test]))
    assert np.mean(zz) > 0.97
    assert np.mean(rbf) < 0.8


# table


@pytest.mark.parametrize(
    ("y", "task"),
    [
        (np.array(["a", "b"]), "classification"),
        (np.array([True, False]), "classification"),
        (np.arange(50), "classification"),
        (np.arange(51), "regression"),
        (np.arange(20.0), "classification"),
        (np.arange(21.0), "regression"),
        (np.array([0.0, 1.0, 0.5]), "regression"),
    ],
)
def test_task_follows_from_the_target(y, task):
    assert task_of(y) == task


def test_classes_are_sorted_and_whole_floats_lose_their_point():
    table = make_table("t", raw([[1], [2], [3]], [10.0, 9.0, 10.0]), "classification")
    assert table.classes == ("9", "10")
    assert table.y.tolist() == [1, 0, 1]


def test_digest_changes_with_everything_it_covers_and_nothing_else():
    base = raw([[1.0, np.nan], [3.0, 4.0]], [0, 1])
    reference = make_table("t", base, "classification").digest
    assert make_table("other", base, "classification").digest == reference
    payload = base.X.copy()
    payload[0, 1] = np.frombuffer(b"\x01\x00\x00\x00\x00\x00\xf8\xff")[0]
    assert np.isnan(payload[0, 1])
    same = dataclasses.replace(base, X=np.asfortranarray(payload))
    assert make_table("t", same, "classification").digest == reference
    nudged = base.X.copy()
    nudged[1, 1] = np.nextafter(4.0, 5.0)
    for change in (
        {"X": nudged},
        {"columns": ("x0", "y")},
        {"y": np.array([1, 0])},
        {"y": np.array([0, 2])},
    ):
        changed = dataclasses.replace(base, **change)
        assert make_table("t", changed, "classification").digest != reference
    assert make_table("t", base, "regression").digest != reference


def test_digest_is_the_same_in_every_version():
    table = make_table("t", raw([[1.0, 2.0], [3.0, 4.0]], ["a", "b"]), "classification")
    assert table.digest == "0cd450f47dd436d5f553b48aff8ac6cd8ac00cd57b9ed30a06fc9ee0c918fb70"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (raw(np.empty((0, 2)), []), r"has 0 row\(s\), at least 2"),
        (raw([[1.0]], [1]), r"has 1 row\(s\), at least 2"),
        (raw(np.empty((2, 0)), [0, 1]), r"no feature column, only the target 'label'"),
        (raw([[1.0], [2.0]], ["a", "a"]), r"one value only \(a\)"),
        (raw([[1.0, np.inf], [2, 3]], [0, 1]), r"infinite values in column\(s\) 'x1' \(1\)"),
        (raw([[1.0], [2.0]], [0.0, np.nan]), r"missing or infinite in 1 row"),
    ],
)
def test_unfit_data_are_refused(data, message):
    with pytest.raises(DataError, match=message):
        make_table("t", data, "classification")


def test_missing_features_constant_columns_and_duplicate_rows_are_allowed_in_a_table():
    table = make_table("t", raw([[1, np.nan], [1, 2], [1, 2]], [0, 1, 1]), "classification")
    assert np.isnan(table.features.to_numpy()).sum() == 1
