"""Quantum kernel machines on a fold equal scikit-learn's on matrices computed by hand."""

from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.decomposition import PCA
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.preprocessing import scale
from sklearn.svm import SVC, SVR

from qml_core.errors import SpecError
from qml_core.evaluation.contestants import (
    FoldRows,
    evaluate_contestant,
    predict_from_matrices,
    tuned_model,
)
from qml_core.evaluation.contestants.kernel_learner import Kernels
from qml_core.evaluation.contestants.rows import target_of
from qml_core.kernels import kernel_matrix
from qml_core.specs import BackendSpec, KernelSpec, ModelSpec
from qml_core.specs.configuration import configured
from qml_core.specs.contestant import ContestantSpec

DATA = {"wine": load_wine, "breast_cancer": load_breast_cancer, "diabetes": load_diabetes}
FIDELITY = {"kernel": {"encoding": {"name": "iqp"}}, "bandwidths": (0.1, 0.3), "C": (1, 30)}
PROJECTED = {"kernel": {"encoding": {"name": "zz"}, "kind": "projected"}}


def fold(name: str) -> FoldRows:
    X, y = DATA[name](return_X_y=True)
    chosen = np.random.default_rng(3).permutation(len(y))[:80]
    x = scale(PCA(3, random_state=0).fit_transform(scale(X)))[chosen]
    y = y[chosen].astype(float)
    return FoldRows(x[:60], x[:60], y[:60], x[60:], x[60:])


def asked(**changed: Any) -> dict[str, Any]:
    return {
        "task": "classification",
        "n_classes": 2,
        "configurations": 4,
        "inner_folds": 3,
        "metric": "accuracy",
        "seed": 11,
        "backend": BackendSpec(),
    } | changed


def contestant(document: dict[str, Any]) -> ContestantSpec:
    return ContestantSpec(label="q", kind="quantum", model=ModelSpec.model_validate(document))


@pytest.mark.parametrize(
    ("data", "n_classes", "document", "count"),
    [
        ("breast_cancer", 2, FIDELITY, 4),
        ("wine", 3, FIDELITY, 4),
        ("wine", 3, PROJECTED, 12),
        ("breast_cancer", 2, FIDELITY | {"kernel": {"encoding": {"name": "amplitude"}}}, 3),
    ],
)
def test_tuning_is_that_of_scikit_learn_on_matrices_by_hand(
    data: str, n_classes: int, document: dict[str, Any], count: int
) -> None:
    rows, tried = fold(data), []
    own = contestant(document)
    tested = evaluate_contestant(own, rows, **asked(n_classes=n_classes, configurations=count))
    splits = StratifiedKFold(3, shuffle=True, random_state=11)
    for configuration in _configurations(own.model, rows, count):
        kernel = configured(own.model, configuration).candidate_kernels()[0]
        K = kernel_matrix(rows.x_train, kernel=kernel)
        machine = SVC(kernel="precomputed", C=configuration["C"])
        tried.append(cross_val_score(machine, K, rows.y_train, cv=splits).mean())
        if configuration == tested.configuration:
            chosen, K_chosen, best = kernel, K, machine
    np.testing.assert_allclose(tested.inner_scores, tried, atol=1e-12)
    assert tested.inner_score == pytest.approx(max(tried))
    K_test = kernel_matrix(rows.x_test, rows.x_train, chosen)
    best.fit(K_chosen, rows.y_train)
    np.testing.assert_array_equal(tested.predicted.y, best.predict(K_test))
    if n_classes == 2:
        np.testing.assert_allclose(
            tested.predicted.scores, best.decision_function(K_test), atol=1e-9
        )
    calibrated = CalibratedClassifierCV(best, method="sigmoid", cv=splits, ensemble=False)
    np.testing.assert_allclose(
        tested.predicted.probabilities,
        calibrated.fit(K_chosen, rows.y_train).predict_proba(K_test),
        atol=1e-4,
    )


