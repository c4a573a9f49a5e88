"""What travels between tasks: references, plans and grants. Arrays stay in the store."""

from qml_core.references.artifacts import (
    ArtifactRef,
    DatasetRef,
    EntryType,
    Interval,
    MatrixRef,
    ModelRef,
    Role,
    RunRef,
    Task,
)
from qml_core.references.calibration import Calibration, GateCalibration, QubitCalibration
from qml_core.references.charges import Charge
from qml_core.references.choices import CandidateKernel, Choice, KernelTraining, SplitOutcome
from qml_core.references.plans import (
    BlockIndex,
    BlockReceipt,
    Estimate,
    Grant,
    KernelPlan,
    ShardResult,
)
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
    "DatasetRef",
    "EntryType",
    "Estimate",
    "GateCalibration",
    "Grant",
    "Interval",
    "KernelPlan",
    "KernelTraining",
    "MatrixRef",
    "ModelRef",
    "QubitCalibration",
    "Role",
    "RunRef",
    "ShardResult",
    "SplitOutcome",
    "Task",
    "TrainedCircuit",
    "TrainingPlan",
    "Watched",
]
