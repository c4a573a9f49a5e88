"""Graph files of every format, written by networkx and by hand."""

import io
import json

import networkx as nx
import pytest
from networkx.utils import graphs_equal

from qml_core.errors import DataError, SpecError
from qml_core.optimisation.problems.graph_files import GRAPH_READERS, read_graph
from qml_core.optimisation.problems.ising import Ising


def weighted(names=None):
    graph = nx.Graph()
    graph.add_weighted_edges_from([(0, 1, 1.5), (1, 2, -2.0), (2, 3, 0.1)])
    graph.add_node(4)
    return graph if names is None else nx.relabel_nodes(graph, dict(enumerate(names)))


def written(graph, suffix):
    buffer = io.BytesIO()
    if suffix == ".graphml":
        nx.write_graphml(graph, buffer)
    elif suffix == ".gml":
        nx.write_gml(graph, buffer)
    elif suffix == ".json":
        return json.dumps(nx.node_link_data(graph)).encode()
    else:
        comma = "," if suffix == ".csv" else " "
        rows = [
            comma.join(str(word) for word in edge if word is not None)
            for edge in graph.edges(data="weight")
        ]
        return "\n".join([*rows, *map(str, nx.isolates(graph))]).encode()
    return buffer.getvalue()


@pytest.mark.parametrize("suffix", GRAPH_READERS)
@pytest.mark.parametrize("names", [None, ("a", "b", "c", "d", "e"), (7, 3, 5, 20, 1)])
def test_every_format_gives_the_graph_that_was_written(suffix, names):
    graph = weighted(names)
    found = read_graph(written(graph, suffix), suffix, "g")
    assert set(found) == set(graph)
    weights = {frozenset((a, b)): w for a, b, w in found.edges(data="weight")}
    assert weights == {frozenset((a, b)): w for a, b, w in graph.edges(data="weight")}


@pytest.mark.parametrize("suffix", [".graphml", ".gml", ".json"])
def test_weights_of_nodes_are_kept(suffix):
    graph = weighted()
    nx.set_node_attributes(graph, {node: 1 + node for node in graph}, "weight")
    found = read_graph(written(graph, suffix), suffix, "g")
    assert dict(found.nodes(data="weight")) == {node: 1 + node for node in graph}
    assert Ising.independent_set(found) == Ising.independent_set(graph)


@pytest.mark.parametrize("suffix", GRAPH_READERS)
def test_edges_without_weight_weigh_one(suffix):
    graph = nx.petersen_graph()
    assert Ising.maxcut(read_graph(written(graph, suffix), suffix, "g")) == Ising.maxcut(graph)


@pytest.mark.parametrize("suffix", GRAPH_READERS)
def test_a_repeated_edge_is_refused_in_every_format(suffix):
    graph = nx.MultiGraph()
    graph.add_edge("a", "b", weight=1.0)
    graph.add_edge("b", "a", weight=2.0)
    data = written(graph, suffix)
    if suffix == ".json":
        data = data.replace(b'"multigraph": true', b'"multigraph": false')
    with pytest.raises(SpecError, match="more than one edge between 'a' and 'b'"):
        Ising.maxcut(read_graph(data, suffix, "g"))


@pytest.mark.parametrize("suffix", [".graphml", ".gml", ".json"])
def test_a_directed_file_is_refused(suffix):
    data = written(nx.DiGraph([("a", "b")]), suffix)
    with pytest.raises(SpecError, match="directed"):
        Ising.maxcut(read_graph(data, suffix, "g"))


def test_comments_blank_lines_headers_and_a_byte_order_mark_are_skipped():
    edges = "\ufeff# cut\n\n% both\n0 1\n  1\t2   0.5\n".encode()
    table = "\ufeffSource, Target, Weight\r\n0, 1, 1\r\n\r\n1, 2, 0.5\r\n".encode()
    expected = nx.MultiGraph()
    expected.add_weighted_edges_from([(0, 1, 1.0), (1, 2, 0.5)])
    assert graphs_equal(read_graph(edges, ".txt", "g"), expected)
    assert graphs_equal(read_graph(table, ".csv", "g"), expected)


def test_names_of_a_csv_may_hold_spaces_and_commas():
    found = read_graph(b'"New York","Bonn, DE",2\n', ".csv", "g")
    assert list(found.edges(data="weight")) == [("New York", "Bonn, DE", 2.0)]


def test_names_are_numbers_only_where_all_of_them_are():
    assert set(read_graph(b"0 1\n1 x", ".txt", "g")) == {"0", "1", "x"}
    assert set(read_graph(b"01 1\n", ".txt", "g")) == {"01", "1"}
    assert set(read_graph(b"-1 --1\n", ".txt", "g")) == {"-1", "--1"}
    document = {"nodes": [{"id": 1}, {"id": "1"}], "edges": [{"source": 1, "target": "1"}]}
    assert set(read_graph(json.dumps(document).encode(), ".json", "g")) == {1, "1"}


def test_json_may_call_its_edges_links():
    document = {"nodes": [{"id": 0}, {"id": 1}], "links": [{"source": 0, "target": 1, "weight": 3}]}
    found = read_graph(json.dumps(document).encode(), ".json", "g")
    assert Ising.maxcut(found).constant == -1.5


def test_a_gml_without_labels_is_known_by_its_ids():
    data = b"graph [ node [ id 4 ] node [ id 2 ] edge [ source 4 target 2 ] ]"
    assert set(read_graph(data, ".gml", "g")) == {2, 4}


@pytest.mark.parametrize(
    ("suffix", "data", "message"),
    [
        (".txt", b"0 1 2 3\n", "line 1 of g has 4 columns"),
        (".txt", b"0 1\n1 2 x\n", "weight in line 2 of g is 'x'"),
        (".txt", b"# a\n0 1 nan\n", "weight in line 2 of g is 'nan'"),
        (".csv", b"a,b,1\nb,,2\n", "line 2 of g has 3 columns or an empty one"),
        (".csv", b"a,b,inf\n", "weight in line 1 of g is 'inf'"),
        (".txt", b"\xff\xfe0 1", "no text in UTF-8"),
        (".csv", b"\xff\xfe", "no text in UTF-8"),
        (".json", b"{", "g is no JSON"),
        (".json", b"[]", "an object with nodes and links"),
        (".json", b'{"nodes": [{}]}', "cannot be read as json"),
        (".json", b'{"edges": []}', "cannot be read as json"),
        (".json", b'{"nodes": [{"id": 0}], "edges": [{"source": 0}]}', "cannot be read as json"),
        (".json", b"[" * 100_000, "g is no JSON"),
        (".graphml", b"<graphml>", "cannot be read as graphml"),
        (".graphml", b"", "cannot be read as graphml"),
        (".graphml", b"<svg/>", "cannot be read as graphml"),
        (".gml", b"graph [ node [ id 0 ] edge [ source 0 target 1 ] ]", "cannot be read as gml"),
        (".gml", b"", "cannot be read as gml"),
        (".gml", b"\xff", "cannot be read as gml"),
    ],
)
def test_what_is_no_such_file_is_refused_by_name(suffix, data, message):
    with pytest.raises(DataError, match=message) as caught:
        read_graph(data, suffix, "g")
    assert caught.value.remedy
