"""What a user asks for: one frozen model per noun, validated once at the door.

The descriptions and bounds become the form in Prefect's UI and the text of `qml … --help`.
Importing this package is light: no torch, no pennylane, no prefect.
"""

from qml_core.specs.backend import BackendSpec
from qml_core.specs.base import Spec
from qml_core.specs.benchmark import BenchmarkSpec
from qml_core.specs.benchmark_checks import check_benchmark
from qml_core.specs.checks import (
    check_qubits,
    check_randomised,
    check_task,
    check_together,
    check_weights,
    refuse_extension,
)
from qml_core.specs.circuit import CircuitSpec, MeasurementSpec
from qml_core.specs.comparison import ComparisonSpec
from qml_core.specs.contestant import ContestantSpec
from qml_core.specs.dataset import DatasetSpec, PreprocessingSpec, SplitSpec
from qml_core.specs.diagnosis import DiagnosisSpec, check_exact
from qml_core.specs.encoding import EncodingSpec
from qml_core.specs.kernel import KernelSpec
from qml_core.specs.model import ModelSpec
from qml_core.specs.model_checks import check_model
from qml_core.specs.problem import ProblemSpec
from qml_core.specs.qaoa import QAOASpec
from qml_core.specs.run import RunSpec
from qml_core.specs.search import ObjectiveSpec, PromotionSpec, SearchSpec, SurrogateSpec
from qml_core.specs.search_checks import check_search
from qml_core.specs.space import DimensionSpec
from qml_core.specs.training import TrainingSpec

__all__ = [
    "BackendSpec",
    "BenchmarkSpec",
    "CircuitSpec",
    "ComparisonSpec",
    "ContestantSpec",
    "DatasetSpec",
    "DiagnosisSpec",
    "DimensionSpec",
    "EncodingSpec",
    "KernelSpec",
    "MeasurementSpec",
    "ModelSpec",
    "ObjectiveSpec",
    "PreprocessingSpec",
    "ProblemSpec",
    "PromotionSpec",
    "QAOASpec",
    "RunSpec",
    "SearchSpec",
    "Spec",
    "SplitSpec",
    "SurrogateSpec",
    "TrainingSpec",
    "check_benchmark",
    "check_exact",
    "check_model",
    "check_qubits",
    "check_randomised",
    "check_search",
    "check_task",
    "check_together",
    "check_weights",
    "refuse_extension",
]
