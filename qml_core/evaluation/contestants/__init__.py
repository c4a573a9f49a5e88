"""Contestants of a benchmark: each is tuned on the training rows of a fold, then predicts."""

from qml_core.first_use import on_first_use

_HERE = "qml_core.evaluation.contestants"
_HOME = {
    "FoldRows": f"{_HERE}.rows",
    "Tested": f"{_HERE}.rows",
    "evaluate_contestant": f"{_HERE}.contestant",
    "part_of": f"{_HERE}.rows",
    "predict_from_matrices": f"{_HERE}.kernel_learner",
    "tuned_model": f"{_HERE}.contestant",
}

__all__ = [
    "FoldRows",
    "Tested",
    "evaluate_contestant",
    "part_of",
    "predict_from_matrices",
    "tuned_model",
]

# a plan of a benchmark must not cost the import of torch and scikit-learn
__getattr__ = on_first_use(__name__, _HOME)
