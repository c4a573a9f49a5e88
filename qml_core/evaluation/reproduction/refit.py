"""The study's models with its hyper-parameters, fitted anew on its data."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC

from qml_core.errors import SpecError
from qml_core.evaluation.datasets import study
from qml_core.evaluation.datasets.study import Instance
from qml_core.evaluation.reproduction.audit import possible
from qml_core.evaluation.reproduction.published import DIGITS, ROUNDING, Published
from qml_core.kernels import kernel_matrix
from qml_core.near_names import near_names
from qml_core.specs import EncodingSpec, KernelSpec

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Refitted:
    """A published entry and what a refit gives.

    Args:
        train, test: accuracies.
        n_test: rows of the test set.
    """

    entry: Published
    train: float
    test: float
    n_test: int

    @property
    def possible(self) -> bool:
        """Whether any model has the published accuracy on so many rows.

        The models are deterministic: a mean over seeds is the score of each.
        """
        return possible(self.entry.test, self.n_test, DIGITS)

    @property
    def matches(self) -> bool:
        """Whether both accuracies are the published ones, to the digits of the file."""
        found = (self.train - self.entry.train, self.test - self.entry.test)
        return max(map(abs, found)) <= ROUNDING

    @property
    def as_expected(self) -> bool:
        """Whether it matches where the file says so; the others are told, and expected nothing."""
        return self.matches or not self.entry.reproduced


def refit_all(entries: Iterable[Published]) -> Iterator[Refitted]:
    """Each entry, one after the other; the data of a family are generated once."""
    data: dict[str, dict[str, Instance]] = {}
    for entry in entries:
        if entry.family not in data:
            data[entry.family] = study(entry.family)
        yield refit(entry, data[entry.family][entry.instance])


def refit(entry: Published, instance: Instance) -> Refitted:
    """Fit on the training rows, accuracies on both sides.

    Raises:
        SpecError: a model that the study does not have here.
    """
    if entry.model not in _MODELS:
        raise SpecError(
            f"unknown model of the study {entry.model!r}", near_names(entry.model, _MODELS)
        )
    return _MODELS[entry.model](entry, instance)


def _svc(entry: Published, instance: Instance) -> Refitted:
    X, X_test, y, y_test = instance
    fitted = SVC(C=entry.C, gamma=entry.gamma).fit(X, y)
    held_out = fitted.score(X_test, y_test)
    return Refitted(entry, float(fitted.score(X, y)), float(held_out), len(y_test))


def _iqp_kernel(entry: Published, instance: Instance) -> Refitted:
    """H, RZ(x_i) and ZZ(x_i x_j) on all pairs, `repeats` times; features in ±π/2 of the training
    rows."""
    X, X_test, y, y_test = instance
    scaler = MinMaxScaler((-math.pi / 2, math.pi / 2)).fit(X)
    A, B = scaler.transform(X), scaler.transform(X_test)
    kernel = KernelSpec(encoding=EncodingSpec(name="iqp", reps=entry.repeats or 1))
    K = kernel_matrix(A, kernel=kernel)
    fitted = SVC(C=entry.C, kernel="precomputed").fit(K, y)
    held_out = fitted.score(kernel_matrix(B, A, kernel), y_test)
    return Refitted(entry, float(fitted.score(K, y)), float(held_out), len(y_test))


_MODELS = {"SVC": _svc, "IQPKernel": _iqp_kernel}
