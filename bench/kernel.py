"""Kernel matrices against peers, the bare matrix product, and each other.

    python -m bench.kernel [--rows 500] [--large 2000] [--json]

IQP encoding, two repetitions, all pairs. PennyLane runs U(y)† U(x) on lightning.qubit for a few
pairs, sQUlearn and Qiskit ML at 12 qubits some of the rows: both are extrapolated, and say so. The
limit is the full product S S† of ready state vectors, rows times 2^qubits complex numbers.
"""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pennylane as qml
import torch
from numpy.typing import NDArray

from bench.command import run_bench
from bench.peers import Peer, open_peer, runs_of
from bench.table import Row, Table, times_faster, times_the_limit
from bench.timing import Run, Timing, interleaved, measured, timed
from qml_core.circuits.encodings import open_encoding
from qml_core.kernels import kernel_matrix
from qml_core.kernels.opened import open_kernel
from qml_core.specs import BackendSpec, EncodingSpec, KernelSpec

Array = NDArray[np.float64]
PAIRS = 20
CORNER = 8
SAMPLE = 500
"""Rows that a lower bound of the peers' time of many rows is extrapolated from."""
PEERS = {
    "kernel_squlearn": ("sQUlearn FidelityKernel with qulacs", 10.0),
    "kernel_qiskit": ("Qiskit ML FidelityStatevectorKernel", 15.0),
}
AGREE = 1e-6


def spec(encoding: str) -> KernelSpec:
    return KernelSpec(encoding=EncodingSpec(name=encoding, reps=2))


def features(rows: int, qubits: int) -> Array:
    return np.random.default_rng(0).uniform(-np.pi / 2, np.pi / 2, (rows, qubits))


def ours(X: Array, encoding: str = "iqp", precision: str = "double") -> Callable[[], Array]:
    backend = BackendSpec(precision=precision)
    return lambda: kernel_matrix(X, kernel=spec(encoding), backend=backend)


def product(rows: int, qubits: int, dtype: torch.dtype) -> Callable[[], torch.Tensor]:
    """The full product S S† of random state vectors."""
    rng = torch.Generator().manual_seed(1)
    S = torch.randn((rows, 2**qubits), dtype=dtype, generator=rng)
    return lambda: S @ S.conj().T


def pairwise(X: Array) -> Callable[[], list[float]]:
    """PennyLane's way, one circuit per pair of rows: the entries of some pairs (k, 7k + 1)."""
    encoding = open_encoding(spec("iqp").encoding, X.shape[1])
    wires = range(X.shape[1])

    @qml.qnode(qml.device("lightning.qubit", wires=wires), diff_method=None)
    def circuit(x: Array, y: Array) -> qml.measurements.ProbabilityMP:
        encoding(x)
        qml.adjoint(encoding.__call__)(y)
        return qml.probs(wires=wires)

    return lambda: [float(circuit(X[i], X[j])[0]) for i, j in pairs(len(X))]


def pairs(rows: int) -> list[tuple[int, int]]:
    return [(k % rows, (7 * k + 1) % rows) for k in range(PAIRS)]


def against_peers(rows: int, qubits: int = 10) -> Table:
    """Our matrix, PennyLane's pairs, the peers' matrices and the bare product, taking turns."""
    X, threads = features(rows, qubits), torch.get_num_threads()
    job: dict[str, Any] = {"X": X.tolist(), "corner": CORNER}
    with (
        open_peer("kernel_squlearn", threads, **job) as squlearn,
        open_peer("kernel_qiskit", threads, **job) as qiskit,
    ):
        peers = {"kernel_squlearn": squlearn, "kernel_qiskit": qiskit}
        competitors: dict[str, Run] = {
            "ours": timed(ours(X)),
            "product": timed(product(rows, qubits, torch.complex128)),
            "pairs": timed(pairwise(X)),
        }
        found = interleaved({**competitors, **runs_of(**peers)})
        differences = _differences(X, peers)
    us, per_pair = found["ours"], found["pairs"].scaled(1 / PAIRS)
    note = f"extrapolated from {PAIRS} pairs, {1e3 * per_pair.median:.2f} ms each"
    lightning = per_pair.scaled(rows * (rows - 1) / 2)
    rows_of_peers = [
        times_faster(title, us, found.get(name), bar, note=differences[name])
        for name, (title, bar) in PEERS.items()
    ]
    return Table(
        f"IQP, 2 repetitions, all pairs, {qubits} qubits, {rows} rows, float64",
        (
            Row("this project", us),
            times_the_limit("bare complex product S S†", us, found["product"], 4.0),
            times_faster("PennyLane pairwise, lightning.qubit", us, lightning, 5000.0, note),
            *rows_of_peers,
        ),
    )


