"""What travels between tasks: references, plans and grants. Arrays stay in the store."""

from qml_core.references.artifacts import (
    ArtifactRef,
    DatasetRef,
    EntryType,
    Interval,
    MatrixRef,
    ModelRef,
    Role,
    Task,
)
from qml_core.references.calibration import Calibration, GateCalibration, QubitCalibration
from qml_core.references.charges import Charge
from qml_core.references.choices import (
    CandidateKernel,
    Choice,
    CircuitOutcome,
    KernelOutcome,
    KernelTraining,
    SplitOutcome,
)
from qml_core.references.comparison import (
    ComparedRef,
    ComparisonRef,
    LandscapeRef,
    ReplayRef,
    SearcherCost,
)
from qml_core.references.diagnosis import (
    DiagnosedPoint,
    DiagnosedSeries,
    DiagnosisRef,
    NoisyPoint,
    SpectrumPoint,
)
from qml_core.references.optimisation import ProblemRef, QAOAPlan, QAOARef, Solution
from qml_core.references.plans import (
    BlockIndex,
    BlockReceipt,
    Estimate,
    Grant,
    KernelPlan,
    ShardResult,
)
from qml_core.references.predictions import Outside, PredictionPlan, PredictionsRef, RowsRef
from qml_core.references.runs import RunRef
from qml_core.references.search import Proposal, Rung, SearchPlan, SearchRef, Trial
from qml_core.references.standing import BackendStanding, BudgetStanding, Watched
from qml_core.references.training import CheckpointRef, TrainedCircuit, TrainingPlan

__all__ = [
    "ArtifactRef",
    "BackendStanding",
    "BlockIndex",
    "BlockReceipt",
    "BudgetStanding",
    "Calibration",
    "CandidateKernel",
    "Charge",
    "CheckpointRef",
    "Choice",
    "CircuitOutcome",
    "ComparedRef",
    "ComparisonRef",
    "DatasetRef",
    "DiagnosedPoint",
    "DiagnosedSeries",
    "DiagnosisRef",
    "EntryType",
    "Estimate",
    "GateCalibration",
    "Grant",
    "Interval",
    "KernelOutcome",
    "KernelPlan",
    "KernelTraining",
    "LandscapeRef",
    "MatrixRef",
    "ModelRef",
    "NoisyPoint",
    "Outside",
    "PredictionPlan",
    "PredictionsRef",
    "ProblemRef",
    "Proposal",
    "QAOAPlan",
    "QAOARef",
    "QubitCalibration",
    "ReplayRef",
    "Role",
    "RowsRef",
    "RunRef",
    "Rung",
    "SearchPlan",
    "SearchRef",
    "SearcherCost",
    "ShardResult",
    "Solution",
    "SpectrumPoint",
    "SplitOutcome",
    "Task",
    "TrainedCircuit",
    "TrainingPlan",
    "Trial",
    "Watched",
]
