"""The decision of a fitted support vector machine as plain arrays: no estimator has to be stored.

scikit-learn's SVC votes over pairs of classes. Each pair (i, j), i < j, is one vector of
coefficients over the training rows and one intercept; a positive decision is a vote for class i.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import SVC, SVR

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Decision:
    """K (m, n) @ coefficients (n, P) + intercepts (P,); P is 1 in regression."""

    coefficients: Array
    intercepts: Array
    n_classes: int  # 0 in regression

    def through(self, projection: Array) -> "Decision":
        """The same decision for what a projection (m, n) maps to the n columns it was made on."""
        return Decision(projection @ self.coefficients, self.intercepts, self.n_classes)

    def values(self, K: Array) -> Array:
        """Decisions of m rows given their kernel with the n training rows: (m, P)."""
        return np.asarray(K @ self.coefficients + self.intercepts)

    def labels(self, K: Array) -> NDArray[np.int64]:
        """Class index of each row by vote; a tie goes to the first class."""
        decisions = self.values(K)
        votes = np.zeros((len(K), self.n_classes), dtype=np.int64)
        for column, (i, j) in enumerate(combinations(range(self.n_classes), 2)):
            first = decisions[:, column] > 0
            votes[first, i] += 1
            votes[~first, j] += 1
        return np.asarray(np.argmax(votes, axis=1))

    def scores(self, K: Array) -> Array | None:
        """Binary: the larger, the more class 1; otherwise none."""
        return -self.values(K)[:, 0] if self.n_classes == 2 else None


def svc_decision(machine: SVC, n_train: int) -> Decision:
    """Decision of an SVC fitted on a precomputed kernel of n_train rows."""
    n_classes = len(machine.classes_)
    pairs = list(combinations(range(n_classes), 2))
    coefficients = np.zeros((n_train, len(pairs)))
    if n_classes == 2:  # scikit-learn turns the sign of the binary case
        coefficients[machine.support_, 0] = -machine.dual_coef_[0]
        return Decision(coefficients, -machine.intercept_, 2)
    stops = np.cumsum(machine.n_support_)
    starts = stops - machine.n_support_
    for column, (i, j) in enumerate(pairs):
        of_i, of_j = slice(starts[i], stops[i]), slice(starts[j], stops[j])
        coefficients[machine.support_[of_i], column] = machine.dual_coef_[j - 1, of_i]
        coefficients[machine.support_[of_j], column] = machine.dual_coef_[i, of_j]
    return Decision(coefficients, machine.intercept_.copy(), n_classes)


def svr_decision(machine: SVR, n_train: int, mean: float, scale: float) -> Decision:
    """Decision of an SVR fitted on (y − mean) / scale, in the units of y."""
    coefficients = np.zeros((n_train, 1))
    coefficients[machine.support_, 0] = machine.dual_coef_[0] * scale
    return Decision(coefficients, machine.intercept_ * scale + mean, 0)
