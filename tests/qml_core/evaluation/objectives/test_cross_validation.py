"""Cross-validation of configurations against scikit-learn's own."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from qml_core.errors import DataError, SpecError
from qml_core.evaluation.objectives import kernel_machines
from qml_core.evaluation.objectives.cross_validation import cross_validated, held_out
from qml_core.kernels import kernel_matrix
from qml_core.specs import BackendSpec, ModelSpec
from qml_core.specs.configuration import configured


@pytest.fixture(scope="module")
def rows():
    """80 rows of 3 standardised features, and their classes."""
    X, y = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(X[:80, :3]), y[:80]


FOLDS = StratifiedKFold(4, shuffle=True, random_state=5)
ONE = configured(ModelSpec(), {"C": 10.0, "bandwidth": 0.2})


@pytest.mark.parametrize(
    ("metric", "scoring", "sign"),
    [
        ("accuracy", "accuracy", 1),
        ("balanced_accuracy", "balanced_accuracy", 1),
        ("f1_macro", "f1_macro", 1),
        ("log_loss", "neg_log_loss", -1),
    ],
)
def test_an_estimator_scores_as_in_scikit_learn(rows, metric, scoring, sign):
    X, y = rows
    machine = LogisticRegression()
    found = cross_validated(machine, X, y, task="classification", folds=4, metric=metric, seed=5)
    expected = cross_val_score(machine, X, y, cv=FOLDS, scoring=scoring)
    np.testing.assert_allclose(found.values, sign * expected, rtol=1e-12)
    assert found.mean == pytest.approx(expected.mean() * sign)


def test_a_kernel_model_scores_as_a_precomputed_svc(rows):
    X, y = rows
    (kernel,) = ONE.candidate_kernels()
    expected = cross_val_score(
        SVC(kernel="precomputed", C=10.0), kernel_matrix(X, kernel=kernel), y, cv=FOLDS
    )
    found = cross_validated(ONE, X, y, task="classification", folds=4, seed=5)
    np.testing.assert_array_equal(found.values, expected)


@pytest.mark.parametrize(
    ("metric", "scoring", "sign"),
    [
        ("r2", "r2", 1),
        ("rmse", "neg_root_mean_squared_error", -1),
        ("mae", "neg_mean_absolute_error", -1),
    ],
)
def test_a_kernel_regression_scores_as_a_precomputed_svr(rows, metric, scoring, sign):
    X = rows[0]
    y = 3 * X[:, 0] + np.sin(X[:, 1])
    model = configured(ModelSpec(name="qsvr"), {"C": 10.0, "bandwidth": 0.2, "epsilon": 0.01})
    (kernel,) = model.candidate_kernels()
    K, expected = kernel_matrix(X, kernel=kernel), []
    folds = KFold(4, shuffle=True, random_state=5)
    for fit, held in folds.split(X):
        mean, scale = y[fit].mean(), y[fit].std()
        machine = SVR(kernel="precomputed", C=10.0, epsilon=0.01)
        machine.fit(K[np.ix_(fit, fit)], (y[fit] - mean) / scale)
        errors = machine.predict(K[np.ix_(held, fit)]) * scale + mean - y[held]
        expected.append(
            {
                "r2": 1 - (errors**2).sum() / ((y[held] - y[held].mean()) ** 2).sum(),
                "neg_root_mean_squared_error": -np.sqrt((errors**2).mean()),
                "neg_mean_absolute_error": -np.abs(errors).mean(),
            }[scoring]
        )
    found = cross_validated(model, X, y, task="regression", folds=4, metric=metric, seed=5)
    np.testing.assert_allclose(found.values, sign * np.array(expected), rtol=1e-9)


@pytest.fixture
def computed(monkeypatch):
    """Kernels whose matrices were computed."""
    seen = []

    def counted(X, *args, **more):
        seen.append(more["kernel"])
        return kernel_matrix(X, *args, **more)

    monkeypatch.setattr(kernel_machines, "kernel_matrix", counted)
    return seen


def test_trials_that_differ_in_C_only_share_one_matrix(rows, computed):
    X, y = rows
    cache: dict = {}
    for C in (1.0, 10.0, 100.0):
        cross_validated(
            configured(ONE, {"C": C}), X, y, task="classification", folds=4, cache=cache
        )
    assert len(computed) == len(cache) == 1
    other = configured(ONE, {"bandwidth": 0.3})
    cross_validated(other, X, y, task="classification", folds=4, cache=cache)
    assert computed == list(cache)
    assert len(computed) == 2


def test_of_several_candidates_the_best_on_the_folds_is_scored(rows):
    X, y = rows
    grid = ModelSpec(bandwidths=(0.1, 0.3), C=(1.0, 100.0))
    each = [
        cross_validated(
            configured(grid, {"bandwidth": b, "C": C}), X, y, task="classification", folds=4
        ).mean
        for b in grid.bandwidths
        for C in grid.C
    ]
    assert len(set(each)) > 1
    assert cross_validated(grid, X, y, task="classification", folds=4).mean == max(each)


def test_folds_are_the_same_whatever_the_model_and_others_with_another_seed(rows):
    X, y = rows

    class Spy(LogisticRegression):
        seen: list = []  # noqa: RUF012

        def fit(self, X, y):
            self.seen.append(X.sum())
            return super().fit(X, y)

    for C, seed in ((1.0, 0), (5.0, 0), (1.0, 1)):
        cross_validated(Spy(C=C), X, y, task="classification", folds=4, seed=seed)
    assert Spy.seen[:4] == Spy.seen[4:8]
    assert Spy.seen[:4] != Spy.seen[8:]


def test_variational_models_learn_and_repeat_bit_by_bit(rows):
    X, y = rows
    small = configured(ModelSpec(name="vqc"), {"epochs": 4, "layers": 1, "learning_rate": 0.2})
    found = [
        cross_validated(small, X, y, task="classification", folds=2, seed=1, metric=metric)
        for metric in ("accuracy", "accuracy", "log_loss")
    ]
    np.testing.assert_array_equal(found[0].values, found[1].values)
    assert found[0].mean > max(y.mean(), 1 - y.mean()) - 0.15
    assert 0 < found[2].mean < 2


def test_hybrid_regression_is_in_the_units_of_the_target(rows):
    X = rows[0]
    y = 500 + 100 * X[:, 0]
    asked = {"epochs": 3, "pretraining": 20, "layers": 1, "n_qubits": 2, "learning_rate": 0.05}
    model = configured(ModelSpec(name="hybrid"), asked)
    found = cross_validated(model, X, y, task="regression", folds=2, metric="rmse", seed=0)
    assert found.mean < y.std()


def test_landmarks_are_the_approximate_matrix(rows):
    X, y = rows
    near = configured(ONE, {"landmarks": 70})
    exact = cross_validated(ONE, X, y, task="classification", folds=4)
    found = cross_validated(near, X, y, task="classification", folds=4)
    assert abs(found.mean - exact.mean) < 0.05


def test_a_score_that_is_not_finite_is_an_error(rows):
    class Blind(LogisticRegression):
        def predict_proba(self, X):
            return np.full((len(X), 2), np.nan)

    with pytest.raises((DataError, ValueError), match="NaN"):
        cross_validated(Blind(), *rows, task="classification", folds=2, metric="log_loss")


def test_a_metric_of_another_task_or_without_probabilities_is_refused(rows):
    with pytest.raises(SpecError, match="r2 asked for classification"):
        cross_validated(ONE, *rows, task="classification", metric="r2")
    with pytest.raises(SpecError, match="probabilities"):
        cross_validated(ONE, *rows, task="classification", metric="log_loss")


def test_one_class_and_too_few_rows_of_a_class_are_refused(rows):
    X, _ = rows
    with pytest.raises(DataError, match="1 class"):
        cross_validated(ONE, X, np.zeros(len(X)), task="classification")
    with pytest.raises(DataError, match="2 training rows of each class"):
        cross_validated(ONE, X, np.arange(len(X)) == 0, task="classification")


def test_labels_may_be_names(rows):
    X, y = rows
    named = np.array(["benign", "malign"])[y]
    found = [cross_validated(ONE, X, of, task="classification", folds=4) for of in (y, named)]
    np.testing.assert_array_equal(found[0].values, found[1].values)


@pytest.mark.parametrize("landmarks", [None, 30])
def test_the_refitted_kernel_model_predicts_as_scikit_learn(rows, landmarks):
    X, y = rows
    model = ONE if landmarks is None else configured(ONE, {"landmarks": landmarks})
    found = held_out(
        model,
        X[:60],
        y[:60],
        X[60:],
        task="classification",
        folds=3,
        metric="auto",
        seed=0,
        backend=BackendSpec(),
        cache={},
    )
    (kernel,) = model.candidate_kernels()
    machine = SVC(kernel="precomputed", C=10.0).fit(kernel_matrix(X[:60], kernel=kernel), y[:60])
    expected = machine.predict(kernel_matrix(X[60:], X[:60], kernel))
    np.testing.assert_array_equal(found.y, expected)
