"""What the flow costs beside the bare computation: blocks, store, Prefect and report, as a ratio.

    python -m bench.flow [--rows 13000] [--qubits 14] [--json]

The bare computation is `qml_core.kernels.kernel_matrix` on the same preprocessed rows. It runs
before and after the flow, since machines drift. Prefect's start is told apart. The store is a
folder on this disk, removed afterwards.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "60")


class Clock:
    """Seconds at which each stage of the flow began."""

    def __init__(self) -> None:
        self.began: dict[str, float] = {}

    def hear(self, event: Any) -> None:
        from qml_core.events import StageStarted

        if isinstance(event, StageStarted):
            self.began[event.name] = time.perf_counter()


def seconds_of_bare(X: Any, kernel: Any) -> float:
    """The same matrix without Prefect, store or report, with the same memory for states."""
    from qml_core.kernels import kernel_matrix
    from qml_core.settings import Settings

    began = time.perf_counter()
    kernel_matrix(X, kernel=kernel, panel_bytes=Settings.from_environment().panel_bytes)
    return time.perf_counter() - began


def compare(rows: int, qubits: int) -> dict[str, Any]:
    """Seconds of the bare computation, of the flow without its start, and of its stages."""
    import torch

    from flows.kernel_matrix import kernel_matrix as flow
    from qml_core.events import listening
    from qml_core.specs import DatasetSpec, KernelSpec
    from tasks.datasets import load_dataset, read_columns

    dataset = DatasetSpec(
        name="linearly_separable",
        parameters={"n_samples": rows, "n_features": qubits},
        preprocessing={"reduce": "none"},
    )
    kernel, clock = KernelSpec(encoding={"bandwidth": 0.3}), Clock()
    (X,) = read_columns(load_dataset.fn(dataset), "all", "x")
    before = seconds_of_bare(X, kernel)
    begun = time.perf_counter()
    with listening(clock.hear):
        run = flow(dataset, kernel)
    ended = time.perf_counter()
    bare = (before, seconds_of_bare(X, kernel))
    blocks_began, report_began = clock.began["kernel matrix"], clock.began["report"]
    whole = ended - clock.began["load data"]
    return {
        "rows": rows,
        "qubits": qubits,
        "threads": torch.get_num_threads(),
        "blocks": run.matrices[0].blocks,
        "start_s": clock.began["load data"] - begun,
        "bare_before_s": bare[0],
        "bare_after_s": bare[1],
        "flow_s": whole,
        "load_plan_gates_s": blocks_began - clock.began["load data"],
        "blocks_s": report_began - blocks_began,
        "report_s": ended - report_began,
        "overhead": whole / statistics.mean(bare) - 1,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=13000)
    parser.add_argument("--qubits", type=int, default=14)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        os.environ["PREFECT_HOME"] = f"{folder}/prefect"
        os.environ["QML_STORAGE_URL"] = f"file://{folder}/store"
        os.environ.pop("PREFECT_API_URL", None)
        from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
            found = compare(arguments.rows, arguments.qubits)
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{found['rows']} rows, {found['qubits']} qubits, {found['blocks']} blocks, ", end="")
    print(f"{found['threads']} threads")
    for name in ("bare_before_s", "bare_after_s", "flow_s", "blocks_s", "report_s", "start_s"):
        print(f"  {name:<20}{found[name]:>9.2f}")
    print(f"  overhead of the flow, without its start: {100 * found['overhead']:.1f} %")


if __name__ == "__main__":
    main()
