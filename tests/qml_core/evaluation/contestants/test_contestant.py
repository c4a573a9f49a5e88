"""A contestant on one outer fold is tuned on its training rows alone, and refitted."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.decomposition import PCA
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale
from sklearn.svm import SVC

from qml_core.errors import DataError, SpecError
from qml_core.evaluation.contestants import FoldRows, evaluate_contestant, tuned_model
from qml_core.evaluation.contestants.grids import classical_configurations
from qml_core.evaluation.contestants.platt import fit_platt
from qml_core.specs import BackendSpec, ModelSpec
from qml_core.specs.contestant import CLASSICAL_OF, ContestantSpec, contestants_of

FOLDS = {"wine": load_wine, "breast_cancer": load_breast_cancer, "diabetes": load_diabetes}
IQP = ModelSpec.model_validate({"kernel": {"encoding": {"name": "iqp", "n_qubits": 3}}})


def fold(name: str, train: int = 75, test: int = 20) -> FoldRows:
    """Three principal components as angles, and all standardised features."""
    X, y = FOLDS[name](return_X_y=True)
    chosen = np.random.default_rng(7).permutation(len(y))[: train + test]
    raw, y = scale(X[chosen]), y[chosen].astype(float)
    x = scale(PCA(3, random_state=0).fit_transform(raw))
    return FoldRows(x[:train], raw[:train], y[:train], x[train:], raw[train:])


def terms(**changed: Any) -> dict[str, Any]:
    return {
        "task": "classification",
        "n_classes": 2,
        "configurations": 4,
        "inner_folds": 3,
        "metric": "accuracy",
        "seed": 5,
        "backend": BackendSpec(),
    } | changed


def classical(name: str) -> ContestantSpec:
    return ContestantSpec.model_validate({"label": name, "kind": "classical", "classical": name})


def quantum(model: ModelSpec = IQP) -> ContestantSpec:
    return ContestantSpec(label="q", kind="quantum", model=model)


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc"])
def test_nested_tuning_of_an_svm_is_that_of_grid_search(metric: str) -> None:
    rows = fold("breast_cancer")
    grid = classical_configurations("rbf_svm", "classification", 12, n_features=30, n_train=75)
    splits = StratifiedKFold(3, shuffle=True, random_state=5)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), SVC(random_state=5)),
        [{f"svc__{k}": [v] for k, v in configuration.items()} for configuration in grid],
        cv=splits,
        scoring=metric,
    ).fit(rows.raw_train, rows.y_train)
    tested = evaluate_contestant(
        classical("rbf_svm"), rows, **terms(configurations=12, metric=metric)
    )
    assert tested.configurations == 12
    np.testing.assert_allclose(
        tested.inner_scores, search.cv_results_["mean_test_score"], atol=1e-12
    )
    assert tested.configuration == grid[int(search.best_index_)]
    assert tested.inner_score == pytest.approx(search.best_score_)
    np.testing.assert_array_equal(tested.predicted.y, search.predict(rows.raw_test))
    np.testing.assert_allclose(
        tested.predicted.scores, search.decision_function(rows.raw_test), atol=1e-10
    )


@pytest.mark.parametrize(("data", "n_classes"), [("breast_cancer", 2), ("wine", 3)])
def test_probabilities_of_an_svm_are_those_that_scikit_learn_calibrates(
    data: str, n_classes: int
) -> None:
    rows = fold(data)
    tested = evaluate_contestant(classical("rbf_svm"), rows, **terms(n_classes=n_classes))
    machine = SVC(random_state=5, **tested.configuration)
    reference = CalibratedClassifierCV(
        make_pipeline(StandardScaler(), machine),
        method="sigmoid",
        cv=StratifiedKFold(3, shuffle=True, random_state=5),
        ensemble=False,
    ).fit(rows.raw_train, rows.y_train)
    found = tested.predicted.probabilities
    np.testing.assert_allclose(found, reference.predict_proba(rows.raw_test), atol=1e-4)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)


def every(task: str, models: tuple[ModelSpec, ...]) -> tuple[ContestantSpec, ...]:
    cheap = tuple(set(CLASSICAL_OF[task]) & {"logistic", "ridge", "rbf_svm", "knn", "dummy"})
    return contestants_of(models, sorted(cheap), ("no_entanglers", "rbf_pca", "fourier"))


@pytest.mark.parametrize("count", [1, 5])
def test_every_contestant_has_the_same_number_of_configurations(count: int) -> None:
    projected = ModelSpec.model_validate(
        {"kernel": {"encoding": {"name": "angle"}, "kind": "projected"}}
    )
    circuit = ModelSpec.model_validate(
        {"name": "vqc", "circuit": {"layers": 1}, "training": {"epochs": 1}}
    )
    rows = fold("wine", 30, 5)
    for contestant in every("classification", (IQP, projected, circuit)):
        calls: list[tuple[int, int]] = []
        tested = evaluate_contestant(
            contestant,
            rows,
            **terms(n_classes=3, configurations=count, inner_folds=2),
            progress=lambda done, total, calls=calls: calls.append((done, total)),
        )
        expected = 1 if contestant.classical == "dummy" else count
        assert tested.configurations == len(tested.inner_scores) == expected, contestant.label
        assert calls == [(k + 1, expected) for k in range(expected)]
        assert tested.predicted.y.shape == (5,)
        assert tested.predicted.probabilities.shape == (5, 3)
        np.testing.assert_allclose(tested.predicted.probabilities.sum(axis=1), 1)


def test_every_regression_contestant_predicts_values() -> None:
    circuit = ModelSpec.model_validate(
        {"name": "vqr", "circuit": {"layers": 1}, "training": {"epochs": 1}}
    )
    rows = fold("diabetes", 30, 5)
    asked = terms(task="regression", n_classes=0, metric="rmse", configurations=2, inner_folds=2)
    for contestant in every("regression", (ModelSpec(name="qsvr"), circuit)):
        tested = evaluate_contestant(contestant, rows, **asked)
        assert tested.predicted.probabilities is None
        assert tested.predicted.scores is None
        assert tested.inner_score == tested.inner_scores.min(), "a lower rmse is better"
        assert 20 < tested.predicted.y.mean() < 350, "in the units of the target"


@pytest.mark.parametrize("contestant", [classical("logistic"), quantum()])
def test_held_out_rows_change_nothing_that_is_chosen_or_said_of_others(
    contestant: ContestantSpec,
) -> None:
    rows = fold("breast_cancer")
    other = replace(rows, x_test=rows.x_test.copy(), raw_test=rows.raw_test.copy())
    other.x_test[1:] += 0.5
    other.raw_test[1:] *= -3
    one, two = (evaluate_contestant(contestant, r, **terms()) for r in (rows, other))
    assert one.configuration == two.configuration
    np.testing.assert_array_equal(one.inner_scores, two.inner_scores)
    np.testing.assert_allclose(one.predicted.probabilities[0], two.predicted.probabilities[0])
    assert not np.allclose(one.predicted.probabilities, two.predicted.probabilities)


@pytest.mark.parametrize("contestant", [classical("mlp"), quantum()])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_the_same_seed_gives_the_same_bits_and_another_seed_other_folds(
    contestant: ContestantSpec, share: float
) -> None:
    rows = fold("breast_cancer")
    asked = terms(configurations=2, share=share)
    one, two, other = (
        evaluate_contestant(contestant, rows, **(asked | {"seed": seed})) for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(one.inner_scores, two.inner_scores)
    np.testing.assert_array_equal(one.predicted.probabilities, two.predicted.probabilities)
    assert not np.array_equal(one.predicted.probabilities, other.predicted.probabilities)


def test_controls_see_what_the_circuit_sees_and_classical_models_all_raw_features() -> None:
    rows = fold("breast_cancer")
    raw, x = replace(rows, raw_train=rows.raw_train * 0), replace(rows, x_train=rows.x_train * 0)
    blind: dict[str, list[bool]] = {}
    for contestant in contestants_of((IQP,), ("rbf_svm",), ("rbf_pca", "fourier")):
        found = [
            evaluate_contestant(contestant, r, **terms(configurations=1)) for r in (rows, raw, x)
        ]
        blind[contestant.label] = [
            not np.array_equal(found[0].inner_scores, other.inner_scores) for other in found[1:]
        ]
    assert blind.pop("rbf_svm") == [True, False]
    assert list(blind.values()) == [[False, True]] * 3, list(blind)


def test_a_share_uses_that_share_of_the_training_rows() -> None:
    rows = fold("breast_cancer")
    whole = evaluate_contestant(classical("knn"), rows, **terms())
    half = evaluate_contestant(classical("knn"), rows, **terms(share=0.5))
    assert not np.array_equal(whole.predicted.probabilities, half.predicted.probabilities)


def test_log_loss_is_tuned_on_probabilities_and_lower_is_better() -> None:
    for contestant in (classical("rbf_svm"), classical("knn"), quantum()):
        tested = evaluate_contestant(
            contestant, fold("wine"), **terms(n_classes=3, metric="log_loss")
        )
        assert tested.inner_score == tested.inner_scores.min()
        assert 0 < tested.inner_score < np.log(3), "better than guessing"


def test_the_log_loss_of_a_fold_is_that_of_probabilities_fitted_on_the_others() -> None:
    rows = fold("breast_cancer")
    asked = terms(metric="log_loss", configurations=1)
    tested = evaluate_contestant(classical("rbf_svm"), rows, **asked)
    machine = make_pipeline(StandardScaler(), SVC(**tested.configuration))
    X, y = rows.raw_train, rows.y_train.astype(int)
    splits = StratifiedKFold(3, shuffle=True, random_state=5)
    decisions = cross_val_predict(machine, X, y, cv=splits, method="decision_function")
    losses = []
    for others, held in splits.split(X, y):
        found = fit_platt(decisions[others], y[others])(decisions[held])
        losses.append(log_loss(y[held], found))
    assert tested.inner_score == pytest.approx(np.mean(losses), rel=1e-6)


def test_a_class_without_training_rows_has_probability_zero() -> None:
    rows = fold("wine")
    kept = rows.y_train != 1
    names = ("x_train", "raw_train", "y_train")
    rows = replace(rows, **{name: getattr(rows, name)[kept] for name in names})
    for contestant in (classical("xgboost"), quantum()):
        tested = evaluate_contestant(contestant, rows, **terms(n_classes=3, configurations=1))
        assert set(tested.predicted.y) == {0, 2}
        assert tested.predicted.probabilities.shape == (20, 3)
        assert (tested.predicted.probabilities[:, 1] == 0).all()
        assert tested.predicted.scores is None


def test_one_class_is_refused_with_words() -> None:
    rows = replace(fold("breast_cancer"), y_train=np.ones(75))
    with pytest.raises(DataError, match="one class"):
        evaluate_contestant(classical("logistic"), rows, **terms())


def test_what_needs_shots_is_tuned_by_simulation_only() -> None:
    rows, measured = fold("breast_cancer", 30, 5), BackendSpec(shots=100)
    with pytest.raises(SpecError, match="100 shots"):
        evaluate_contestant(quantum(), rows, **terms(backend=measured))
    assert tuned_model(quantum(), rows, **terms(backend=measured)) == tuned_model(
        quantum(), rows, **terms()
    )
    with pytest.raises(SpecError, match="runs no circuits"):
        tuned_model(classical("knn"), rows, **terms())
    evaluate_contestant(classical("knn"), rows, **terms(backend=measured))
