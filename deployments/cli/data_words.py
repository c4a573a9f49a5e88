"""How the word DATA of a command line is read: a name, or a file."""

import json
from pathlib import Path

from qml_core.errors import DataError

SUFFIXES = (".csv", ".parquet", ".pq", ".csv.gz")


def data_document(data: str, target: str | None) -> list[str]:
    """Settings `dataset.…=…` for the word DATA; raises DataError where a local file is missing."""
    if not (data.startswith("s3://") or "/" in data or data.lower().endswith(SUFFIXES)):
        words = [f"dataset.name={json.dumps(data)}"]
    else:
        if not data.startswith("s3://"):
            data = str(_local(data))
        words = [f"dataset.path={json.dumps(data)}"]
    if target is not None:
        words.append(f"dataset.target={json.dumps(target)}")
    return words


def _local(data: str) -> Path:
    path = Path(data).expanduser().resolve()
    if path.is_file():
        return path
    found = "a folder" if path.is_dir() else "nothing there"
    raise DataError(f"data file {data}: {found}", "give a CSV or Parquet file, or a name")
