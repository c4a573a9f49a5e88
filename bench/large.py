"""A large matrix through the flow to the local store, beside the bare computation.

    python -m bench.large [--rows 20000] [--qubits 10] [--runs 2] [--json]

The bare computation is what the entries of the upper triangle cost and nothing else: states,
products and squares in row panels, in the same process and with the same threads, results
dropped. Flow and bare take turns; the first flow tells the memory, before anything else has run.
Prefect's start is told apart. The store is a folder on this disk, removed afterwards (Linux).
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.command import run_bench
from bench.table import Bar, Row, Table, times_the_limit
from bench.timing import Timing

TIMES, MEGABYTES = 1.25, Bar(3000.0, "at most")
PANEL = 1000
"""Rows of the bare computation's panels."""


class Clock:
    """Seconds at which each stage of the flow began."""

    def __init__(self) -> None:
        self.began: dict[str, float] = {}

    def hear(self, event: Any) -> None:
        from qml_core.events import StageStarted

        if isinstance(event, StageStarted):
            self.began[event.name] = time.perf_counter()


def job(rows: int, qubits: int, seed: int) -> tuple[Any, Any]:
    """Data of its own for every run, so that no run finds another's blocks."""
    from qml_core.specs import DatasetSpec, EncodingSpec, KernelSpec

    dataset = DatasetSpec(
        name="linearly_separable",
        parameters={"n_samples": rows, "n_features": qubits, "seed": seed},
        preprocessing={"reduce": "none"},
    )
    return dataset, KernelSpec(encoding=EncodingSpec(name="iqp", reps=2))


def seconds_of_bare(X: Any, kernel: Any) -> float:
    """States, products and squares of the upper triangle, with one panel's room for entries."""
    import torch

    from qml_core.circuits.encodings import open_encoding
    from qml_core.simulation.statevector import state_vectors

    began = time.perf_counter()
    n, qubits = X.shape
    states = state_vectors(open_encoding(kernel.encoding, qubits), X, qubits)
    room = torch.empty(PANEL * n, dtype=states.dtype)
    for start in range(0, n, PANEL):
        rows, columns = states[start : start + PANEL], states[start:]
        entries = room[: len(rows) * len(columns)].view(len(rows), len(columns))
        torch.mm(rows, columns.conj().T, out=entries)
        entries.real.square_().add_(entries.imag.square_())
    return time.perf_counter() - began


def stages_of_flow(dataset: Any, kernel: Any) -> dict[str, float]:
    """Seconds of the flow: its start, everything after it, and the stages of that."""
    from flows.kernel_matrix import kernel_matrix as flow
    from qml_core.events import listening

    clock, begun = Clock(), time.perf_counter()
    with listening(clock.hear):
        flow(dataset, kernel)
    ended = time.perf_counter()
    loading, blocks, report = (
        clock.began[name] for name in ("load data", "kernel matrix", "report")
    )
    return {
        "flow": ended - loading,
        "load, plan, gates": blocks - loading,
        "blocks": report - blocks,
        "report": ended - report,
        "start (not counted)": loading - begun,
    }


def compare(rows: int, qubits: int, runs: int) -> tuple[list[dict[str, float]], list[float], int]:
    """Stages of every flow, seconds of every bare computation, and the first flow's peak, bytes."""
    import torch  # noqa: F401

    import flows.kernel_matrix  # noqa: F401
    from bench.memory import forget_peak, peak_resident_bytes, resident_bytes
    from tasks.datasets import load_dataset, read_columns

    stages, bare, peak = [], [], 0
    for run in range(runs):
        dataset, kernel = job(rows, qubits, seed=run)
        imported = resident_bytes()
        forget_peak()
        stages.append(stages_of_flow(dataset, kernel))
        if run == 0:
            peak = peak_resident_bytes() - imported
        (X,) = read_columns(load_dataset.fn(dataset), "all", "x")
        bare.append(seconds_of_bare(X, kernel))
    return stages, bare, peak


@contextmanager
def installation() -> Iterator[None]:
    """A store and a Prefect home of its own, for the time of the benchmark."""
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        os.environ["PREFECT_HOME"] = f"{folder}/prefect"
        os.environ["QML_STORAGE_URL"] = f"file://{folder}/store"
        os.environ["PREFECT_LOGGING_LEVEL"] = "CRITICAL"
        os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
        os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "60"
        os.environ.pop("PREFECT_API_URL", None)
        from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
            yield


def tables(arguments: argparse.Namespace) -> list[Table]:
    with installation():
        stages, bare, peak = compare(arguments.rows, arguments.qubits, arguments.runs)
    timings = {name: Timing(tuple(s[name] for s in stages)) for name in stages[0]}
    whole = timings.pop("flow")
    return [
        Table(
            f"IQP through the flow, {arguments.rows} rows, {arguments.qubits} qubits, float64",
            (
                Row("flow without its start", whole),
                times_the_limit(
                    "bare states, products, squares", whole, Timing(tuple(bare)), TIMES
                ),
                *(Row(f"  {name}", timing) for name, timing in timings.items()),
                Row("peak memory above import", None, peak / 1e6, MEGABYTES, " MB"),
            ),
        )
    ]


if __name__ == "__main__":
    run_bench(__doc__, tables, rows=20000, qubits=10, runs=2)