def test_regression_is_that_of_scikit_learn_on_standardised_values() -> None:
    rows, own = fold("diabetes"), contestant(FIDELITY | {"name": "qsvr", "epsilon": 0.2})
    tested = evaluate_contestant(own, rows, **asked(task="regression", n_classes=0, metric="mae"))
    kernel = configured(own.model, tested.configuration).candidate_kernels()[0]
    K = kernel_matrix(rows.x_train, kernel=kernel)
    machine = SVR(kernel="precomputed", C=tested.configuration["C"], epsilon=0.2)
    errors = []
    for fit, held in KFold(3, shuffle=True, random_state=11).split(K):
        mean, spread = rows.y_train[fit].mean(), rows.y_train[fit].std()
        machine.fit(K[np.ix_(fit, fit)], (rows.y_train[fit] - mean) / spread)
        said = machine.predict(K[np.ix_(held, fit)]) * spread + mean
        errors.append(np.abs(said - rows.y_train[held]).mean())
    assert tested.inner_score == pytest.approx(np.mean(errors), rel=1e-9)
    mean, spread = rows.y_train.mean(), rows.y_train.std()
    machine.fit(K, (rows.y_train - mean) / spread)
    K_test = kernel_matrix(rows.x_test, rows.x_train, kernel)
    np.testing.assert_allclose(tested.predicted.y, machine.predict(K_test) * spread + mean)


@pytest.mark.parametrize(
    "document",
    [
        FIDELITY,
        PROJECTED,
        FIDELITY | {"kernel_training": 2},
        FIDELITY | {"kernel": {"encoding": {"name": "iqp"}, "landmarks": 20}},
    ],
)
def test_the_tuned_model_predicts_from_its_matrices_what_the_contestant_says(
    document: dict[str, Any],
) -> None:
    rows, own = fold("wine"), contestant(document)
    tested = evaluate_contestant(own, rows, **asked(n_classes=3))
    model, inner_score, configuration = tuned_model(own, rows, **asked(n_classes=3))
    assert (inner_score, configuration) == (tested.inner_score, tested.configuration)
    (kernel,) = model.candidate_kernels()
    assert ModelSpec.model_validate(model.model_dump()) == model
    K = kernel_matrix(rows.x_train, kernel=kernel, seed=11)
    K_test = kernel_matrix(rows.x_test, rows.x_train, kernel, seed=11)
    said = predict_from_matrices(
        K, K_test, rows.y_train, model, task="classification", n_classes=3, inner_folds=3, seed=11
    )
    np.testing.assert_array_equal(said.y, tested.predicted.y)
    if not own.model.kernel_training:  # whose folds are given kernels trained on less
        np.testing.assert_allclose(said.probabilities, tested.predicted.probabilities, atol=1e-7)


def test_a_trained_kernel_is_trained_on_the_training_part_of_each_inner_fold() -> None:
    rows, own = fold("breast_cancer"), contestant(FIDELITY | {"kernel_training": 2})
    swapped = FoldRows(rows.x_train, rows.raw_train, rows.y_train.copy(), rows.x_test, rows.x_test)
    model, _, configuration = tuned_model(own, rows, **asked())
    assert model.kernel_training == 0
    assert model.kernel.encoding.bandwidth != configuration["bandwidth"]
    splits = StratifiedKFold(3, shuffle=True, random_state=11)
    fit, held = next(iter(splits.split(rows.x_train, rows.y_train)))
    swapped.y_train[held] = 1 - swapped.y_train[held]
    before, after = (
        Kernels(r.x_train, target_of(r.y_train, "classification", 2), BackendSpec(), 1, {})
        for r in (rows, swapped)
    )
    single = configured(own.model, configuration)
    for one, two in zip(
        before.cuts(single, [(fit, held)])[0], after.cuts(single, [(fit, held)])[0], strict=True
    ):
        np.testing.assert_array_equal(one, two)


