"""Graphs from files: edge list, CSV, GraphML, GML and node-link JSON."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from qml_core.errors import DataError
from qml_core.optimisation.problems.text_files import json_of, number, rows_of, text_of

if TYPE_CHECKING:
    import networkx as nx

_HEADERS = {"source", "target", "from", "to", "weight"}
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")


def read_graph(data: bytes, suffix: str, name: str) -> "nx.Graph":
    """The graph of a file; nodes whose names are all whole numbers become numbers.

    Args:
        suffix: a key of GRAPH_READERS.
        name: of the file, for the messages.

    Raises:
        DataError: the bytes are no such file, or a weight is no number.
    """
    import networkx as nx

    try:
        graph = GRAPH_READERS[suffix](data, name)
    except (nx.NetworkXError, ParseError, KeyError, TypeError, ValueError) as error:
        kind = suffix.removeprefix(".")
        raise DataError(
            f"{name} cannot be read as {kind}: {type(error).__name__}: {error}",
            "compare it with a file written by networkx",
        ) from error
    return _numbered(graph)


def graph_of(edges: Iterable[tuple[Any, ...]]) -> "nx.MultiGraph":
    """Of (node, node, weight), or (node,) for a node without edges; repeated edges are kept."""
    import networkx as nx

    graph = nx.MultiGraph()
    for edge in edges:
        if len(edge) == 1:
            graph.add_node(edge[0])
        else:
            graph.add_edge(edge[0], edge[1], weight=edge[2])
    return graph


def _edge_list(data: bytes, name: str) -> "nx.Graph":
    lines = rows_of(text_of(data, name))
    return graph_of(_edges(((line, text.split()) for line, text in lines), name))


def _comma_separated(data: bytes, name: str) -> "nx.Graph":
    reader = csv.reader(io.StringIO(text_of(data, name), newline=""), skipinitialspace=True)
    rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
    if rows and {cell.lower() for cell in rows[0][1]} <= _HEADERS:
        rows = rows[1:]
    return graph_of(_edges(rows, name))


def _edges(rows: Iterable[tuple[int, list[str]]], name: str) -> Iterator[tuple[Any, ...]]:
    for line, words in rows:
        if not 1 <= len(words) <= 3 or not all(words):
            raise DataError(
                f"line {line} of {name} has {len(words)} columns or an empty one, needed: node, "
                "node, and the weight where it is not 1",
                "write a node without edges alone on its line; names hold no spaces",
            )
        if len(words) < 3:
            yield (words[0],) if len(words) == 1 else (*words, 1.0)
        else:
            yield words[0], words[1], number(words[2], f"weight in line {line} of {name}")


def _graphml(data: bytes, name: str) -> "nx.Graph":
    import networkx as nx

    return nx.read_graphml(io.BytesIO(data))


def _gml(data: bytes, name: str) -> "nx.Graph":
    import networkx as nx

    try:
        return nx.read_gml(io.BytesIO(data))
    except nx.NetworkXError:  # nodes may go without labels
        return nx.read_gml(io.BytesIO(data), label="id")


def _node_link(data: bytes, name: str) -> "nx.Graph":
    import networkx as nx

    document = json_of(data, name)
    if not isinstance(document, dict):
        raise DataError(
            f"{name} holds {type(document).__name__}, needed: an object with nodes and links",
            "write it with networkx.node_link_data",
        )
    links = "links" if "links" in document else "edges"
    # as a multigraph, else of repeated edges the last one would be kept without a word
    return nx.node_link_graph(document | {"multigraph": True}, edges=links)


def _numbered(graph: "nx.Graph") -> "nx.Graph":
    import networkx as nx

    names = {node: str(node) for node in graph}
    distinct = len(set(names.values())) == len(names)
    if distinct and all(_WHOLE.fullmatch(text) for text in names.values()):
        return nx.relabel_nodes(graph, {node: int(text) for node, text in names.items()})
    return graph


GRAPH_READERS: dict[str, Callable[[bytes, str], "nx.Graph"]] = {
    ".txt": _edge_list,
    ".edges": _edge_list,
    ".edgelist": _edge_list,
    ".csv": _comma_separated,
    ".graphml": _graphml,
    ".gml": _gml,
    ".json": _node_link,
}
