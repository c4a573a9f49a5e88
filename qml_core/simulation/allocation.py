"""Freed memory kept by the process: fresh pages cost more than the arithmetic done on them."""

import ctypes
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3)
_KEPT_BYTES = 2**28
_LARGEST_KEPT = 2**25


@cache
def keep_freed_memory() -> bool:
    """Let glibc keep up to 256 MiB of what was freed; False where there is no glibc.

    By default it gives the work space of every operation back to the system, and each page of the
    next one is a fault: a gradient step of a few MiB took more than twice as long.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT) and mallopt(_TRIM_THRESHOLD, _KEPT_BYTES))
