"""What readout and depolarising correction leave of a device's noise in a kernel matrix.

    python -m bench.mitigation [--rows 12] [--shots 4096] [--seeds 5] [--json]

Compute-uncompute circuits of 4 qubits and one linear IQP layer on `ibm.fake_manila`, all entries of
a matrix in one job; wide data are uniform in [0, π], narrow in [0, 1]. The readout calibration that
corrects is off by up to 20 % in every entry, as a stale one is. Figures are root mean square errors
off the diagonal, since the correction makes the diagonal 1.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bench.command import run_bench
from bench.table import Bar, Row, Table
from qml_core.circuits.encodings import open_encoding
from qml_core.hardware.measurement import Ran, shares
from qml_core.hardware.mitigation.depolarising import correct_symmetric
from qml_core.hardware.pairs import pair_circuits
from qml_core.hardware.protocol import Circuit
from qml_core.hardware.registry import open_backend
from qml_core.kernels import kernel_matrix
from qml_core.keys import key
from qml_core.references import Calibration
from qml_core.specs import BackendSpec, EncodingSpec, KernelSpec

BACKEND = "ibm.fake_manila"
QUBITS = 4
STALE = 0.2
BAR = Bar(0.015, "at most")
DATA = {"wide": np.pi, "narrow": 1.0}
METHODS = ("raw", "readout", "readout + depolarising")
ENCODING = EncodingSpec(name="iqp", reps=1, entanglement="linear")

Matrix = np.ndarray[Any, np.dtype[np.float64]]


def run_one_job(circuits: Sequence[Circuit], shots: int, seed: int, name: str) -> Ran:
    """Counts of all circuits from a single job, with the qubits it used and their calibration."""
    backend = open_backend(BackendSpec(name=BACKEND, shots=shots), seed)
    job = backend.submit(circuits, shots, key("bench", data=name))
    while backend.poll(job).state in ("queued", "running"):
        time.sleep(0.05)
    result = backend.result(job)
    return Ran(result.counts, result.qubits, backend.calibration(), job)


def stale(calibration: Calibration, rng: np.random.Generator) -> Calibration:
    """The record with both readout errors of every qubit off by up to ±20 %."""
    factors = 1 + STALE * rng.uniform(-1, 1, (len(calibration.qubits), 2))
    qubits = tuple(
        q.model_copy(update={"p01": q.p01 * f, "p10": q.p10 * g})
        for q, (f, g) in zip(calibration.qubits, factors, strict=True)
    )
    return calibration.model_copy(update={"qubits": qubits})


def measure(rows: int, shots: int, high: float, seed: int) -> dict[str, float]:
    """Root mean square error off the diagonal of each method, on one data set."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(0, high, (rows, QUBITS))
    entries = np.column_stack(np.triu_indices(rows))
    circuits = pair_circuits(open_encoding(ENCODING, QUBITS), X, X, entries)
    ran = run_one_job(circuits, shots, seed, f"{rows} rows in [0, {high}], seed {seed}")
    assert ran.calibration is not None
    ran = replace(ran, calibration=stale(ran.calibration, rng))
    found = shares([(ran, range(len(entries)))], len(entries), QUBITS)
    raw, readout, errors = (
        symmetric(values, entries, rows)
        for values in (found.zeros / found.shots, found.corrected, found.errors)
    )
    both = correct_symmetric(readout, errors, QUBITS).values
    exact = kernel_matrix(X, kernel=KernelSpec(encoding=ENCODING))
    return {
        method: off_diagonal_error(K, exact)
        for method, K in zip(METHODS, (raw, readout, both), strict=True)
    }


def symmetric(values: Matrix, entries: Matrix, rows: int) -> Matrix:
    """(rows, rows) from the entries (k, 2) of the upper triangle."""
    K = np.empty((rows, rows))
    K[entries[:, 0], entries[:, 1]] = values
    K[entries[:, 1], entries[:, 0]] = values
    return K


def off_diagonal_error(K: Matrix, exact: Matrix) -> float:
    off = ~np.eye(len(K), dtype=bool)
    return float(np.sqrt(np.mean((K - exact)[off] ** 2)))


def compare(kind: str, rows: int, shots: int, seeds: int) -> Table:
    """Every method's error over data sets; the bar is for their mean."""
    found = [measure(rows, shots, DATA[kind], seed) for seed in range(1, seeds + 1)]
    title = (
        f"{kind} data in [0, {DATA[kind]:.4g}]: {rows} rows, {rows * (rows + 1) // 2} circuits in "
        f"one job of {shots:,} shots each, {seeds} data sets; RMSE off the diagonal, 10⁻³"
    )
    return Table(title, tuple(_row(method, [f[method] for f in found]) for method in METHODS))


def _row(method: str, errors: list[float]) -> Row:
    """In thousandths, as the table has two digits."""
    spread = np.std(errors, ddof=1) if len(errors) > 1 else 0.0
    note = f"± {1e3 * spread:.1f} over data sets, at most {1e3 * max(errors):.1f}"
    bar = Bar(1e3 * BAR.limit, "at most") if method == METHODS[-1] else None
    return Row(method, None, 1e3 * float(np.mean(errors)), bar, " ‰", note)


def tables(arguments: argparse.Namespace) -> list[Table]:
    return [compare(kind, arguments.rows, arguments.shots, arguments.seeds) for kind in DATA]


if __name__ == "__main__":
    run_bench(__doc__, tables, rows=12, shots=4096, seeds=5)