def test_matrices_of_other_gammas_are_powers_of_one() -> None:
    rows = fold("wine")
    target = target_of(rows.y_train, "classification", 3)
    cache: dict[KernelSpec, Any] = {}
    kernels = Kernels(rows.x_train, target, BackendSpec(), 1, cache)
    for gamma in (0.03, 2.0, 41.7):
        kernel = KernelSpec.model_validate(PROJECTED["kernel"] | {"gamma": gamma})
        np.testing.assert_allclose(
            kernels.own(kernel), kernel_matrix(rows.x_train, kernel=kernel), atol=1e-12
        )
    assert [kernel.gamma for kernel in cache] == [1.0]


def test_the_scale_of_gamma_is_that_of_scikit_learn_on_bloch_vectors() -> None:
    """One qubit rotated by an angle θ around Y: ρ − ρ' is known, r = (sin θ, 0, cos θ)."""
    X = np.random.default_rng(2).normal(size=(40, 1))
    kernel = KernelSpec.model_validate({"encoding": {"name": "angle"}, "kind": "projected"})
    target = target_of(np.arange(40.0), "regression", 0)
    found = Kernels(X, target, BackendSpec(), 0, {}).scale(kernel)
    r = np.hstack([np.sin(X), np.cos(X)])
    squared = ((r[:, None] - r[None]) ** 2).sum(-1) / 2
    assert found == pytest.approx(2 / squared[np.triu_indices(40, 1)].mean(), rel=1e-9)


def test_a_cache_is_filled_and_used_and_changes_nothing() -> None:
    rows, own, cache = fold("wine"), contestant(FIDELITY), dict[KernelSpec, Any]()
    plain = evaluate_contestant(own, rows, **asked(n_classes=3))
    for _ in range(2):
        cached = evaluate_contestant(own, rows, **asked(n_classes=3, cache=cache))
        np.testing.assert_array_equal(plain.predicted.probabilities, cached.predicted.probabilities)
    assert {kernel.encoding.bandwidth for kernel in cache} == {0.1, 0.3}
    half = asked(n_classes=3, share=0.5)
    np.testing.assert_array_equal(
        evaluate_contestant(own, rows, **half).predicted.y,
        evaluate_contestant(own, rows, **half, cache=cache).predicted.y,
    )


def test_a_matrix_that_noise_made_indefinite_is_repaired() -> None:
    rows, noise = fold("breast_cancer"), np.random.default_rng(0)
    kernel = KernelSpec()
    K = kernel_matrix(rows.x_train, kernel=kernel)
    K += noise.normal(scale=0.05, size=K.shape)
    K_test = kernel_matrix(rows.x_test, rows.x_train, kernel)
    model = ModelSpec(C=(10.0,), bandwidths=())
    said = predict_from_matrices(
        K, K_test, rows.y_train, model, task="classification", n_classes=2, inner_folds=3, seed=0
    )
    symmetric = (K + K.T) / 2
    values, vectors = np.linalg.eigh(symmetric)
    assert values[0] < 0
    positive = vectors[:, values > 0]
    clipped = positive @ np.diag(values[values > 0]) @ positive.T
    machine = SVC(kernel="precomputed", C=10).fit(clipped, rows.y_train)
    np.testing.assert_allclose(
        said.scores, machine.decision_function(K_test @ positive @ positive.T), atol=1e-8
    )


def test_matrices_are_asked_for_with_one_penalty() -> None:
    with pytest.raises(SpecError, match="one C"):
        predict_from_matrices(
            np.eye(4),
            np.eye(4),
            np.array([0.0, 1, 0, 1]),
            ModelSpec(),
            task="classification",
            n_classes=2,
            inner_folds=2,
            seed=0,
        )


def _configurations(model: ModelSpec, rows: FoldRows, count: int) -> Any:
    from qml_core.evaluation.contestants.configurations import kernel_configurations

    target = target_of(rows.y_train, "classification", 3)
    kernels = Kernels(rows.x_train, target, BackendSpec(), 11, {})
    return kernel_configurations(model, count, kernels.scale)
