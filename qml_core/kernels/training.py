"""Kernel training: bandwidth and weights of the features by centred target alignment."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from qml_core.circuits.encodings import open_encoding
from qml_core.errors import DataError, SpecError
from qml_core.kernels.alignment import Target, class_target, value_target
from qml_core.kernels.differentiable import DifferentiableKernel, centered_alignment
from qml_core.kernels.training_plan import BATCH, rows_of_step
from qml_core.references import Task
from qml_core.specs import KernelSpec

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

LEARNING_RATE = 0.05
"""Of Adam, on the logarithm of the bandwidth and on the weights."""

_LARGEST = 100.0  # bandwidth and weights: the limits of EncodingSpec
_LEAST_BANDWIDTH = 1e-4
_DIGITS = 6


@dataclass(frozen=True)
class TrainedKernel:
    """The best kernel that was met.

    Args:
        history: alignment at the start and after each step, (steps + 1,), on the same rows.
        rows: how many rows these are.
    """

    kernel: KernelSpec
    history: tuple[float, ...]
    rows: int

    @property
    def before(self) -> float:
        return self.history[0]

    @property
    def after(self) -> float:
        return max(self.history)


def train_kernel(
    X: Array,  # (n, d), features
    y: Array,  # (n,)
    kernel: KernelSpec,
    steps: int,
    rng: np.random.Generator,
    *,
    task: Task = "classification",
    batch: int = BATCH,
    learning_rate: float = LEARNING_RATE,
    progress: Callable[[], None] | None = None,
) -> TrainedKernel:
    """Raise the centred alignment of the kernel with its target (Cortes et al. 2012, section 3).

    Adam on log bandwidth and weights, each step on `batch` rows drawn anew from all strata of y;
    the kernel kept is the best on up to 2·batch fixed rows, the one given where none is better. The
    largest of the trained weights is 1; they and the bandwidth have 6 significant digits.

    Args:
        kernel: where to start; of an approximation, the exact kernel is trained.
        batch: rows of a step; fewer where their states need more than 1 GiB.
        progress: called after each step.

    Raises:
        SpecError: the encoding has no bandwidth, or 16 rows of states do not fit.
        DataError: X or y does not fit, or y has one value only.
    """
    objective = _Objective(X, y, kernel, task)
    rows = rows_of_step(objective.row_amplitudes, batch)
    fixed = draw_rows(y, task, 2 * rows, rng)
    parameters = objective.start()
    optimizer = torch.optim.Adam(parameters, lr=learning_rate)
    best, highest = kernel, objective.value(kernel, fixed)
    history = [highest]
    for _ in range(steps):
        optimizer.zero_grad()
        loss = -objective(_factors(*parameters), draw_rows(y, task, rows, rng))
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        _clamp(*parameters)
        found = _as_kernel(kernel, *parameters)
        history.append(objective.value(found, fixed))
        if history[-1] > highest:
            best, highest = found, history[-1]
        if progress:
            progress()
    return TrainedKernel(best, tuple(history), len(fixed))


def draw_rows(y: Array, task: Task, count: int, rng: np.random.Generator) -> Indices:
    """About `count` of n rows, one of each of as many equal strata of sorted y; all if n is less.

    In classification every class keeps its share, and at least two rows where it has them.
    """
    n = len(y)
    if n <= count:
        return np.arange(n)
    shuffled = rng.permutation(n)
    order = shuffled[np.argsort(y[shuffled], kind="stable")]
    chosen = order[((np.arange(count) + rng.random(count)) * (n / count)).astype(np.int64)]
    if task == "classification":
        pairs = [shuffled[y[shuffled] == label][:2] for label in np.unique(y)]
        chosen = np.concatenate([chosen, *pairs])
    return np.unique(chosen)


class _Objective:
    """Centred alignment of a kernel with its target on some of the rows."""

    def __init__(self, X: Array, y: Array, kernel: KernelSpec, task: Task) -> None:
        X, y = np.ascontiguousarray(X, dtype=np.float64), np.asarray(y)
        if X.ndim != 2 or y.shape != X.shape[:1]:
            raise DataError(f"features (n, d) and y (n,) asked, found {X.shape} and {y.shape}")
        encoding = open_encoding(kernel.encoding, X.shape[1])
        encoding.check(X)
        self._trained = {"bandwidth", "weights"} & set(encoding.encoding.parameters)
        if "bandwidth" not in self._trained:
            raise SpecError(
                f"kernel training asked of encoding {kernel.encoding.name}, which has no bandwidth",
                "leave model.kernel_training=0",
            )
        if np.ptp(y) == 0:
            raise DataError(f"kernel training needs a target that varies, found only {y[0]}")
        self._kernel, self._task = DifferentiableKernel(kernel, encoding), task
        self._X, self._y = torch.from_numpy(X), y

    @property
    def row_amplitudes(self) -> int:
        return self._kernel.row_amplitudes

    def start(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Logarithm of the bandwidth (), weights (d,) of the features; those to train."""
        spec, d = self._kernel.encoding.spec, self._X.shape[1]
        weights = torch.tensor(spec.weights or (1.0,) * d, dtype=torch.float64)
        logarithm = torch.tensor(math.log(spec.bandwidth), dtype=torch.float64, requires_grad=True)
        return logarithm, weights.requires_grad_("weights" in self._trained)

    def __call__(self, factors: torch.Tensor, rows: Indices) -> torch.Tensor:
        K = self._kernel.gram(self._X[rows], factors)
        return centered_alignment(K, self._target(rows))

    @torch.no_grad()
    def value(self, kernel: KernelSpec, rows: Indices) -> float:
        """Alignment of the kernel as it will be used."""
        opened = open_encoding(kernel.encoding, self._X.shape[1])
        return float(self(torch.as_tensor(opened.factors, dtype=torch.float64), rows))

    def _target(self, rows: Indices) -> Target:
        y = self._y[rows]
        return value_target(y) if self._task == "regression" else class_target(y, len(rows))


def _factors(logarithm: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    return torch.exp(logarithm) * weights


@torch.no_grad()
def _clamp(logarithm: torch.Tensor, weights: torch.Tensor) -> None:
    logarithm.clamp_(math.log(_LEAST_BANDWIDTH), math.log(_LARGEST))
    weights.clamp_(-_LARGEST, _LARGEST)


def _as_kernel(kernel: KernelSpec, logarithm: torch.Tensor, weights: torch.Tensor) -> KernelSpec:
    """The kernel with these parameters; the largest weight is 1."""
    bandwidth, w = math.exp(float(logarithm.detach())), weights.detach().numpy()
    trained: dict[str, object] = {}
    if weights.requires_grad:
        largest = float(np.abs(w).max()) or 1.0
        bandwidth *= largest
        trained["weights"] = tuple(_rounded(v) for v in w / largest)
    trained["bandwidth"] = min(_rounded(bandwidth), _LARGEST)
    encoding = kernel.encoding.model_copy(update=trained)
    return kernel.model_copy(update={"encoding": encoding})


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
