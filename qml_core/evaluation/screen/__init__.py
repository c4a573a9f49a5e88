"""Whether a quantum model can help on a data set at all, before anything is spent."""

from qml_core.evaluation.screen.by_design import image_range, screen_data
from qml_core.evaluation.screen.gate import check_screens
from qml_core.evaluation.screen.of_model import screen_model

__all__ = ["check_screens", "image_range", "screen_data", "screen_model"]
