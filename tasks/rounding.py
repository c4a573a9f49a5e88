"""Inside the report: what single precision did to a stored matrix, measured on a sample of rows."""

from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from qml_core.errors import CircuitRefused
from qml_core.evaluation.report.content import KernelPicture
from qml_core.kernels.matrix import kernel_matrix
from qml_core.kernels.nystrom import entry_error, exact_kernel
from qml_core.kernels.opened import open_kernel
from qml_core.kernels.rounding import Rounding, affordable_rows, rounding
from qml_core.references import DatasetRef, MatrixRef, Role
from qml_core.settings import Settings
from qml_core.specs import BackendSpec, KernelSpec
from qml_core.storage.matrices import open_matrix
from tasks.datasets import read_columns

Array = NDArray[np.float64]
Indices = NDArray[np.int64] | NDArray[np.intp]

DOUBLE = BackendSpec()
"""What the entries are compared with: the exact engine, complex128 and float64."""

_AMPLITUDE_BYTES = 16


def measured_rounding(
    matrix: MatrixRef,
    entries: Array,  # (r, r)
    rows: Indices,  # (r,)
    kernel: KernelSpec,
    data: DatasetRef,
    role: Role,
) -> tuple[float, Rounding | None]:
    """Relative rounding error of a stored matrix, and what it came to; none in double precision.

    Args:
        entries: of the matrix, for a sample of the role's rows with themselves.
        rows: which rows these are.
    """
    backend = BackendSpec.model_validate(open_matrix(matrix).specs["backend"])
    epsilon = entry_error(backend)
    if backend.measured or epsilon == entry_error(DOUBLE):
        return epsilon, None
    (X,) = read_columns(data, role, "x")
    exact = exact_kernel(kernel)
    try:
        few = _few(len(rows), open_kernel(exact, DOUBLE, data.features).encoder.state_bytes)
        panel_bytes = Settings.from_environment().panel_bytes
        double = kernel_matrix(X[rows[few]], None, exact, backend=DOUBLE, panel_bytes=panel_bytes)
    except CircuitRefused:  # what fits in complex64 may not fit in complex128
        return epsilon, None
    return epsilon, rounding(entries[np.ix_(few, few)], double, _how(backend))


def rounding_record(kernel: KernelPicture | None) -> dict[str, object] | None:
    """What the run's record keeps; none in double precision."""
    measured = None if kernel is None else kernel.rounding
    return None if measured is None else asdict(measured)


def _few(length: int, state_bytes: int) -> NDArray[np.intp]:
    """Positions of a sample, evenly spaced."""
    most = affordable_rows(state_bytes // _AMPLITUDE_BYTES)
    return np.linspace(0, length - 1, min(length, most)).astype(np.intp)


def _how(backend: BackendSpec) -> str:
    amplitudes = {"double": "complex128", "single": "complex64"}[backend.precision]
    return f"computed in {amplitudes}, stored as {backend.storage}"
