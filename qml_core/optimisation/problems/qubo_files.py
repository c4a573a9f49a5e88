"""QUBO and Ising polynomials from files: dense CSV, rows `i j value`, and JSON."""

import csv
import io
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from qml_core.errors import DataError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.text_files import json_of, number, rows_of, text_of, whole

_SHOWN = 5
_ROWS = {2: "[[wire, …], coefficient] per term", 3: "[i, j, value] per entry"}


def read_qubo(data: bytes, suffix: str, name: str) -> Ising:
    """xᵀQx of a file.

    Args:
        suffix: a key of QUBO_READERS.
        name: of the file, for the messages.

    Raises:
        DataError: the bytes are no such file, or an entry is no finite number.
        SpecError: as Ising.from_qubo raises it.
    """
    return QUBO_READERS[suffix](data, name)


def read_ising(data: bytes, name: str) -> Ising:
    """JSON {"terms": [[[wire, …], coefficient], …], "constant": 0, "n_qubits": n}; the last two
    may be left out, then every wire from 0 to the largest needs a term.

    Raises:
        DataError: other JSON, a term that is there twice, a wire that is missing.
        SpecError: as Ising raises it.
    """
    document = _object(json_of(data, name), {"terms"}, {"constant", "n_qubits"}, name)
    terms: dict[tuple[int, ...], float] = {}
    for wires, coefficient in _tuples(document["terms"], 2, f"terms of {name}"):
        if not isinstance(wires, list):
            raise DataError(f"{name} has a term on {wires!r}, needed: a list of wires")
        key = tuple(sorted(whole(wire, f"a wire of term {wires} of {name}") for wire in wires))
        if key in terms:
            raise DataError(f"{name} has the term {list(key)} twice", "add them up")
        terms[key] = number(coefficient, f"coefficient of term {wires} of {name}")
    constant = number(document.get("constant", 0.0), f"constant of {name}")
    n_qubits = _n_qubits(terms, document.get("n_qubits"), name)
    return Ising(n_qubits, terms | {(): terms.get((), 0.0) + constant})


def _n_qubits(terms: Iterable[tuple[int, ...]], given: Any, name: str) -> int:
    if given is not None:
        return whole(given, f"n_qubits of {name}")
    used = {wire for wires in terms for wire in wires}
    count = max(used, default=-1) + 1
    missing = list(islice((wire for wire in range(count) if wire not in used), _SHOWN))
    if missing:
        raise DataError(
            f"{name} has no term on wire {', '.join(map(str, missing))} of {count}",
            'count wires from 0 without gaps, or give "n_qubits"',
        )
    return count


def _dense(data: bytes, name: str) -> Ising:
    rows = [row for row in csv.reader(io.StringIO(text_of(data, name), newline="")) if row]
    matrix = [
        [number(cell, f"row {i}, column {j} (from 0) of {name}") for j, cell in enumerate(row)]
        for i, row in enumerate(rows)
    ]
    for i, row in enumerate(matrix):
        if len(row) != len(matrix):
            raise DataError(
                f"row {i} (from 0) of {name} has {len(row)} columns, the matrix has "
                f"{len(matrix)} rows",
                "a CSV holds the whole matrix without a header; save rows `i j value` as .txt",
            )
    return Ising.from_qubo(matrix)


def _entry_rows(data: bytes, name: str) -> Ising:
    entries = []
    for line, text in rows_of(text_of(data, name)):
        words = text.split()
        if len(words) != 3:
            raise DataError(
                f"line {line} of {name} has {len(words)} columns, needed: i j value",
                "save a dense matrix as .csv",
            )
        entries.append((words, f"line {line} of {name}"))
    return Ising.from_qubo(_entries(entries))


def _json(data: bytes, name: str) -> Ising:
    document = json_of(data, name)
    if isinstance(document, list):
        document = {"matrix": document}
    document = _object(document, set(), {"matrix", "entries", "constant"}, name)
    constant = number(document.get("constant", 0.0), f"constant of {name}")
    if ("matrix" in document) == ("entries" in document):
        raise DataError(f"{name} needs either matrix or entries", "leave one out")
    if "matrix" in document:
        return Ising.from_qubo(document["matrix"], constant)
    rows = _tuples(document["entries"], 3, f"entries of {name}")
    places = ((row, f"entry {k} (from 0) of {name}") for k, row in enumerate(rows))
    return Ising.from_qubo(_entries(places), constant)


def _entries(rows: Iterable[tuple[list[Any], str]]) -> dict[tuple[int, int], float]:
    found: dict[tuple[int, int], float] = {}
    for (i, j, value), place in rows:
        key = whole(i, f"i in {place}"), whole(j, f"j in {place}")
        if key in found:
            raise DataError(f"{place} repeats i={key[0]}, j={key[1]}", "add the values up")
        found[key] = number(value, f"value in {place}")
    return found


def _object(document: Any, needed: set[str], allowed: set[str], name: str) -> dict[str, Any]:
    if not isinstance(document, dict) or not needed <= set(document) <= needed | allowed:
        keys = sorted(document) if isinstance(document, dict) else type(document).__name__
        raise DataError(
            f"{name} holds {keys}, needed: an object of {sorted(needed | allowed)}",
            "leave out what is not listed",
        )
    return document


def _tuples(rows: Any, length: int, owner: str) -> list[list[Any]]:
    whole_list = isinstance(rows, list)
    if not whole_list or not all(isinstance(row, list) and len(row) == length for row in rows):
        raise DataError(f"{owner} are no list of lists of {length}", f"write {_ROWS[length]}")
    found: list[list[Any]] = rows
    return found


QUBO_READERS: dict[str, Callable[[bytes, str], Ising]] = {
    ".csv": _dense,
    ".txt": _entry_rows,
    ".qubo": _entry_rows,
    ".json": _json,
}
