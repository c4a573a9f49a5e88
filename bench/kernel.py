"""Kernel matrix against PennyLane pairwise and against the bare matrix product, in one run.

    python -m bench.kernel [--rows 500] [--qubits 10] [--json]

IQP encoding, two repetitions, all pairs. PennyLane runs U(y)† U(x) on lightning.qubit for a few
pairs, which is extrapolated to all of them. The limit is the product of the ready state vectors.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pennylane as qml
import torch
from numpy.typing import NDArray

from qml_core.circuits.encodings import OpenEncoding, open_encoding
from qml_core.kernels import kernel_matrix
from qml_core.specs import EncodingSpec, KernelSpec

RUNS = 5
PAIRS = 20


def measured(work: Callable[[], Any], runs: int = RUNS) -> tuple[float, float, float]:
    """Minimum, median and maximum of the wall time, seconds, after one run that is not counted."""
    work()
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds), statistics.median(seconds), max(seconds)


def pairwise(encoding: OpenEncoding) -> Callable[[NDArray[np.float64], NDArray[np.float64]], float]:
    """PennyLane's way: one circuit per pair of rows."""
    device = qml.device("lightning.qubit", wires=encoding.n_qubits)

    @qml.qnode(device, diff_method=None)
    def circuit(x: NDArray[np.float64], y: NDArray[np.float64]) -> qml.measurements.ProbabilityMP:
        encoding(x)
        qml.adjoint(encoding.__call__)(y)
        return qml.probs(wires=range(encoding.n_qubits))

    return lambda x, y: float(circuit(x, y)[0])


def compare(rows: int, qubits: int) -> dict[str, Any]:
    """Times of the three, and how far the numbers are apart."""
    X = np.random.default_rng(0).uniform(-np.pi / 2, np.pi / 2, (rows, qubits))
    kernel = KernelSpec(encoding=EncodingSpec(name="iqp", reps=2))
    encoding = open_encoding(kernel.encoding, qubits)
    entry = pairwise(encoding)
    pairs = [(k % rows, (7 * k + 1) % rows) for k in range(PAIRS)]
    K = kernel_matrix(X, kernel=kernel)
    error = max(abs(entry(X[i], X[j]) - K[i, j]) for i, j in pairs)
    states = torch.from_numpy(np.random.default_rng(1).normal(size=(rows, 2**qubits, 2)))
    states = torch.view_as_complex(states)
    ours = measured(lambda: kernel_matrix(X, kernel=kernel))
    theirs = measured(lambda: [entry(X[i], X[j]) for i, j in pairs], runs=3)
    limit = measured(lambda: states @ states.conj().T)
    all_pairs = rows * (rows - 1) / 2
    extrapolated = theirs[1] / PAIRS * all_pairs
    return {
        "rows": rows,
        "qubits": qubits,
        "threads": torch.get_num_threads(),
        "processors": os.cpu_count(),
        "ours_s": ours,
        "pennylane_pair_ms": 1e3 * theirs[1] / PAIRS,
        "pennylane_extrapolated_s": extrapolated,
        "product_s": limit,
        "times_faster_than_pennylane": extrapolated / ours[1],
        "times_the_bare_product": ours[1] / limit[1],
        "largest_difference": error,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--qubits", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = compare(arguments.rows, arguments.qubits)
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    print(
        f"IQP, 2 repetitions, {found['qubits']} qubits, {found['rows']} rows, all pairs, ", end=""
    )
    print(f"{found['threads']} threads on {found['processors']} processors; median of {RUNS} runs")
    print(f"{'':<34}{'min':>9}{'median':>9}{'max':>9}   ratio to ours")
    _row("this project", found["ours_s"], found["ours_s"][1])
    _row("bare complex matrix product", found["product_s"], found["ours_s"][1])
    extrapolated = found["pennylane_extrapolated_s"]
    ratio = found["times_faster_than_pennylane"]
    print(f"{'PennyLane pairwise, lightning.qubit':<43}{extrapolated:>9.1f}{'':>9}   {ratio:,.0f}")
    print(f"  extrapolated from {PAIRS} pairs, {found['pennylane_pair_ms']:.2f} ms each; ", end="")
    print(f"largest difference of these entries {found['largest_difference']:.1e}")


def _row(name: str, seconds: tuple[float, float, float], ours: float) -> None:
    low, median, high = seconds
    print(f"{name:<34}{low:>9.4f}{median:>9.4f}{high:>9.4f}   {median / ours:.3f}")


if __name__ == "__main__":
    main()
