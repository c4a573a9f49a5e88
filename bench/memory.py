"""Memory of a computation: live tensor bytes at their peak, and the process's resident set."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the profiler would announce itself

from torch.profiler import ProfilerActivity, profile


def peak_tensor_bytes(work: Callable[[], Any]) -> int:
    """The most bytes of tensors made during a call that lived at one time.

    Everything that torch's CPU allocator gave and took back is counted, also inside its operations.
    What lived before the call is not.
    """
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        kept = work()
    del kept
    assert profiler.profiler
    assert profiler.profiler.kineto_results
    changes = [
        (event.start_ns(), event.nbytes())
        for event in profiler.profiler.kineto_results.events()
        if event.name() == "[memory]"
    ]
    live = peak = 0
    for _, change in sorted(changes, key=lambda c: c[0]):
        live += change
        peak = max(peak, live)
    return peak


def resident_bytes() -> int:
    """The process's resident set now (Linux)."""
    return _status("VmRSS")


def peak_resident_bytes() -> int:
    """The largest resident set since the process began or `forget_peak` was called (Linux)."""
    return _status("VmHWM")


def forget_peak() -> None:
    """Begin the peak anew from the present resident set (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return 1024 * int(line.split()[1])
    raise OSError(f"/proc/self/status has no {field}")
