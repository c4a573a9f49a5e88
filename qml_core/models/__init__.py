"""Models with scikit-learn's `fit / predict / score / get_params`."""

from qml_core.models.qsvm import QSVC, QSVR

__all__ = ["QSVC", "QSVR"]
