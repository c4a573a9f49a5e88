"""What a run was asked for and what it made."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from qml_core.references import (
    ArtifactRef,
    Grant,
    Interval,
    MatrixRef,
    ModelRef,
    SplitOutcome,
    TrainedCircuit,
)
from qml_core.specs import BackendSpec, RunSpec, Spec


@dataclass(frozen=True)
class Job:
    """What a run was asked for and what it made, the same for every flow."""

    verb: str
    asked: Mapping[str, Spec]
    store: str
    timings: tuple[tuple[str, float], ...]
    n_qubits: int
    matrices: tuple[MatrixRef, ...] = ()
    trainings: tuple[TrainedCircuit, ...] = ()
    grants: tuple[Grant, ...] = ()
    """One for each matrix, or each training."""
    shown: MatrixRef | None = None
    """The matrix that the report pictures."""
    psd: str = "none"
    """Repair that the models were trained with."""
    models: tuple[ModelRef, ...] = ()
    outcomes: tuple[SplitOutcome, ...] = ()
    tables: tuple[ArtifactRef, ...] = ()
    """What else the run made, as Parquet."""
    score: Interval | None = None
    run_id: str = ""
    """Known before the run ends; empty: not yet."""
    more: Mapping[str, object] = field(default_factory=dict)
    """What the record holds beside what all runs have in common."""

    @property
    def run(self) -> RunSpec:
        run = self.asked["run"]
        assert isinstance(run, RunSpec)
        return run

    @property
    def used(self) -> BackendSpec:
        """Where the circuits of the first matrix or training ran."""
        return self.grants[0].backend_used if self.grants else BackendSpec()
