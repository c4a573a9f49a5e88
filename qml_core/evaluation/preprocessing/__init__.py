"""From raw columns to what an encoding sees: fitted on training rows, stored, applied alike."""

from qml_core.evaluation.preprocessing.fitted import FittedPreprocessing
from qml_core.evaluation.preprocessing.fitting import fit

__all__ = ["FittedPreprocessing", "fit"]