def _differences(X: Array, peers: Mapping[str, Peer | None]) -> dict[str, str]:
    """How far the peers' entries are from ours, in words; raises AssertionError past `AGREE`."""
    K = ours(X)()
    largest = {
        "pairs": max(abs(k - K[p]) for k, p in zip(pairwise(X)(), pairs(len(X)), strict=True))
    }
    for name, peer in peers.items():
        if peer:
            largest[name] = float(np.abs(np.array(peer.answer) - K[:CORNER, :CORNER]).max())
    for name, difference in largest.items():
        assert difference < AGREE, f"{name} differs from ours by {difference:.1e}"
    return {
        name: f"largest difference {largest[name]:.1e}" if peer else ""
        for name, peer in peers.items()
    }


def against_the_product(rows: int, precision: str, dtype: torch.dtype, qubits: int = 12) -> Table:
    """The whole matrix against nothing but the full product, in the same precision."""
    X = features(rows, qubits)
    work = {
        "ours": timed(ours(X, "iqp", precision)),
        "product": timed(product(rows, qubits, dtype)),
    }
    found = interleaved(work)
    table = [
        Row("this project", found["ours"]),
        times_the_limit("bare complex product S S†", found["ours"], found["product"], 1.0),
    ]
    if precision == "double":
        note = f"at least: a run of {SAMPLE} rows, extrapolated as if all cost grew as the rows"
        table += [
            times_faster(title, found["ours"], _at_least(name, rows, qubits), note=note)
            for name, (title, _) in PEERS.items()
        ]
    name = str(dtype).removeprefix("torch.")
    return Table(
        f"IQP, 2 repetitions, all pairs, {qubits} qubits, {rows} rows, {name}", tuple(table)
    )


def _at_least(script: str, rows: int, qubits: int) -> Timing | None:
    """A lower bound of a peer's time: its states cost as the rows, its entries as their square."""
    sample = min(SAMPLE, rows)
    X = features(sample, qubits).tolist()
    with open_peer(script, torch.get_num_threads(), X=X, corner=1) as peer:
        return measured(peer.run, runs=3).scaled(rows / sample) if peer else None


def zz_against_iqp(rows: int, qubits: int) -> Table:
    """The same machine on another circuit: matrices, and the states alone."""
    X = features(rows, qubits)
    opened = {name: open_kernel(spec(name), BackendSpec(), qubits) for name in ("iqp", "zz")}
    work = {name: timed(ours(X, name)) for name in opened}
    states = {f"{name} states": timed(lambda k=k: k.represent(X)) for name, k in opened.items()}
    found = interleaved({**work, **states})
    return Table(
        f"ZZ feature map beside IQP, 2 repetitions, all pairs, {qubits} qubits, {rows} rows",
        (
            Row("ZZ, matrix", found["zz"]),
            times_the_limit("IQP, matrix", found["zz"], found["iqp"], 1.3),
            Row("ZZ, states alone", found["zz states"]),
            times_the_limit("IQP, states alone", found["zz states"], found["iqp states"], 1.3),
        ),
    )


def tables(arguments: argparse.Namespace) -> list[Table]:
    return [
        against_peers(arguments.rows),
        against_the_product(arguments.large, "double", torch.complex128),
        against_the_product(arguments.large, "single", torch.complex64),
        zz_against_iqp(arguments.rows, 10),
        zz_against_iqp(arguments.large, 12),
    ]


if __name__ == "__main__":
    run_bench(__doc__, tables, rows=500, large=2000)
