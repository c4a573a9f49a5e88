"""How the word DATA of a command line is read: a name, or a file."""

import json
from pathlib import Path

from qml_core.errors import DataError, SpecError


def data_settings(data: str | None, target: str | None) -> list[str]:
    """Settings `dataset.…=…` for DATA and --target, as far as they are given.

    A word with a dot or a slash is a file, any other one the name of a data set.

    Raises:
        DataError: a local file is missing.
    """
    if data is None:
        words = []
    elif "." not in data and "/" not in data:
        words = [f"dataset.name={json.dumps(data)}"]
    else:
        path = data if "://" in data else str(_local(data))
        words = [f"dataset.path={json.dumps(path)}"]
    if target is not None:
        words.append(f"dataset.target={json.dumps(target)}")
    return words


def _local(data: str) -> Path:
    path = Path(data).expanduser().resolve()
    if path.is_file():
        return path
    found = "a folder" if path.is_dir() else "nothing there"
    raise DataError(
        f"data file {data}: {found}",
        "give a CSV or Parquet file, or a name of `qml list datasets`",
    )


def refuse_without_target(path: str) -> None:
    """Raise SpecError with the columns to choose from, where a file came without a target."""
    from qml_core.evaluation.datasets.files import read

    table, name = read(path)
    shown = ", ".join(table.column_names[:20])
    more = f" and {table.num_columns - 20} more" if table.num_columns > 20 else ""
    raise SpecError(
        f"{name} was given without its target column; columns: {shown}{more}",
        "name the target with --target",
    )
