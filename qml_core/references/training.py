"""The training of a variational model: its plan, and what became of it."""

from pydantic import Field

from qml_core.references.artifacts import ArtifactRef, DatasetRef
from qml_core.references.plans import CircuitPlan, Estimate
from qml_core.specs import ModelSpec, Spec


class TrainingPlan(CircuitPlan):
    """The training of one split as a chain of segments, each a task."""

    data: DatasetRef
    model: ModelSpec
    n_parameters: int = Field(ge=1, description="Of the circuit, all layers")
    groups: int = Field(1, ge=0, description="Bases that one evaluation is measured in")
    segments: tuple[int, ...] = Field(
        min_length=1, description="Epochs done at the end of each task, ascending"
    )
    estimate: Estimate = Field(description="Training, validation and the held-out rows")

    @property
    def store(self) -> str:
        return self.data.store


class CheckpointRef(ArtifactRef):
    """A stored state of a training; `path` is its JSON document, beside it lie the tensors."""

    key: str = Field(description="Of the training")
    epoch: int = Field(ge=0, description="Finished epochs")
    step: int = Field(ge=0, description="Finished steps of the epoch under way")
    finished: bool = Field(False, description="Whether early stopping has ended the training")


class TrainedCircuit(Spec):
    """What the training of one split came to."""

    plan_key: str
    checkpoint: CheckpointRef
    history: ArtifactRef = Field(description="One row per epoch, Parquet")
    epochs: int = Field(ge=0)
    best_epoch: int = Field(ge=0, description="Whose parameters the model has")
    n_parameters: int = Field(ge=1)
    n_train: int = Field(ge=1, description="Rows trained on")
    n_validation: int = Field(ge=0)
    stopped: str = Field("", description="Why it ended before its last epoch")
    warnings: tuple[str, ...] = ()
    reused: int = Field(0, ge=0, description="Epochs that an earlier run had done")
    circuits: int = Field(0, ge=0, description="Circuits measured for it; 0: exact values")
    seconds: float = Field(ge=0)
