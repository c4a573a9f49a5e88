"""Ranges of the classical models' hyper-parameters, for standardised features."""

import math
from collections.abc import Callable

from qml_core.references import Task
from qml_core.specs.space import Value

Axis = Callable[[float], Value]
"""From a number in [0, 1) to a value of a hyper-parameter."""

Axes = dict[str, Axis]
Space = tuple[dict[str, Value], Axes]
"""The usual configuration, and what is varied."""

PENALTIES = {"logistic": ("C", 1e-3, 1e3), "ridge": ("alpha", 1e-3, 1e3)}
"""Models of one hyper-parameter: its name and range, evenly in its logarithm."""

_MOST_NEIGHBOURS = 50
_LARGEST_LEAF = 16
_DEEPEST = 30
_TREES = 50
"""Of a forest: more of them cost as many times more and gain little."""


def logarithmic(low: float, high: float) -> Axis:
    """Low … high, evenly in the logarithm, to six digits."""
    return lambda u: float(f"{low * (high / low) ** u:.6g}")


def whole(low: int, high: int) -> Axis:
    """Integers low … high, evenly in the logarithm."""
    return lambda u: min(high, math.floor(low * ((high + 1) / low) ** u))


def one_of(*values: Value) -> Axis:
    """Each as often."""
    return lambda u: values[math.floor(u * len(values))]


def poly_svm(task: Task, n_features: int, n_train: int, count: int) -> Space:
    """Kernel (gamma ⟨x, x'⟩ + coef0)^degree, gamma around 1/d."""
    middle = 1.0 / n_features
    C = 1.0 if task == "classification" else 0.1  # cubes of values overshoot early
    usual: dict[str, Value] = {"C": C, "gamma": middle, "degree": 3, "coef0": 1.0}
    return usual, {
        "C": logarithmic(C / 100, C * 100),
        "gamma": logarithmic(middle / 10, middle * 10),
        "degree": one_of(2, 3, 4),
        "coef0": one_of(0.0, 1.0),
    }


def xgboost(task: Task, n_features: int, n_train: int, count: int) -> Space:
    """Boosted trees, shallow and deep, slow and fast."""
    usual: dict[str, Value] = {
        "learning_rate": 0.1,
        "max_depth": 4,
        "min_child_weight": 1.0,
        "subsample": 0.8,
        "colsample_bytree": 0.8,
        "n_estimators": 100,
    }
    return usual, {
        "learning_rate": logarithmic(0.03, 0.5),
        "max_depth": one_of(1, 2, 3, 4, 6, 8),
        "min_child_weight": logarithmic(0.5, 10.0),
        "subsample": one_of(0.6, 0.8, 1.0),
        "colsample_bytree": one_of(0.5, 0.75, 1.0),
        "n_estimators": one_of(50, 100, 200),
    }


def random_forest(task: Task, n_features: int, n_train: int, count: int) -> Space:
    """Forests of 50 trees, from deep ones of few features to smooth ones."""
    usual: dict[str, Value] = {
        "max_features": "sqrt" if task == "classification" else 1.0,
        "min_samples_leaf": 1,
        "max_depth": _DEEPEST,
        "n_estimators": _TREES,
    }
    return usual, {
        "max_features": logarithmic(0.1, 1.0),
        "min_samples_leaf": whole(1, max(1, min(_LARGEST_LEAF, n_train // 10))),
        "max_depth": whole(3, _DEEPEST),
        "n_estimators": one_of(_TREES),
    }


def mlp(task: Task, n_features: int, n_train: int, count: int) -> Space:
    """One hidden layer, from almost linear to free."""
    usual: dict[str, Value] = {"hidden_layer_sizes": 64, "alpha": 1.0, "activation": "relu"}
    return usual, {
        "hidden_layer_sizes": whole(8, 128),
        "alpha": logarithmic(1e-3, 100.0),
        "activation": one_of("relu", "tanh"),
    }


def knn(task: Task, n_features: int, n_train: int, count: int) -> Space:
    """Neighbours by the distances of Manhattan and Euclid, and between them where rows are few."""
    most = max(1, min(_MOST_NEIGHBOURS, n_train // 2))
    usual: dict[str, Value] = {"n_neighbors": min(5, most), "weights": "uniform", "p": 2.0}
    enough = most >= count
    return usual, {
        "n_neighbors": whole(1, most),
        "weights": one_of("uniform", "distance"),
        "p": one_of(1.0, 2.0) if enough else logarithmic(1.0, 4.0),
    }


def gaussian_process(task: Task, n_features: int, n_train: int, count: int) -> Space:
    """Widths around √d; of classes the variance of the latent function, of values the noise."""
    middle = math.sqrt(n_features)
    usual: dict[str, Value] = {"length_scale": middle, "nu": "inf"}
    axes = {
        "length_scale": logarithmic(middle / 5, middle * 5),
        "nu": one_of(0.5, 1.5, 2.5, "inf"),
    }
    if task == "classification":
        return {**usual, "constant_value": 10.0}, {**axes, "constant_value": logarithmic(1, 100)}
    return {**usual, "noise_level": 0.1}, {**axes, "noise_level": logarithmic(1e-3, 1.0)}


SPACES: dict[str, Callable[[Task, int, int, int], Space]] = {
    "poly_svm": poly_svm,
    "xgboost": xgboost,
    "random_forest": random_forest,
    "mlp": mlp,
    "knn": knn,
    "gaussian_process": gaussian_process,
}
"""By name, from task, d, n_train and the number of configurations."""
