"""What the variational regressors share: targets, standardised inside."""

from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import validate_data

from qml_core.models.scaling import Scaling
from qml_core.models.variational_estimator import VariationalEstimator
from qml_core.training.losses import Task

Array = NDArray[np.float64]


class VariationalRegressor(
    MultiOutputMixin,  # type: ignore[misc]
    RegressorMixin,  # type: ignore[misc]
    VariationalEstimator,
):
    """Attributes: those of VariationalEstimator."""

    _task: ClassVar[Task] = "regression"

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """X (n, d) features; y (n,) or (n, t) targets."""
        rows, target = validate_data(
            self, X, y, dtype=np.float64, y_numeric=True, multi_output=True
        )
        values = np.asarray(target, dtype=np.float64).reshape(len(rows), -1)
        self._one_target = target.ndim == 1
        self._target_scaling = Scaling.fit(values)
        return self._fit_network(rows, self._target_scaling(values), values.shape[1])

    def predict(self, X: ArrayLike) -> Array:
        """(m,) or (m, t) in the units of y."""
        outputs = self._outputs(X)
        values = self._target_scaling.inverse(outputs)
        return values[:, 0] if self._one_target else values
