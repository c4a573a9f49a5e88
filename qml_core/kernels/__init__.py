"""Quantum kernels: exact Gram matrices, their repair, alignment, geometry and spectrum.

from qml_core.kernels import kernel_matrix
from qml_core.specs import EncodingSpec, KernelSpec

K = kernel_matrix(X, kernel=KernelSpec(encoding=EncodingSpec(name="zz", reps=2)))
"""

from qml_core.first_use import on_first_use

_HOME = {
    "geometric_difference": "qml_core.kernels.geometry",
    "kernel_matrix": "qml_core.kernels.matrix",
    "model_complexity": "qml_core.kernels.geometry",
    "repair_psd": "qml_core.kernels.psd",
    "target_alignment": "qml_core.kernels.alignment",
}

__all__ = [
    "geometric_difference",
    "kernel_matrix",
    "model_complexity",
    "repair_psd",
    "target_alignment",
]

# planning a kernel must not cost the import of torch
__getattr__ = on_first_use(__name__, _HOME)
