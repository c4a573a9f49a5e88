"""Fitting the preprocessing with scikit-learn, on training rows only."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import DataError
from qml_core.evaluation.preprocessing.fitted import FittedPreprocessing
from qml_core.evaluation.preprocessing.numbers import Array, counted, matrix, refuse_missing
from qml_core.references import Task
from qml_core.specs import PreprocessingSpec

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_COMPONENTS = 10
"""Most features after a reduction that names no number."""


def fit(
    spec: PreprocessingSpec,
    features: "pd.DataFrame",
    y_train: NDArray[np.generic],
    task: Task,
) -> FittedPreprocessing:
    """Fit on the training rows: features with D columns, y_train (n,).

    Raises:
        DataError: fewer than 2 rows, missing values that are refused or fill a column, all columns
            constant, or more components than the data hold.
    """
    columns = tuple(str(name) for name in features.columns)
    values = matrix(features, columns)
    _check_rows(len(values), len(y_train))
    fill = _fill(spec, values, columns)
    imputed = values if fill is None else np.where(np.isnan(values), fill, values)
    _check_varying(imputed)
    mean, deviation = _moments(imputed)
    n_after = _n_components(spec, *imputed.shape)
    components, selected = None, np.arange(imputed.shape[1])
    if spec.reduce == "pca":
        components = _components((imputed - mean) / deviation, n_after)
    elif spec.reduce == "select":
        selected = _selected(imputed, y_train, task, n_after)
    unscaled = FittedPreprocessing(
        columns, fill, mean, deviation, components, selected, *_identity(n_after)
    )
    shift, divisor, offset = _last_step(spec, unscaled.reduce(imputed))
    return replace(unscaled, shift=shift, divisor=divisor, offset=offset)


def _check_rows(n: int, n_targets: int) -> None:
    if n != n_targets:
        raise DataError(f"{n} rows of features but {n_targets} targets")
    if n < 2:
        raise DataError(f"{n} training row(s), at least 2 are needed", "give more rows")


def _fill(spec: PreprocessingSpec, values: Array, columns: Sequence[str]) -> Array | None:
    from sklearn.impute import SimpleImputer

    if spec.missing == "refuse":
        refuse_missing(values, columns)
        return None
    missing = np.isnan(values).sum(axis=0)
    empty = np.where(missing == len(values), missing, 0)
    if empty.any():
        raise DataError(
            f"no value in the training rows of {counted(columns, empty)}",
            "leave these columns out",
        )
    fill: Array = SimpleImputer(strategy=spec.missing).fit(values).statistics_
    return fill


def _check_varying(imputed: Array) -> None:
    if not _varying(imputed).any():
        raise DataError(
            f"all {imputed.shape[1]} feature columns are constant in the {len(imputed)} training "
            "rows, at least one must vary",
            "give other columns or other rows",
        )


def _varying(values: Array) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = values.max(axis=0) > values.min(axis=0)
    return result


def _moments(values: Array) -> tuple[Array, Array]:
    """Mean and deviation per column of (n, d); scikit-learn gives a constant column deviation 1."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(values)
    return scaler.mean_, scaler.scale_


def _n_components(spec: PreprocessingSpec, n_train: int, n_columns: int) -> int:
    if spec.reduce == "none":
        return n_columns
    most = min(n_train, n_columns) if spec.reduce == "pca" else n_columns
    if spec.n_components is None:
        return min(most, DEFAULT_COMPONENTS)
    if spec.n_components > most:
        raise DataError(
            f"preprocessing.n_components={spec.n_components}, but {n_columns} feature column(s) "
            f"and {n_train} training rows allow at most {most} with reduce={spec.reduce}",
            f"set it to {most} or less",
        )
    return spec.n_components


def _components(standardised: Array, n_components: int) -> Array:
    """Principal directions (n_components, D); zero where the data have no more dimensions.

    Without the zeros the last step would blow the rounding errors of an empty direction up to unit
    variance.
    """
    from sklearn.decomposition import PCA

    pca = PCA(n_components, svd_solver="full").fit(standardised)
    singular = pca.singular_values_
    noise = max(standardised.shape) * np.finfo(np.float64).eps * singular[0]
    return np.where((singular > noise)[:, None], pca.components_, 0.0)


def _selected(
    imputed: Array, y: NDArray[np.generic], task: Task, n_components: int
) -> NDArray[np.int64]:
    """Columns with the largest F statistic, in their own order; constant ones come last."""
    from sklearn.feature_selection import SelectKBest, f_classif, f_regression

    score = f_classif if task == "classification" else f_regression
    # the mean of a constant column is rounded: only zeros give the F statistic 0/0
    values = np.where(_varying(imputed), imputed, 0.0)
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", UserWarning)  # constant or perfectly separating columns
        kept = SelectKBest(score, k=n_components).fit(values, y)
    indices: NDArray[np.int64] = kept.get_support(indices=True).astype(np.int64)
    return indices


def _identity(d: int) -> tuple[Array, Array, Array]:
    return np.zeros(d), np.ones(d), np.zeros(d)


def _last_step(spec: PreprocessingSpec, reduced: Array) -> tuple[Array, Array, Array]:
    """shift, divisor and offset (d,) that scale the reduced training rows (n, d)."""
    d = reduced.shape[1]
    if spec.scale == "none":
        return _identity(d)
    if spec.scale == "standard":
        return *_moments(reduced), np.zeros(d)
    low, high = spec.range
    lowest = reduced.min(axis=0)
    width = np.where(_varying(reduced), reduced.max(axis=0) - lowest, 1.0)
    return lowest, width / (high - low), np.full(d, low)
