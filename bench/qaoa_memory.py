"""Peak resident memory of a QAOA value and gradient, in complex128 state vectors of all qubits.

    python -m bench.qaoa_memory [--qubits 26] [--depth 2] [--json]

MaxCut of a random 3-regular graph on the half space, the same with a field on every wire, and that
from a warm start. Each case in a process of its own, from before its diagonal is computed; what the
libraries take is not counted.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import networkx as nx
import numpy as np

from bench.command import run_bench
from bench.memory import forget_peak, peak_resident_bytes, resident_bytes
from bench.table import Bar, Row, Table
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.qaoa.evolution import open_evolution

BAR = 6.0
CASES = ("even, half space", "general", "general, warm start")


def measure(case: str, qubits: int, depth: int) -> tuple[float, float]:
    """Peak memory above that at the start, in state vectors, and the value found."""
    rng = np.random.default_rng(0)
    graph = nx.random_regular_graph(3, qubits, seed=1)
    fields = {} if case == CASES[0] else {(wire,): float(rng.normal()) for wire in range(qubits)}
    ising = Ising(qubits, {**Ising.maxcut(graph).terms, **fields})
    warm = np.linspace(0.1, 0.9, qubits) if case == CASES[2] else None
    few = Ising(4, {(0, 1): 1.0, **({(2,): 1.0} if fields else {})})
    angles = rng.uniform(0.1, 0.9, (2, depth))
    # first calls load what the libraries load late
    open_evolution(few, warm=None if warm is None else warm[:4]).value_and_gradient(angles)
    before = resident_bytes()
    forget_peak()
    state = 16 << qubits
    limit = int(BAR * state) + 2**24  # pieces of small states are not small beside them
    value, _ = open_evolution(ising, warm=warm, memory_bytes=limit).value_and_gradient(angles)
    return (peak_resident_bytes() - before) / state, value


def tables(arguments: argparse.Namespace) -> list[Table]:
    rows = []
    for case in CASES:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            ask = process.submit(measure, case, arguments.qubits, arguments.depth)
            peak, value = ask.result()
        rows.append(
            Row(
                case, ratio=peak, bar=Bar(BAR, "at most"), unit=" states", note=f"value {value:.6f}"
            )
        )
    title = f"QAOA value and gradient, {arguments.qubits} qubits, p = {arguments.depth}"
    return [Table(title, tuple(rows))]


if __name__ == "__main__":
    run_bench(__doc__, tables, qubits=26, depth=2)
