"""How quiet the machine was: the share of its processors that other processes took meanwhile."""

import os
import time
from pathlib import Path

STAT = Path("/proc/stat")
ENOUGH = 0.05
"""Share of the others above which times are mostly theirs: threads that wait for each other."""


class Meanwhile:
    """Begun before a measurement, asked after it."""

    def __init__(self) -> None:
        self._began, self._busy, self._own = time.monotonic(), _busy_seconds(), _own_seconds()

    def share_of_others(self) -> float | None:
        """Of all processor time since the beginning, from 0 to 1; none where it is unknown."""
        busy = _busy_seconds()
        if busy is None or self._busy is None:
            return None
        elapsed = (time.monotonic() - self._began) * (os.cpu_count() or 1)
        others = busy - self._busy - (_own_seconds() - self._own)
        return min(1.0, max(0.0, others / elapsed))


def _own_seconds() -> float:
    """Processor time of this process and of the children it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _busy_seconds() -> float | None:
    """Processor time that anything took since the machine began (Linux)."""
    if not STAT.exists():
        return None
    user, nice, system = STAT.read_text().split()[1:4]
    return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")
