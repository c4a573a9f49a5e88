"""What a trial of a search evaluates: a model by cross-validation, or a function."""

from typing import Any

_HERE = "qml_core.evaluation.objectives"
_HOME = {
    "check_names": f"{_HERE}.names",
    "classical_estimator": f"{_HERE}.classical",
    "cross_validated": f"{_HERE}.cross_validation",
    "load_function": f"{_HERE}.function",
}

__all__ = [
    "check_names",
    "classical_estimator",
    "cross_validated",
    "load_function",
]


def __getattr__(name: str) -> Any:
    """Import on first use: the door asks for names and functions, not for scikit-learn."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
