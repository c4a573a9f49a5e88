"""The best bits on their graph: two sides of a cut, or the nodes that were chosen."""

from dataclasses import dataclass

import networkx as nx
import numpy as np

from qml_core.evaluation.report.content import FloatArray
from qml_core.evaluation.report.plot import Mark, pixel
from qml_core.evaluation.report.qaoa import QAOASection

_WIDTH, _HEIGHT, _ROOM = 360, 300, 16
_ON_A_CIRCLE = 10
_MOST_NAMED = 36


@dataclass(frozen=True)
class Node:
    """`label`: what is written on it, nothing where it would not fit; `name`: in full."""

    x: str
    y: str
    chosen: bool
    label: str
    name: str


@dataclass(frozen=True)
class GraphPicture:
    """Edges below, nodes above; `legend`: (style, name) pairs."""

    title: str
    description: str
    edges: tuple[Mark, ...]
    nodes: tuple[Node, ...]
    radius: str
    legend: tuple[tuple[str, str], ...]
    caption: str


def graph_picture(qaoa: QAOASection) -> GraphPicture:
    """Of at most 60 nodes: a circle up to ten, else springs. The same graph lies the same way."""
    assert qaoa.best_bits is not None
    bits = qaoa.best_bits.astype(bool)
    places = _places(qaoa)
    strong, weak = _edges_of(qaoa, bits)
    named = qaoa.n_qubits <= _MOST_NAMED
    radius = 10.5 if named else 6.0
    nodes = tuple(
        Node(
            x=pixel(x), y=pixel(y), chosen=bool(bit), name=name,
            label=name if named and len(name) <= 3 else "",
        )
        for (x, y), bit, name in zip(places, bits, qaoa.names, strict=True)
    )  # fmt: skip
    title, strong_name, weak_name, strong_style = _WORDS[_kind(qaoa)]
    marks = (Mark(_lines(weak, places), "edge"), Mark(_lines(strong, places), strong_style))
    return GraphPicture(
        title=title,
        description=f"{len(strong)} of {len(qaoa.edges)} edges: {strong_name}; "
        f"{int(bits.sum())} of {len(bits)} nodes are 1.",
        edges=tuple(mark for mark in marks if mark.path),
        nodes=nodes,
        radius=pixel(radius),
        legend=tuple(
            entry
            for there, entry in (
                (True, ("quantum dots", "1")),
                (bool(strong), (strong_style, strong_name)),
                (bool(weak), ("edge", weak_name)),
            )
            if there
        ),
        caption=f"{len(strong):,} of {len(qaoa.edges):,} edges: {strong_name}. "
        f"{int(bits.sum()):,} of {len(bits):,} nodes are 1.",
    )


_WORDS = {
    "cut": ("Best cut", "cut", "not cut", "cut-edge"),
    "independent_set": ("Best set", "violated, both ends chosen", "kept", "violated"),
    "vertex_cover": ("Best cover", "violated, no end chosen", "covered", "violated"),
}


def _kind(qaoa: QAOASection) -> str:
    return qaoa.kind if qaoa.kind in _WORDS else "cut"


def _edges_of(
    qaoa: QAOASection, bits: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Those to emphasise, and the others."""
    kind = _kind(qaoa)
    strong: list[tuple[int, int]] = []
    weak: list[tuple[int, int]] = []
    for u, v, _ in qaoa.edges:
        marked = {
            "cut": bits[u] != bits[v],
            "independent_set": bits[u] and bits[v],
            "vertex_cover": not (bits[u] or bits[v]),
        }[kind]
        (strong if marked else weak).append((u, v))
    return strong, weak


def _places(qaoa: QAOASection) -> FloatArray:
    graph = nx.Graph()
    graph.add_nodes_from(range(qaoa.n_qubits))
    graph.add_edges_from((u, v) for u, v, _ in qaoa.edges if u != v)
    if qaoa.n_qubits <= _ON_A_CIRCLE:
        found = nx.circular_layout(graph)
    elif nx.is_connected(graph):
        found = nx.kamada_kawai_layout(graph)
    else:
        found = nx.spring_layout(graph, seed=0, iterations=300, k=2.2 / np.sqrt(qaoa.n_qubits))
    at = np.array([found[k] for k in range(qaoa.n_qubits)])
    low, span = at.min(0), np.maximum(np.ptp(at, axis=0), 1e-9)
    inside = np.array([_WIDTH, _HEIGHT]) - 2 * _ROOM
    return np.asarray(_ROOM + inside * np.where(span > 1e-8, (at - low) / span, 0.5))


def _lines(edges: list[tuple[int, int]], places: FloatArray) -> str:
    return "".join(
        f"M{pixel(places[u, 0])} {pixel(places[u, 1])}L{pixel(places[v, 0])} {pixel(places[v, 1])}"
        for u, v in edges
    )
