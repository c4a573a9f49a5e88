"""What training chose on each split, and what it gave."""

from pydantic import Field

from qml_core.references.artifacts import ArtifactRef, DatasetRef, Interval, ModelRef
from qml_core.references.training import TrainedCircuit
from qml_core.specs import KernelSpec, Spec


class KernelTraining(Spec):
    """How a kernel came to its bandwidth and weights: the centred target alignment it raised."""

    bandwidth: float = Field(description="Where it started")
    steps: int = Field(ge=1)
    rows: int = Field(ge=2, description="Training rows the alignments are measured on")
    before: float = Field(description="Centred target alignment of the kernel it started from")
    after: float = Field(description="Of the kernel that was kept")
    seconds: float = Field(ge=0, description="0 where it was found in the store")


class CandidateKernel(Spec):
    """A kernel that inner cross-validation may choose on one split, trained there or as asked."""

    kernel: KernelSpec
    training: KernelTraining | None = Field(None, description="None: not trained")


class Choice(Spec):
    """The configuration chosen for one split by inner cross-validation on its training rows."""

    split_seed: int
    kernel: KernelSpec
    landmarks: tuple[int, ...] = Field((), description="Training rows; empty: the exact kernel")
    C: float
    inner_score: float
    candidates: tuple[CandidateKernel, ...] = Field(description="Kernels it was chosen from")
    candidate_scores: tuple[float, ...] = Field(description="Best inner score of each kernel")
    folds: int
    seconds: float = Field(ge=0)

    @property
    def position(self) -> int:
        """Of the kernel among the candidates."""
        return [candidate.kernel for candidate in self.candidates].index(self.kernel)


class SplitOutcome(Spec):
    """What one split gave: the model, the baseline beside it, and both on the held-out rows."""

    data: DatasetRef
    model: ModelRef
    baseline_model: ModelRef | None = Field(None, description="The tuned RBF-SVM, to fall back on")
    predictions: ArtifactRef = Field(description="y_true, y_pred and y_baseline of the test rows")
    metrics: dict[str, Interval]
    baseline_metrics: dict[str, Interval]
    baseline_parameters: dict[str, float]
    baseline_inner_score: float
    seconds: float = Field(ge=0)


class KernelOutcome(SplitOutcome):
    """Of a kernel machine."""

    choice: Choice
    repair: str = Field(description="What the PSD repair did to K(train, train)")


class CircuitOutcome(SplitOutcome):
    """Of a variational model."""

    training: TrainedCircuit
