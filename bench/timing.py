"""Wall time as the minimum, median and maximum of several runs, competitors taking turns."""

import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Run = Callable[[], float]
"""Does the work once and returns its wall time, seconds."""


@dataclass(frozen=True)
class Timing:
    """Wall times of the runs of one competitor, seconds."""

    seconds: tuple[float, ...]

    @property
    def low(self) -> float:
        return min(self.seconds)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def high(self) -> float:
        return max(self.seconds)

    def scaled(self, factor: float) -> "Timing":
        """The time of `factor` times the work, extrapolated."""
        return Timing(tuple(factor * s for s in self.seconds))


def timed(work: Callable[[], Any]) -> Run:
    """The wall time of a call; what it returns is freed outside the measured time."""

    def run() -> float:
        began = time.perf_counter()
        kept = work()
        seconds = time.perf_counter() - began
        del kept
        return seconds

    return run


def measured(run: Run, runs: int = 5, warm_up: int = 1) -> Timing:
    """The time of one competitor, after runs that are not counted."""
    return interleaved({"": run}, runs, warm_up)[""]


def interleaved(
    competitors: Mapping[str, Run], runs: int = 5, warm_up: int = 1
) -> dict[str, Timing]:
    """Times of competitors that take turns (A B A B …), so that drift meets them all."""
    for run in competitors.values():
        for _ in range(warm_up):
            run()
    seconds: dict[str, list[float]] = {name: [] for name in competitors}
    for _ in range(runs):
        for name, run in competitors.items():
            seconds[name].append(run())
    return {name: Timing(tuple(of_one)) for name, of_one in seconds.items()}


def conditions() -> dict[str, int]:
    """What every measurement was made with: torch's threads and the machine's processors."""
    import torch

    return {"threads": torch.get_num_threads(), "processors": os.cpu_count() or 1}
