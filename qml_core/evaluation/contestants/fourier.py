"""Random Fourier features of a circuit's spectrum: what a linear model does with its frequencies.

Landman et al. 2022 (arXiv:2210.13200); Sweke et al. 2023 (arXiv:2309.11647).
"""

from functools import lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from qml_core.circuits.ansatze import get
from qml_core.circuits.encodings import open_encoding
from qml_core.evaluation.contestants.spectrum import (
    all_frequencies,
    circuit_spectrum,
    drawn_frequencies,
)
from qml_core.references import Task
from qml_core.specs import EncodingSpec, ModelSpec

Array = NDArray[np.float64]

FREQUENCIES = 256
"""Drawn for a control."""


class FourierFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """cos and sin of the frequencies of an encoding, drawn with their multiplicity.

    Their scalar products are Σ_ω p_ω cos(ω·(θ(x) − θ(x'))), with the angles θ of the gates and the
    share p_ω of ω among the pairs of eigenvalues of their generators. Of `angle`, and of `iqp` of
    one repetition, that is the fidelity kernel; of others a kernel of the same frequencies.

    Args:
        encoding: of rotations about Pauli words; its bandwidth and weights count.
        n_features: d; none: as the rows have.
        count: frequencies that are drawn; all of them, with their exact shares, where no more
            exist.
        seed: of the draws.
        uploads: times that the circuit encodes the features, with other gates between them.

    Raises:
        SpecError: a gate of the encoding is no rotation about a Pauli word.
    """

    def __init__(
        self,
        encoding: EncodingSpec,
        n_features: int | None = None,
        count: int = FREQUENCIES,
        seed: int = 0,
        uploads: int = 1,
    ) -> None:
        self.encoding = encoding
        self.n_features = n_features
        self.count = count
        self.seed = seed
        self.uploads = uploads

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Draw the frequencies for rows X (n, d); their values are not looked at."""
        d = self.n_features or np.shape(X)[1]
        self.spectrum_ = circuit_spectrum(open_encoding(self.encoding, d), self.uploads)
        plain = self.encoding.model_copy(update={"bandwidth": 1.0})  # it scales angles alone
        drawn = _frequencies(plain, d, self.uploads, self.count, self.seed)
        self.frequencies_, self.shares_, self.exhaustive_ = drawn
        return self

    def transform(self, X: ArrayLike) -> Array:
        """Features (n, cosines + sines); a frequency of zero has no sine."""
        phases = self.spectrum_.angles(np.asarray(X, dtype=np.float64)) @ self.frequencies_.T
        scale, turns = np.sqrt(self.shares_), self.frequencies_.any(axis=1)
        cosines, sines = scale * np.cos(phases), scale * np.sin(phases)
        return np.concatenate([cosines, sines[:, turns]], axis=1)


@lru_cache(maxsize=64)
def _frequencies(
    encoding: EncodingSpec, d: int, uploads: int, count: int, seed: int
) -> tuple[Array, Array, bool]:
    """Frequencies (count, angles), their shares (count,), and whether these are all there are."""
    spectrum = circuit_spectrum(open_encoding(encoding, d), uploads)
    found = all_frequencies(spectrum, count)
    exhaustive = found is not None
    if found is None:
        found = drawn_frequencies(spectrum, count, np.random.default_rng(seed))
    return np.array(list(found), np.float64), np.array(list(found.values())), exhaustive


def fourier_estimator(
    model: ModelSpec, task: Task, C: float, bandwidth: float, seed: int
) -> BaseEstimator:
    """An unfitted linear model on the Fourier features of a model's encoding.

    Of a kernel model a support vector machine, as that one is; of a trained circuit ridge
    regression with alpha = 1/C. Values are standardised by the rows that are fitted.

    Args:
        C: penalty.
        bandwidth: takes the place of the encoding's.
        seed: of the frequencies.

    Raises:
        SpecError: when fitted, where the encoding has no such spectrum.
    """
    encoding = model.encoding.model_copy(update={"bandwidth": bandwidth})
    features = FourierFeatures(encoding, seed=seed, uploads=_uploads(model))
    pipeline = make_pipeline(features, _linear(model, task, C))
    if task == "classification":
        return pipeline
    return TransformedTargetRegressor(regressor=pipeline, transformer=StandardScaler())


def _linear(model: ModelSpec, task: Task, C: float) -> BaseEstimator:
    if model.variational:
        return RidgeClassifier(1 / C) if task == "classification" else Ridge(1 / C)
    if task == "classification":
        return SVC(C=C, kernel="linear")
    return SVR(C=C, kernel="linear", epsilon=model.epsilon)


def _uploads(model: ModelSpec) -> int:
    """How often the features enter the circuit."""
    if not model.variational or not get(model.circuit.ansatz).reuploads:
        return 1
    return model.circuit.layers
