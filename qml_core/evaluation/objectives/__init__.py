"""What a trial of a search evaluates: a model by cross-validation, or a function."""

from qml_core.first_use import on_first_use

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

# the door asks for names and functions, not for scikit-learn
__getattr__ = on_first_use(__name__, _HOME)
