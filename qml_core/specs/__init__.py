"""What a user asks for: one frozen model per noun, validated once at the door.

The descriptions and bounds become the form in Prefect's UI and the text of `qml … --help`.
Importing this package is light: no torch, no pennylane, no prefect.
"""

from qml_core.specs.backend import BackendSpec
from qml_core.specs.base import Spec
from qml_core.specs.checks import (
    check_qubits,
    check_randomised,
    check_task,
    check_together,
    check_weights,
    refuse_extension,
)
from qml_core.specs.dataset import DatasetSpec, PreprocessingSpec, SplitSpec
from qml_core.specs.encoding import EncodingSpec
from qml_core.specs.model import KernelSpec, ModelSpec
from qml_core.specs.run import RunSpec

__all__ = [
    "BackendSpec",
    "DatasetSpec",
    "EncodingSpec",
    "KernelSpec",
    "ModelSpec",
    "PreprocessingSpec",
    "RunSpec",
    "Spec",
    "SplitSpec",
    "check_qubits",
    "check_randomised",
    "check_task",
    "check_together",
    "check_weights",
    "refuse_extension",
]
