"""What a report page says: plain values and small arrays, filled by the tasks.

Everything but title, verdict, command, asked and provenance is optional; a section whose content
is None is left out of the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import SpecError
from qml_core.evaluation.report.approximation import Approximation
from qml_core.evaluation.report.benchmark import BenchmarkSection
from qml_core.evaluation.report.boundary import Boundary
from qml_core.evaluation.report.circuit import CircuitPicture
from qml_core.evaluation.report.comparison import ComparisonSection
from qml_core.evaluation.report.concentration import Concentration
from qml_core.evaluation.report.diagnosis import Diagnosis
from qml_core.evaluation.report.measured import Measurement
from qml_core.evaluation.report.qaoa import QAOASection
from qml_core.evaluation.report.reliability import Reliability
from qml_core.evaluation.report.search import SearchSection
from qml_core.evaluation.report.training import TrainingPicture
from qml_core.kernels.rounding import Rounding
from qml_core.references import Interval, Task

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MAX_HEAT_ROWS = 400
"""Rows of the heat map; more would not be visible and would not fit the page's 2 MB."""

Metrics = Mapping[str, Interval]
"""Metric name (metric_names.py; another is shown as it is) -> value."""


@dataclass(frozen=True)
class DataPicture:
    """The data of the run. `classes`: name -> rows, in label order; empty in regression."""

    name: str
    task: Task
    target: str
    rows: int
    raw_features: int
    features: int
    n_train: int
    n_test: int
    classes: Mapping[str, int]
    preprocessing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class KernelPicture:
    """One kernel matrix, or a sample of it.

    Args:
        heat: (s, s) kernel values, rows sorted as `order` says, s <= 400.
        labels: (s,) class of each row of `heat`, an index into `classes`; None in regression.
        rows: N, rows of the whole matrix.
        sampled: whether `heat` holds a sample of the rows.
        eigenvalues: (k,) descending, before any repair.
        eigenvalues_complete: k = N; otherwise they are the leading ones.
        off_diagonal: (m,) off-diagonal values, all or a sample.
        dimension: d of the Hilbert space, 2**n_qubits, whose 1/d is the mean overlap of random
            states; None where entries are no overlaps.
        min_eigenvalue: smallest eigenvalue before the repair; None where unknown.
        repair: method used, "none" where the matrix needed none.
        frobenius_shift: Frobenius norm of repaired minus computed.
        epsilon: relative rounding error of the entries; `rounding`: what it came to in a sample.

    Raises:
        SpecError: `heat` is not square, too large or does not fit its labels; nothing off the
            diagonal, or no eigenvalues.
    """

    heat: FloatArray
    labels: IntArray | None
    classes: tuple[str, ...]
    rows: int
    sampled: bool
    eigenvalues: FloatArray
    eigenvalues_complete: bool
    off_diagonal: FloatArray
    dimension: int | None
    alignment: float | None = None
    centred_alignment: float | None = None
    min_eigenvalue: float | None = None
    repair: str = "none"
    frobenius_shift: float = 0.0
    approximation: Approximation | None = None
    epsilon: float = float(np.finfo(np.float64).eps)
    rounding: Rounding | None = None
    order: Literal["class", "target", "dataset"] = "class"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        rows = self.heat.shape[0]
        if self.heat.shape != (rows, rows) or not 1 <= rows <= MAX_HEAT_ROWS:
            raise SpecError(
                f"heat map of a kernel asked, found shape {self.heat.shape}, "
                f"limit ({MAX_HEAT_ROWS}, {MAX_HEAT_ROWS})",
                "pass a square sample of the rows",
            )
        if min(len(self.off_diagonal), len(self.eigenvalues)) == 0:
            raise SpecError(
                f"kernel picture asked, found {len(self.off_diagonal)} off-diagonal values and "
                f"{len(self.eigenvalues)} eigenvalues, at least 1 of each",
                "a kernel matrix has at least 2 rows",
            )
        if self.labels is not None and self.labels.shape != (rows,):
            raise SpecError(
                f"heat map of {rows} rows asked, found labels of shape {self.labels.shape}",
                "pass one label per row of the sample",
            )


@dataclass(frozen=True)
class SplitResult:
    """One held-out split: what was chosen inside the training part and what came out of it.

    Of a kernel model bandwidth, C and inner score; of a trained circuit its epochs and the best.
    """

    seed: int
    n_train: int
    n_test: int
    quantum: Metrics
    baseline: Metrics
    baseline_parameters: Mapping[str, object]
    bandwidth: float | None = None
    C: float | None = None
    inner_score: float | None = None
    baseline_inner_score: float | None = None
    epochs: int | None = None
    best_epoch: int | None = None


@dataclass(frozen=True)
class Evaluation:
    """Held-out metrics of all splits: means, and paired differences quantum minus baseline.

    `primary`: the metric of the verdict and of the chart; `configurations`: how many each model
    tried; `method`: how the intervals were computed, one sentence.
    """

    primary: str
    splits: tuple[SplitResult, ...]
    quantum: Metrics
    baseline: Metrics
    difference: Metrics
    quantum_name: str = "QSVC"
    baseline_name: str = "RBF-SVM"
    configurations: int | None = None
    confidence: float = 0.95
    method: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Confusion:
    """Counts summed over splits, (C, C): true classes in rows, predicted in columns."""

    classes: tuple[str, ...]
    quantum: IntArray
    baseline: IntArray | None = None


@dataclass(frozen=True, eq=False)
class Residuals:
    """Held-out targets and predictions of all splits, each (n,), in units of the target."""

    y_true: FloatArray
    quantum: FloatArray
    baseline: FloatArray | None = None


@dataclass(frozen=True)
class Costs:
    """What the run took: stages in seconds, blocks, money and QPU time; None: unknown.

    Of a training epochs instead of blocks; `epochs_computed` None: no training.
    """

    timings: tuple[tuple[str, float], ...]
    blocks_computed: int = 0
    blocks_reused: int = 0
    usd: float | None = 0.0
    qpu_seconds: float | None = 0.0
    epochs_computed: int | None = None
    epochs_reused: int = 0
    circuits: int = 0
    shots: int | None = None

    @property
    def seconds(self) -> float:
        return sum(seconds for _, seconds in self.timings)


@dataclass(frozen=True, eq=False)
class ReportContent:
    """One run. `asked`: spec name (dataset, model, backend, run) -> its fields, nested as in JSON;
    `verdict`: one plain sentence; `provenance`: nested as in JSON; `created` naive means UTC;
    `fallback`: what ran instead of the backend asked for, and why."""

    title: str
    run_id: str
    created: datetime
    verdict: str
    command: str
    asked: Mapping[str, Mapping[str, object]]
    provenance: Mapping[str, object]
    data: DataPicture | None = None
    circuit: CircuitPicture | None = None
    kernel: KernelPicture | None = None
    concentration: Concentration | None = None
    evaluation: Evaluation | None = None
    confusion: Confusion | None = None
    residuals: Residuals | None = None
    reliability: Reliability | None = None
    boundary: Boundary | None = None
    training: TrainingPicture | None = None
    costs: Costs | None = None
    measurement: Measurement | None = None
    diagnosis: Diagnosis | None = None
    search: SearchSection | None = None
    qaoa: QAOASection | None = None
    comparison: ComparisonSection | None = None
    benchmark: BenchmarkSection | None = None
    fallback: str | None = None
