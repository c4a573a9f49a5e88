"""What the variational classifiers share: labels, probabilities and decisions."""

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from qml_core.models.probabilities import class_probabilities
from qml_core.models.variational_estimator import VariationalEstimator
from qml_core.training.losses import Task

Array = NDArray[np.float64]


class VariationalClassifier(ClassifierMixin, VariationalEstimator):  # type: ignore[misc]
    """Attributes: `classes_`, and those of VariationalEstimator."""

    _task: ClassVar[Task] = "classification"

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """X (n, d) features; y (n,) labels, of two classes at least."""
        rows, target = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(target)
        self.classes_, labels = np.unique(target, return_inverse=True)
        if len(self.classes_) < 2:
            name = type(self).__name__
            raise ValueError(f"{name} needs two classes, found one class: {self.classes_[0]!r}")
        return self._fit_network(rows, labels.astype(np.int64), len(self.classes_))

    def decision_function(self, X: ArrayLike) -> Array:
        """Binary: (m,), positive for the second class; otherwise logits (m, classes)."""
        outputs = self._outputs(X)
        return outputs[:, 0] if len(self.classes_) == 2 else outputs

    def predict_proba(self, X: ArrayLike) -> Array:
        """(m, classes); of loss=linear (1 ± ⟨O⟩)/2, clipped where |⟨O⟩| is above 1."""
        return class_probabilities(self._outputs(X), self._model.training.loss)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """(m,) labels."""
        decision = self.decision_function(X)
        chosen = decision.argmax(axis=1) if decision.ndim > 1 else (decision > 0).astype(int)
        return np.asarray(self.classes_[chosen])
