"""Problems of QAOA: what is minimised, on which registers, and what its energies count."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from qml_core.errors import CorruptArtifact, DataError, QMLError, SpecError
from qml_core.optimisation.problems.graph_files import GRAPH_READERS, graph_of, read_graph
from qml_core.optimisation.problems.graphs import nodes_of
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.qubo_files import QUBO_READERS, read_ising, read_qubo
from qml_core.optimisation.problems.registers import Registers
from qml_core.specs import ProblemSpec

if TYPE_CHECKING:
    import networkx as nx

Label = str | int

MAX_BYTES = 16 * 2**20
"""Of a file: a million edges, or a dense matrix of a thousand bits with 16 digits each."""

_COUNTED: dict[str, tuple[Literal["cut", "size", "energy"], float]] = {
    "maxcut": ("cut", -1.0),
    "independent_set": ("size", -1.0),
    "vertex_cover": ("size", 1.0),
}


@dataclass(frozen=True)
class Problem:
    """An Ising polynomial to be minimised, and how its user counts."""

    name: str
    kind: str  # maxcut, independent_set, vertex_cover, qubo, ising or surrogate
    ising: Ising
    registers: Registers
    labels: tuple[Label, ...]  # of each qubit: its node, or its number

    @property
    def value_name(self) -> Literal["cut", "size", "energy"]:
        return _COUNTED.get(self.kind, ("energy", 1.0))[0]

    def value_of(self, energy: float) -> float:
        """Cut weight, or weight of the chosen nodes (less penalties, where an independent set is
        violated; with penalties, where a cover is), or the energy itself."""
        return _COUNTED.get(self.kind, ("energy", 1.0))[1] * energy + 0.0


def open_problem(spec: ProblemSpec, read: Callable[[str], bytes]) -> Problem:
    """The problem of a spec.

    Args:
        read: the bytes at a path; called once, where the spec has one.

    Raises:
        SpecError: unknown file name suffix, a graph or matrix that is none of the kind asked for,
            or one-hot groups that do not fit.
        DataError: a file that cannot be read.
    """
    if spec.kind in _COUNTED:
        return _of_graph(spec, read)
    assert spec.path is not None, "the spec sees to it"
    suffixes = QUBO_READERS if spec.kind == "qubo" else {".json": None}
    suffix = _suffix(spec.path, suffixes, spec.kind)
    data, name = _read(spec.path, read), _name(spec.path)
    ising = read_qubo(data, suffix, name) if spec.kind == "qubo" else read_ising(data, name)
    registers = _registers(ising.n_qubits, spec.one_hot)
    return Problem(name, spec.kind, ising, registers, tuple(range(ising.n_qubits)))


def document(problem: Problem) -> dict[str, Any]:
    """JSON of a problem; equal problems give equal documents, floats keep every digit."""
    return {
        "name": problem.name,
        "kind": problem.kind,
        "n_qubits": problem.ising.n_qubits,
        "terms": [[list(wires), c] for wires, c in problem.ising.terms.items()],
        "groups": [list(group) for group in problem.registers.groups],
        "labels": list(problem.labels),
    }


def from_document(document: Mapping[str, Any]) -> Problem:
    """The problem that document() wrote down.

    Raises:
        CorruptArtifact: it holds something else.
    """
    try:
        terms = {tuple(wires): float(c) for wires, c in document["terms"]}
        ising = Ising(int(document["n_qubits"]), terms)
        registers = Registers(tuple(tuple(group) for group in document["groups"]))
        labels = tuple(document["labels"])
        if not len(labels) == registers.n_qubits == ising.n_qubits:
            raise ValueError(f"{ising.n_qubits} qubits, {len(labels)} labels")
        return Problem(str(document["name"]), str(document["kind"]), ising, registers, labels)
    except (KeyError, OverflowError, TypeError, ValueError, QMLError) as error:
        raise CorruptArtifact(f"the document is no problem: {error!r}") from error


def _of_graph(spec: ProblemSpec, read: Callable[[str], bytes]) -> Problem:
    if spec.path is None:
        graph, name = graph_of(spec.edges), "edges"
    else:
        suffix, name = _suffix(spec.path, GRAPH_READERS, spec.kind), _name(spec.path)
        graph = read_graph(_read(spec.path, read), suffix, name)
    labels = tuple(node if isinstance(node, int) else str(node) for node in nodes_of(graph))
    ising = _TERMS[spec.kind](graph, spec.penalty)
    return Problem(name, spec.kind, ising, Registers.free(ising.n_qubits), labels)


def _registers(n_qubits: int, one_hot: tuple[tuple[int, ...], ...]) -> Registers:
    """The groups, and every other wire a free qubit, in the order of their first wires."""
    taken = [wire for group in one_hot for wire in group]
    if any(len(group) < 2 for group in one_hot):
        raise SpecError(
            f"one_hot groups {one_hot} asked, a group of fewer than two bits leaves no choice",
            "give groups of two bits or more",
        )
    if len(set(taken)) < len(taken) or max(taken, default=0) >= n_qubits:
        raise SpecError(
            f"one_hot groups {one_hot} asked of {n_qubits} bits, each of 0 … {n_qubits - 1} may be "
            "in one group",
            "remove repeated bits and those beyond the last",
        )
    free = [(wire,) for wire in range(n_qubits) if wire not in set(taken)]
    return Registers(tuple(sorted([*one_hot, *free], key=min)))


def _suffix(path: str, known: Mapping[str, Any], kind: str) -> str:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix not in known:
        raise SpecError(
            f"kind={kind} of {_name(path)} asked, its suffix {suffix!r} is none of "
            f"{', '.join(known)}",
            "rename the file after what it holds",
        )
    return suffix


def _read(path: str, read: Callable[[str], bytes]) -> bytes:
    data = read(path)
    if len(data) > MAX_BYTES:
        raise DataError(
            f"{_name(path)} has {len(data):,} bytes, the limit is {MAX_BYTES:,}",
            "give a sparse matrix as rows `i j value`, or a smaller problem",
        )
    return data


def _name(path: str) -> str:
    return PurePosixPath(path).name


_TERMS: dict[str, Callable[["nx.Graph", float | None], Ising]] = {
    "maxcut": lambda graph, penalty: Ising.maxcut(graph),
    "independent_set": Ising.independent_set,
    "vertex_cover": Ising.vertex_cover,
}
