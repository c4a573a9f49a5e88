"""The screen of one quantum model on one data set: is there a reason not to pay for it?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qml_core.circuits.encodings import OpenEncoding
from qml_core.evaluation.screen.circuit_reasons import state_reasons, structure_reasons
from qml_core.evaluation.screen.classical_kernels import Array, classical_kernels
from qml_core.evaluation.screen.encoded import Encoded, encode
from qml_core.evaluation.screen.kernel_reasons import Rows, kernel_reasons
from qml_core.evaluation.screen.remarks import remarks, reuploads, unseen
from qml_core.evaluation.screen.structure import gates, largest_part
from qml_core.kernels.opened import OpenedKernel, open_kernel
from qml_core.references import Task
from qml_core.references.benchmark import Reason, ScreenRef
from qml_core.specs import BackendSpec, KernelSpec, ModelSpec

MOST_ROWS = 200
MOST_AMPLITUDES = 2**22
"""Of all rows together: 64 MiB of complex128."""
LEAST_ROWS = 32
"""Fewer tell nothing of a kernel."""


@dataclass(frozen=True)
class _Looked:
    """One bandwidth, and what it says."""

    kernel: KernelSpec
    reasons: tuple[Reason, ...]

    @property
    def rating(self) -> tuple[int, float]:
        """Fewest reasons against, then the best alignment: least is best."""
        aligned = [r.value or 0.0 for r in self.reasons if r.check == "target alignment"]
        return sum(r.against for r in self.reasons), -max(aligned, default=0.0)


def screen_model(
    label: str,
    model: ModelSpec,
    data: str,
    X: Array,
    raw: Array,
    y: NDArray[np.generic],
    task: Task,
    *,
    backend: BackendSpec,
    seed: int,
    most_rows: int = MOST_ROWS,
) -> ScreenRef:
    """Reasons for and against paying for a model, from its exact kernel on some training rows.

    Each bandwidth of the model's grid is looked at; the reasons are those of the one with the
    fewest against it, so that `worth` is False only where every bandwidth has one. Of a variational
    model its encoding's fidelity kernel is looked at, which learns whatever the circuit can compute
    (Schuld, arXiv:2101.11020).

    Args:
        X: (n, d), what the circuit sees.
        raw: (n, D), what classical models learn from.
        y: (n,) labels 0 … C−1, or values.
        backend: where it would be paid for; nothing runs there.
        seed: of the rows that are looked at, stratified by class.
        most_rows: how many; fewer where more than 14 qubits are entangled.

    Raises:
        SpecError: the encoding cannot hold the features.
    """
    if model.name == "hybrid":
        return ScreenRef(data=data, model=label, worth=True, reasons=(unseen(),))
    kernels = _kernels(model)
    opened = [open_kernel(kernel, BackendSpec(), X.shape[1]) for kernel in kernels]
    encoding = opened[0].encoder.encoding
    part = largest_part(operations := gates(encoding, np.ones(X.shape[1])), encoding.n_qubits)
    most = min(most_rows, MOST_AMPLITUDES >> part)
    seen = most >= min(LEAST_ROWS, most_rows)
    chosen = _stratified(y, task, most if seen else LEAST_ROWS, seed)
    X, targets = X[chosen], y[chosen].astype(np.float64)
    rows = Rows(task, targets, classical_kernels(raw[chosen], X)) if seen else None
    looked = [
        _look(o, k, X, rows, backend, model, part) for o, k in zip(opened, kernels, strict=True)
    ]
    best = min(looked, key=lambda one: one.rating)
    told = remarks(model, best.kernel, len(kernels), part, seen=seen)
    found = (*best.reasons, *structure_reasons(encoding, operations, part))
    if reuploads(model):  # it is richer than this kernel
        found = tuple(reason.model_copy(update={"against": False}) for reason in found)
    reasons = (*told, *found)
    worth = not any(reason.against for reason in reasons)
    return ScreenRef(
        data=data,
        model=label,
        rows=len(chosen),
        worth=worth,
        reasons=reasons,
        instead="" if worth else _instead(rows, task),
    )


def _kernels(model: ModelSpec) -> tuple[KernelSpec, ...]:
    """One of each bandwidth; of a variational model that of its encoding."""
    if model.variational:
        return (KernelSpec(encoding=model.circuit.encoding),)
    return model.candidate_kernels()


def _stratified(y: NDArray[np.generic], task: Task, count: int, seed: int) -> NDArray[np.int64]:
    """`count` rows at random, as many of each class as its share, one at least; in their order."""
    order = np.random.default_rng(seed).permutation(len(y))
    if task == "regression":
        return np.sort(order[:count])
    place = np.empty(len(y))  # within its class, over the size of the class
    for label in np.unique(y):
        own = order[y[order] == label]
        place[own] = np.arange(len(own)) / len(own)
    return np.sort(order[np.argsort(place[order], kind="stable")[:count]])


def _look(
    opened: OpenedKernel,
    kernel: KernelSpec,
    X: Array,
    rows: Rows | None,
    backend: BackendSpec,
    model: ModelSpec,
    part: int,
) -> _Looked:
    encoded: Encoded | None = None
    found: tuple[Reason, ...] = ()
    if rows is not None:
        encoded = encode(opened, kernel, X, rows.alignment)
        kernel = encoded.spec
        found = kernel_reasons(encoded, rows, backend, variational=model.variational)
    encoding: OpenEncoding = opened.encoder.encoding
    return _Looked(kernel, (*found, *state_reasons(encoding, X, encoded, part)))


def _instead(rows: Rows | None, task: Task) -> str:
    """The classical model whose kernel fits the labels best."""
    family = "rbf_svm" if rows is None else rows.simplest[1].family
    linear = "ridge" if task == "regression" else "logistic"
    return linear if family == "linear" else family
