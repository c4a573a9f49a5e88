"""Landmarks inside tasks: chosen from the rows of a role, met again in the stored matrix."""

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from qml_core.budget.gate import check_memory
from qml_core.budget.memory import offered_landmarks
from qml_core.evaluation.report.approximation import Approximation
from qml_core.kernels.estimates import estimate
from qml_core.kernels.held_out_error import HeldOutError, held_out_error
from qml_core.kernels.landmarks import Indices, choose_landmarks
from qml_core.kernels.matrix import kernel_matrix
from qml_core.kernels.nystrom import (
    Kernel,
    NystromMap,
    columns_of,
    entry_error,
    exact_kernel,
    nystrom_map,
)
from qml_core.kernels.parts import count_parts
from qml_core.references import DatasetRef, Interval, KernelPlan, MatrixRef, Role
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, KernelSpec, RunSpec
from qml_core.storage.matrices import load_matrix, open_matrix
from tasks.datasets import read_columns

Array = NDArray[np.float64]

_MEASURED_ROWS = 300
_MEASURED_SECONDS = 10.0
_CHOICES = {
    "uniform": "drawn at random",
    "kmeans": "nearest to k-means centres",
    "leverage": "drawn by leverage score",
}
_TOGETHER = 64  # pairs whose entries are computed as one block


def choose(
    data: DatasetRef, kernel: KernelSpec, backend: BackendSpec, run: RunSpec, rows: Role
) -> tuple[int, ...]:
    """Rows of the role that stand for all of it; none where the kernel is to be exact.

    Raises:
        CircuitRefused: leverage needs kernel entries, and one state vector does not fit.
    """
    if kernel.landmarks is None:
        return ()
    if kernel.landmark_choice == "leverage":  # what the gate would refuse, before anything is spent
        needed = max(count_parts(kernel, backend, data.features))
        check_memory(needed, backend, Settings.from_environment().memory_bytes)
    (X,) = read_columns(data, rows, "x")
    columns = columns_of(X, _exact(kernel, backend))
    rng = np.random.default_rng(run.seed)
    chosen = choose_landmarks(X, kernel.landmarks, kernel.landmark_choice, rng, columns)
    return tuple(chosen.tolist())


@dataclass(frozen=True)
class Nystrom:
    """A stored C (n, m), the rows that are its columns, and what they were computed on."""

    C: Array
    landmarks: Indices
    backend: BackendSpec

    @cached_property
    def map(self) -> NystromMap:
        return nystrom_map(self.C[self.landmarks], entry_error(self.backend))

    @cached_property
    def features(self) -> Array:
        """(n, r), whose products are the approximate kernel."""
        return self.map.features(self.C)


def landmarks_of(matrix: MatrixRef) -> Indices:
    """The rows that are the columns of a stored matrix (m,)."""
    return np.asarray(open_matrix(matrix).document["landmarks"], dtype=np.int64)


def load_nystrom(matrix: MatrixRef) -> Nystrom:
    """A matrix of rows with landmarks, ready to be approximated with."""
    backend = BackendSpec.model_validate(open_matrix(matrix).specs["backend"])
    return Nystrom(load_matrix(matrix), landmarks_of(matrix), backend)


def measure(
    data: DatasetRef, stored: Nystrom, kernel: KernelSpec, rows: Role
) -> HeldOutError | None:
    """Error of a stored approximation on entries computed exactly; none where it is exact."""
    (X,) = read_columns(data, rows, "x")
    exact = _exact(kernel, stored.backend)

    def entries(i: Indices, j: Indices) -> Array:
        parts = (slice(k, k + _TOGETHER) for k in range(0, len(i), _TOGETHER))
        return np.concatenate([np.diagonal(exact(X[i[part]], X[j[part]])) for part in parts])

    rng = np.random.default_rng(0)
    return held_out_error(stored.C, stored.landmarks, stored.map, entries, rng)


def describe(data: DatasetRef, nystrom: Nystrom, kernel: KernelSpec, rows: Role) -> Approximation:
    """A stored approximation, with its error, for the report."""
    assert kernel.landmarks is not None
    said = {
        "landmarks": len(nystrom.landmarks),
        "asked": kernel.landmarks,
        "choice": _CHOICES[kernel.landmark_choice],
        "rows": len(nystrom.C),
        "rank": nystrom.map.rank,
    }
    error = measure(data, nystrom, kernel, rows)
    if error is None:
        return Approximation(**said)
    return Approximation(
        **said,
        relative=Interval(value=error.relative, low=error.low, high=error.high),
        rmse=error.rmse,
        largest=error.largest,
        bound=error.bound,
        entries=error.pairs,
    )


def measured_offer(plan: KernelPlan, memory_bytes: int) -> str:
    """Error of the approximation offered instead of a plan, on a few rows; "" where it is dear."""
    n, _ = plan.shape
    m, rows = offered_landmarks(n, memory_bytes), min(n, _MEASURED_ROWS)
    cost = estimate((rows + m, m), False, plan.kernel, plan.parts, plan.backend)
    if cost.seconds > _MEASURED_SECONDS:
        return ""
    (X,) = read_columns(plan.data, plan.rows, "x")
    rng, exact = np.random.default_rng(0), _exact(plan.kernel, plan.backend)
    chosen = choose_landmarks(X, m, "kmeans", rng)
    others = np.setdiff1d(np.arange(n), chosen)
    if len(others) == 0:
        return ""
    landmarks = X[chosen]
    sample = X[rng.choice(others, min(rows, len(others)), replace=False)]
    nystrom = nystrom_map(exact(landmarks, landmarks), entry_error(plan.backend))
    features = nystrom.features(exact(sample, landmarks))
    K = exact(sample, sample)
    error = float(np.linalg.norm(K - features @ features.T) / np.linalg.norm(K))
    bandwidth = plan.kernel.encoding.bandwidth
    where = f"on {len(sample)} rows at bandwidth {bandwidth:g}"
    return f"whose relative error (Frobenius) {where} is {error:.2g}"


def _exact(kernel: KernelSpec, backend: BackendSpec) -> Kernel:
    return partial(
        kernel_matrix,
        kernel=exact_kernel(kernel),
        backend=backend.simulated,
        panel_bytes=Settings.from_environment().panel_bytes,
    )
