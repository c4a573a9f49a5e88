"""Models with scikit-learn's `fit / predict / score / get_params`, and a layer for torch.

from qml_core.models import VQC

model = VQC().fit(X, y)
"""

from qml_core.first_use import on_first_use

_HOME = {
    "HybridClassifier": "qml_core.models.hybrid",
    "HybridRegressor": "qml_core.models.hybrid",
    "QSVC": "qml_core.models.qsvm",
    "QSVR": "qml_core.models.qsvm",
    "QuantumKernelRidge": "qml_core.models.kernel_ridge",
    "QuantumLayer": "qml_core.models.quantum_layer",
    "VQC": "qml_core.models.vqc",
    "VQR": "qml_core.models.vqr",
}

__all__ = [
    "QSVC",
    "QSVR",
    "VQC",
    "VQR",
    "HybridClassifier",
    "HybridRegressor",
    "QuantumKernelRidge",
    "QuantumLayer",
]

# a kernel machine must not cost the import of the training
__getattr__ = on_first_use(__name__, _HOME)
