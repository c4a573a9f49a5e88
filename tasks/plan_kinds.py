"""The kinds of plan that pass the gates."""

from typing import Any

from qml_core.references import KernelPlan, PredictionPlan, QAOAPlan, TrainingPlan
from tasks.kernel_purchases import KERNELS
from tasks.prediction_purchases import PREDICTIONS
from tasks.purchases import P, Purchase
from tasks.qaoa_purchases import QAOAS
from tasks.training_purchases import TRAININGS

_KINDS: dict[type[Any], Purchase[Any]] = {
    KernelPlan: KERNELS,
    TrainingPlan: TRAININGS,
    PredictionPlan: PREDICTIONS,
    QAOAPlan: QAOAS,
}


def kind_of(plan: P) -> Purchase[P]:
    """What the gates ask of plans like this one."""
    return _KINDS[type(plan)]
