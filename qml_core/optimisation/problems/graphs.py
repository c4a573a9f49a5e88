"""Graph problems as Ising terms (Lucas, arXiv:1302.5843, secs. 2.2, 4.2, 4.3 and 7.1)."""

import math
from collections import Counter
from collections.abc import Hashable
from numbers import Real
from typing import TYPE_CHECKING, Any

from qml_core.errors import SpecError
from qml_core.optimisation.problems.qubo import Terms, binary_terms

if TYPE_CHECKING:
    import networkx as nx

_MARGIN = 2.0
"""Penalty of a violated edge in units of the largest weight of a node; above 1 it is never paid."""


def nodes_of(graph: "nx.Graph") -> tuple[Hashable, ...]:
    """Node of each qubit: whole numbers in their order, others as the graph lists them."""
    nodes = list(graph.nodes)
    whole = all(isinstance(node, int) for node in nodes)
    return tuple(sorted(nodes) if whole else nodes)


def maxcut_terms(graph: "nx.Graph") -> tuple[int, Terms]:
    """−Σ w (1 − Z_a Z_b)/2; raises as Ising.maxcut does."""
    edges = _edges(graph)
    if not edges:
        raise SpecError("MaxCut of a graph without edges asked", "give at least one edge")
    terms: Terms = {(): -math.fsum(edges.values()) / 2}
    for pair, weight in edges.items():
        terms[pair] = weight / 2
    return len(graph), terms


def independent_set_terms(graph: "nx.Graph", penalty: float | None) -> tuple[int, Terms]:
    """−Σ w x_a + penalty Σ x_a x_b; raises as Ising.independent_set does."""
    edges, weights = _edges(graph), _node_weights(graph)
    strength = _penalty(edges, weights, penalty)
    linear = {(a, a): -weight for a, weight in enumerate(weights)}
    return len(graph), binary_terms(linear | dict.fromkeys(edges, strength))


def vertex_cover_terms(graph: "nx.Graph", penalty: float | None) -> tuple[int, Terms]:
    """Σ w x_a + penalty Σ (1 − x_a)(1 − x_b); raises as Ising.vertex_cover does."""
    edges, weights = _edges(graph), _node_weights(graph)
    strength = _penalty(edges, weights, penalty)
    degrees = Counter(end for pair in edges for end in pair)
    linear = {(a, a): weight - strength * degrees[a] for a, weight in enumerate(weights)}
    quadratic = dict.fromkeys(edges, strength)
    return len(graph), binary_terms(linear | quadratic, strength * len(edges))


def _edges(graph: "nx.Graph") -> dict[tuple[int, int], float]:
    """Weight of each edge, by its two qubits in order; of a checked graph."""
    _check(graph)
    qubit = {node: index for index, node in enumerate(nodes_of(graph))}
    found: dict[tuple[int, int], float] = {}
    for a, b, weight in graph.edges(data="weight", default=1.0):
        pair = (min(qubit[a], qubit[b]), max(qubit[a], qubit[b]))
        if a == b:
            raise SpecError(
                f"graph with an edge from {a!r} to itself given, an edge joins two nodes",
                "remove it: a node is never cut from itself",
            )
        if pair in found:
            raise SpecError(
                f"graph with more than one edge between {a!r} and {b!r} given",
                "give each edge once, with the sum of the weights",
            )
        found[pair] = _finite(weight, f"edge {a!r}–{b!r}")
    return dict(sorted(found.items()))


def _check(graph: "nx.Graph") -> None:
    if len(graph) == 0:
        raise SpecError("graph without nodes given", "give at least one edge")
    if graph.is_directed():
        raise SpecError(
            "directed graph given, these problems know undirected edges",
            "pass graph.to_undirected(), or declare the file undirected",
        )


def _node_weights(graph: "nx.Graph") -> list[float]:
    found = []
    for node in nodes_of(graph):
        weight = _finite(graph.nodes[node].get("weight", 1.0), f"node {node!r}")
        if weight <= 0:
            raise SpecError(
                f"weight {weight:g} of node {node!r} given, needed: above 0", "remove the node"
            )
        found.append(weight)
    return found


def _finite(weight: Any, owner: str) -> float:
    try:
        number = float(weight) if isinstance(weight, Real | str) else math.nan
    except (OverflowError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise SpecError(
            f"weight {weight!r} of {owner} given, needed: a finite number", "correct it"
        )
    return number


def _penalty(
    edges: dict[tuple[int, int], float], weights: list[float], penalty: float | None
) -> float:
    """Above the cheaper end of every edge, so that mending a violated edge always pays."""
    if penalty is None:
        return _MARGIN * max(weights)
    least = max((min(weights[a], weights[b]) for a, b in edges), default=0.0)
    if not least < penalty < math.inf:
        raise SpecError(
            f"penalty {penalty:g} per violated edge asked, above {least:g} is needed: else the "
            "optimum may violate edges",
            "give more, or leave it out",
        )
    return penalty
