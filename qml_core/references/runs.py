"""A finished run."""

from pydantic import Field

from qml_core.references.artifacts import ArtifactRef, Interval, MatrixRef, ModelRef
from qml_core.references.training import TrainedCircuit


class RunRef(ArtifactRef):
    """A finished run; `path` is its record."""

    run_id: str
    report: ArtifactRef
    matrices: tuple[MatrixRef, ...] = ()
    trainings: tuple[TrainedCircuit, ...] = ()
    models: tuple[ModelRef, ...] = ()
    verdict: str
    score: Interval | None = Field(None, description="Mean held-out accuracy or R²")
    command: str = Field(description="Repeats the run")
    fallback: str | None = Field(
        None, description="What ran instead of the backend asked for, and why; none: it ran there"
    )

    @property
    def computed(self) -> int:
        return sum(matrix.computed for matrix in self.matrices)

    @property
    def reused(self) -> int:
        return sum(matrix.reused for matrix in self.matrices)

    @property
    def epochs(self) -> int:
        """Of all trainings."""
        return sum(training.epochs for training in self.trainings)

    @property
    def reused_epochs(self) -> int:
        """Epochs that earlier runs had done."""
        return sum(training.reused for training in self.trainings)
