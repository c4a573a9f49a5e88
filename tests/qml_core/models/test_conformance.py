"""scikit-learn's own suite for estimators."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from qml_core.models import (
    QSVC,
    QSVR,
    VQC,
    VQR,
    HybridClassifier,
    HybridRegressor,
    QuantumKernelRidge,
)
from qml_core.specs import CircuitSpec, EncodingSpec, KernelSpec, TrainingSpec

# a wide kernel, whose votes of three classes do not tie on the suite's data: argmax of the decision
# is the prediction only then, as for scikit-learn's SVC without break_ties
KERNEL = KernelSpec(encoding=EncodingSpec(name="angle", bandwidth=0.5))
ONE_LAYER, TWO_LAYERS = CircuitSpec(layers=1), CircuitSpec(layers=2)

EXPECTED_FAILED: dict[str, dict[str, str]] = {}
"""By estimator: checks that cannot pass, with the reason."""


def training(epochs: int, learning_rate: float) -> TrainingSpec:
    return TrainingSpec(epochs=epochs, learning_rate=learning_rate, initialisation="small")


def expected_failed(estimator: object) -> dict[str, str]:
    return EXPECTED_FAILED.get(type(estimator).__name__, {})


@parametrize_with_checks(
    [
        QSVC(KERNEL),
        QSVR(KERNEL),
        QuantumKernelRidge(KERNEL),
        VQC(ONE_LAYER, training(6, 0.3)),
    ],
    expected_failed_checks=expected_failed,
)
def test_an_estimator_keeps_scikit_learns_conventions(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    [
        VQR(TWO_LAYERS, training(20, 0.1)),
        HybridClassifier(ONE_LAYER, training(8, 0.1)),
        HybridRegressor(ONE_LAYER, training(15, 0.02)),
    ],
    expected_failed_checks=expected_failed,
)
def test_a_larger_estimator_keeps_scikit_learns_conventions(estimator, check):
    check(estimator)
