"""How the variables of a surrogate become qubits: what fits on a backend, and in which blocks."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from qml_core.errors import SpecError
from qml_core.specs.search import SurrogateSpec

SIMULATED_QUBITS = 20
"""Limit of a simulator where none is asked for."""


class Encoding(NamedTuple):
    """Kind, qubits of its circuit at most, and one sentence for the report."""

    kind: Literal["one_hot", "binary", "blocks"]
    n_qubits: int
    note: str


def qubit_limit(spec: SurrogateSpec, backend_qubits: int | None) -> int:
    """Qubits a circuit may have; backend_qubits: of a device, none where it is simulated."""
    known = [n for n in (spec.max_qubits, backend_qubits) if n is not None]
    return min(known, default=SIMULATED_QUBITS)


def encoding_of(
    levels: Sequence[int], spec: SurrogateSpec, limit: int, mixer: str = "auto"
) -> Encoding:
    """Of variables with these levels, the encoding asked for, or the first that fits.

    One-hot takes one qubit for two levels and k for k ≥ 3; binary ⌈log2 k⌉; variables of one level
    take none. An X mixer does not keep one-hot groups, an XY mixer needs them.

    Args:
        mixer: of the QAOA.

    Raises:
        SpecError: the encoding asked for is larger than the limit or not for the mixer, or even a
            block of one variable is; or no variable has two levels.
    """
    whole = sum(map(one_hot_qubits, levels))
    binary = sum((k - 1).bit_length() for k in levels)
    if not whole:
        raise SpecError(
            "asked for a surrogate of variables with one level each", "give one several levels"
        )
    kinds = _kinds(levels, spec, mixer)
    if "one_hot" in kinds and whole <= limit:
        return Encoding("one_hot", whole, f"one-hot on {whole} qubits")
    if "binary" in kinds and binary <= limit:
        return Encoding("binary", binary, _binary_note(binary, whole, limit))
    if "blocks" in kinds:
        return _blocks(levels, limit)
    raise SpecError(
        f"encoding={spec.encoding} asked, which needs {whole if 'one_hot' in kinds else binary} "
        f"qubits, the limit is {limit}",
        "leave encoding and mixer at auto, or give the variables fewer levels",
    )


def _kinds(levels: Sequence[int], spec: SurrogateSpec, mixer: str) -> tuple[str, ...]:
    """Encodings that are asked for and that the mixer can search."""
    groups, xy = max(levels) > 2, mixer.startswith("xy")
    possible: tuple[str, ...] = ("one_hot", "binary", "blocks")
    if mixer == "x" and groups:
        possible = ("binary",)
    elif xy:
        possible = ("one_hot", "blocks") if groups else ()
    kinds = tuple(kind for kind in possible if spec.encoding in (kind, "auto"))
    if not kinds:
        raise SpecError(
            f"encoding={spec.encoding} asked with mixer={mixer} for variables of up to "
            f"{max(levels)} levels: xy needs one-hot groups of 3 levels or more, x does not keep "
            "them",
            "leave mixer at auto",
        )
    return kinds


def one_hot_qubits(levels: int) -> int:
    """Qubits of a variable: none, one, or one per level."""
    return 0 if levels == 1 else 1 if levels == 2 else levels


def random_block(levels: Sequence[int], limit: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Variables, ascending, whose one-hot qubits fit in the limit: taken in random order."""
    taken, left = [], limit
    for i in rng.permutation(len(levels)).tolist():
        needed = one_hot_qubits(levels[i])
        if 0 < needed <= left:
            taken.append(i)
            left -= needed
    return tuple(sorted(taken))


def _binary_note(binary: int, whole: int, limit: int) -> str:
    because = f": one-hot needs {whole}, the limit is {limit}" if whole > limit else ""
    return f"binary with penalties on {binary} qubits{because}"


def _blocks(levels: Sequence[int], limit: int) -> Encoding:
    largest, whole = one_hot_qubits(max(levels)), sum(map(one_hot_qubits, levels))
    if largest > limit:
        raise SpecError(
            f"a variable of {max(levels)} levels asked, which needs {largest} qubits one-hot, the "
            f"limit is {limit}",
            "give it fewer levels, or raise surrogate.max_qubits",
        )
    note = f"blocks of variables, one-hot on at most {limit} qubits, the others at the best trial"
    if whole > limit:
        note += f": all need {whole}"
    return Encoding("blocks", min(whole, limit), note)
