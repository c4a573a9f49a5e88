"""MaxCut, independent set and vertex cover against networkx and brute force."""

from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polynomials import all_bits

from qml_core.errors import SpecError
from qml_core.optimisation.problems.graphs import nodes_of
from qml_core.optimisation.problems.ising import Ising

PROBLEMS = [Ising.maxcut, Ising.independent_set, Ising.vertex_cover]


@st.composite
def graphs(draw, most=7):
    """Random graph with weighted edges and nodes, in random order of nodes."""
    nodes = draw(st.permutations(range(draw(st.integers(2, most)))))
    graph = nx.Graph()
    graph.add_nodes_from((node, {"weight": draw(st.integers(1, 5))}) for node in nodes)
    graph.add_edge(nodes[0], nodes[1], weight=2.0)
    for a, b in product(nodes, nodes):
        if a < b and draw(st.booleans()):
            graph.add_edge(a, b, weight=float(draw(st.integers(-3, 5))))
    return graph


def chosen(graph, bits):
    return {node for node, bit in zip(nodes_of(graph), bits, strict=True) if bit}


@settings(max_examples=30, deadline=None)
@given(graph=graphs())
def test_the_maxcut_energy_is_minus_the_cut_of_networkx(graph):
    bits = all_bits(len(graph))
    cuts = [nx.cut_size(graph, chosen(graph, row), weight="weight") for row in bits]
    assert np.array_equal(Ising.maxcut(graph).energies(bits), -np.array(cuts, dtype=float))


def violated(graph, kept):
    return sum(kept(a) and kept(b) for a, b in graph.edges)


@settings(max_examples=30, deadline=None)
@given(graph=graphs(), extra=st.none() | st.floats(0.5, 5))
def test_every_optimum_of_independent_set_is_a_heaviest_independent_set(graph, extra):
    bits, weight = all_bits(len(graph)), graph.nodes(data="weight")
    penalty = None if extra is None else 5 + extra
    energies = Ising.independent_set(graph, penalty).energies(bits)
    sets = [chosen(graph, row) for row in bits]
    valid = np.array([not violated(graph, some.__contains__) for some in sets])
    sizes = np.array([sum(weight[node] for node in some) for some in sets])
    assert energies[valid] == pytest.approx(-sizes[valid])
    assert valid[energies <= energies.min() + 1e-9].all()
    assert -energies.min() == pytest.approx(sizes[valid].max())


@settings(max_examples=30, deadline=None)
@given(graph=graphs(), extra=st.none() | st.floats(0.5, 5))
def test_every_optimum_of_vertex_cover_is_a_lightest_cover(graph, extra):
    bits, weight = all_bits(len(graph)), graph.nodes(data="weight")
    penalty = None if extra is None else 5 + extra
    energies = Ising.vertex_cover(graph, penalty).energies(bits)
    sets = [chosen(graph, row) for row in bits]
    valid = np.array([not violated(graph, lambda n, s=some: n not in s) for some in sets])
    sizes = np.array([sum(weight[node] for node in some) for some in sets])
    assert energies[valid] == pytest.approx(sizes[valid])
    assert valid[energies <= energies.min() + 1e-9].all()
    assert energies.min() == pytest.approx(sizes[valid].min())


def test_the_penalty_is_the_energy_of_a_violated_edge():
    path = nx.path_graph(3)
    assert Ising.independent_set(path, 7.0).energies(np.array([[1, 1, 0]])) == [-2 + 7]
    assert Ising.independent_set(path).energies(np.array([[1, 1, 1]])) == [-3 + 2 * 2]
    assert Ising.vertex_cover(path, 7.0).energies(np.array([[1, 0, 0]])) == [1 + 7]
    assert Ising.vertex_cover(path).energies(np.array([[0, 0, 0]])) == [2 * 2]


def test_the_petersen_graph_has_its_known_optima():
    graph, bits = nx.petersen_graph(), all_bits(10)
    assert Ising.maxcut(graph).energies(bits).min() == -12
    assert Ising.independent_set(graph).energies(bits).min() == -4
    assert Ising.vertex_cover(graph).energies(bits).min() == 6


def test_whole_numbers_are_sorted_and_names_keep_their_order():
    assert nodes_of(nx.Graph([(3, 1), (10, 2)])) == (1, 2, 3, 10)
    assert nodes_of(nx.Graph([("b", "a"), ("c", "a")])) == ("b", "a", "c")


def test_isolated_nodes_keep_their_qubit():
    graph = nx.Graph([(0, 2)])
    graph.add_node(1)
    assert Ising.maxcut(graph) == Ising(3, {(): -0.5, (0, 2): 0.5})
    assert Ising.independent_set(graph).energies(np.array([[1, 1, 0]])) == [-2]


def test_a_graph_without_edges_has_independent_sets_and_covers():
    graph = nx.empty_graph(2)
    assert Ising.independent_set(graph).energies(all_bits(2)).tolist() == [0, -1, -1, -2]
    assert Ising.vertex_cover(graph).energies(all_bits(2)).tolist() == [0, 1, 1, 2]
    with pytest.raises(SpecError, match="without edges"):
        Ising.maxcut(graph)


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (nx.Graph(), "without nodes"),
        (nx.Graph([(0, 1), (1, 1)]), "from 1 to itself"),
        (nx.DiGraph([(0, 1)]), "directed"),
        (nx.MultiGraph([("a", "b"), ("b", "a")]), "more than one edge between 'a' and 'b'"),
        (nx.Graph([(0, 1, {"weight": float("nan")})]), "weight nan of edge 0–1"),
        (nx.Graph([(0, 1, {"weight": float("inf")})]), "weight inf of edge 0–1"),
        (nx.Graph([(0, 1, {"weight": 10**400})]), "of edge 0–1"),
        (nx.Graph([(0, 1, {"weight": None})]), "weight None of edge 0–1"),
        (nx.Graph([(0, 1, {"weight": "heavy"})]), "weight 'heavy' of edge 0–1"),
    ],
)
def test_graphs_that_are_no_simple_weighted_graph_are_refused(problem, graph, message):
    with pytest.raises(SpecError, match=message):
        problem(graph)


@pytest.mark.parametrize("problem", PROBLEMS[1:])
def test_weights_of_nodes_are_above_zero(problem):
    graph = nx.path_graph(2)
    for weight in (0, -1, float("nan")):
        graph.nodes[1]["weight"] = weight
        with pytest.raises(SpecError, match="of node 1 given"):
            problem(graph)


@pytest.mark.parametrize("problem", PROBLEMS[1:])
@pytest.mark.parametrize("penalty", [3.0, 0.5, -1.0, float("nan"), float("inf")])
def test_a_penalty_that_may_pay_off_is_refused(problem, penalty):
    graph = nx.path_graph(2)
    nx.set_node_attributes(graph, {0: 3, 1: 4}, "weight")
    with pytest.raises(SpecError, match="above 3 is needed"):
        problem(graph, penalty)
    assert problem(graph, 3.1).n_qubits == 2
