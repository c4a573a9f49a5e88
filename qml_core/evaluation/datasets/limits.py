"""How much data a file may bring into memory."""

from qml_core.errors import DataError

MAX_BYTES = 2**30
"""Largest file, and largest table of 8-byte numbers made from one."""

_GIB = 2**30
_REMEDY = "take a sample of its rows, or fewer columns"


def check_size(path: str, size: int, max_bytes: int) -> None:
    """Raises DataError where a file of `size` bytes is empty or above the limit."""
    if size == 0:
        raise DataError(f"{path} is empty, it has 0 bytes", "give another file")
    if size > max_bytes:
        raise DataError(
            f"{path} has {size / _GIB:.3g} GiB, the limit is {max_bytes / _GIB:.3g} GiB", _REMEDY
        )


def check_shape(path: str, rows: int, columns: int, max_bytes: int) -> None:
    """Raises DataError where a table of 8-byte numbers would be above the limit."""
    size = 8 * rows * columns
    if size > max_bytes:
        raise DataError(
            f"{path} has {rows} rows and {columns} columns, {size / _GIB:.3g} GiB as numbers; "
            f"the limit is {max_bytes / _GIB:.3g} GiB",
            _REMEDY,
        )
