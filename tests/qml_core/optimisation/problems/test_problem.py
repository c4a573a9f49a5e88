"""Problems from specs, what their energies count, and their documents."""

import json

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polynomials import all_bits, polynomials

from qml_core.errors import CorruptArtifact, SpecError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.problem import Problem, document, from_document, open_problem
from qml_core.optimisation.problems.registers import Registers
from qml_core.specs import ProblemSpec

PENTAGON = ((0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0), (3, 4, 1.0), (4, 0, 1.0))


def files(**contents):
    """A reader of paths, dots written as underscores in the keyword."""
    return lambda path: contents[path.rsplit("/", 1)[-1].replace(".", "_")].encode()


def unread(path):
    raise AssertionError(f"{path} was read")


@pytest.mark.parametrize(
    ("kind", "value_name", "best"),
    [("maxcut", "cut", 4), ("independent_set", "size", 2), ("vertex_cover", "size", 3)],
)
def test_the_best_value_of_a_pentagon_is_the_known_one(kind, value_name, best):
    problem = open_problem(ProblemSpec(kind=kind, edges=PENTAGON), unread)
    lowest = problem.ising.energies(all_bits(5)).min()
    assert (problem.value_of(lowest), problem.value_name) == (best, value_name)
    assert (problem.name, problem.kind, problem.labels) == ("edges", kind, (0, 1, 2, 3, 4))
    assert problem.registers == Registers.free(5)


def test_no_cut_is_zero_without_a_sign():
    problem = open_problem(ProblemSpec(edges=PENTAGON), unread)
    assert str(problem.value_of(0.0)) == "0.0"


def test_edges_with_gaps_keep_the_names_of_their_nodes():
    problem = open_problem(ProblemSpec(edges=((7, 3, 2.0), (3, 20, 1.0))), unread)
    assert problem.labels == (3, 7, 20)
    assert problem.ising == Ising(3, {(): -1.5, (0, 1): 1.0, (0, 2): 0.5})


def test_a_graph_file_keeps_the_names_of_its_nodes():
    spec = ProblemSpec(kind="independent_set", path="s3://b/towns.csv", penalty=3)
    problem = open_problem(spec, files(towns_csv="Ulm,Bonn\nBonn,Kiel\nKoln\n"))
    assert (problem.name, problem.labels) == ("towns.csv", ("Ulm", "Bonn", "Kiel", "Koln"))
    graph = nx.path_graph(3)
    graph.add_node(3)
    assert problem.ising == Ising.independent_set(graph, 3.0)


def test_qubo_and_ising_files_are_energies():
    qubo = open_problem(ProblemSpec(kind="qubo", path="a/q.TXT"), files(q_TXT="0 1 2\n"))
    assert (qubo.ising, qubo.labels) == (Ising.from_qubo({(0, 1): 2.0}), (0, 1))
    ising = open_problem(
        ProblemSpec(kind="ising", path="i.json"), files(i_json='{"terms":[[[0],1]]}')
    )
    assert ising.ising == Ising(1, {(0,): 1.0})
    assert (ising.value_name, ising.value_of(-3.5)) == ("energy", -3.5)


def test_one_hot_groups_leave_the_other_bits_free():
    spec = ProblemSpec(kind="qubo", path="q.txt", one_hot=((4, 3), (0, 2)))
    problem = open_problem(spec, files(q_txt="0 1 2\n2 3 1\n4 5 1\n"))
    assert problem.registers.groups == ((0, 2), (1,), (4, 3), (5,))


@pytest.mark.parametrize("groups", [((0, 1), (1, 2)), ((0, 9),), ((0,), (1, 2)), ((), (0, 1))])
def test_one_hot_groups_that_do_not_fit_are_refused(groups):
    spec = ProblemSpec(kind="qubo", path="q.txt", one_hot=groups)
    with pytest.raises(SpecError, match="one_hot groups"):
        open_problem(spec, files(q_txt="0 1 2\n1 2 2\n"))


@pytest.mark.parametrize(
    ("kind", "path"),
    [("maxcut", "g.npy"), ("maxcut", "g"), ("qubo", "q.graphml"), ("ising", "i.csv")],
)
def test_an_unknown_suffix_is_refused_before_the_file_is_read(kind, path):
    with pytest.raises(SpecError, match=r"is none of .*\.json"):
        open_problem(ProblemSpec(kind=kind, path=path), unread)


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        (((0, 1, 1.0), (1, 0, 2.0)), "more than one edge between 0 and 1"),
        (((2, 2, 1.0),), "from 2 to itself"),
    ],
)
def test_edges_that_are_no_graph_are_refused(edges, message):
    with pytest.raises(SpecError, match=message):
        open_problem(ProblemSpec(edges=edges), unread)


@settings(max_examples=40, deadline=None)
@given(ising=polynomials(), factor=st.floats(1e-9, 1e9), names=st.booleans())
def test_a_document_comes_back_from_json_as_the_same_problem(ising, factor, names):
    terms = {wires: c * factor for wires, c in ising.terms.items()}
    n = ising.n_qubits
    labels = tuple(f"ü{k}" for k in range(n)) if names else tuple(range(n))
    registers = Registers((tuple(range(n)),))
    problem = Problem("p", "qubo", Ising(n, terms), registers, labels)
    text = json.dumps(document(problem), allow_nan=False)
    again = from_document(json.loads(text))
    assert again == problem
    assert json.dumps(document(again)) == text
    assert np.array_equal(again.ising.energies(all_bits(n)), problem.ising.energies(all_bits(n)))


@pytest.mark.parametrize(
    "changes",
    [
        {"terms": None},
        {"terms": [[[9], 1.0]]},
        {"terms": [[[0], "x"]]},
        {"terms": [[[0], 10**400]]},
        {"n_qubits": 4},
        {"n_qubits": None},
        {"groups": [[0]]},
        {"labels": [0]},
        {"labels": 3},
    ],
)
def test_another_document_is_corrupt(changes):
    stored = document(open_problem(ProblemSpec(edges=PENTAGON), unread))
    with pytest.raises(CorruptArtifact, match="no problem"):
        from_document(stored | changes)
    with pytest.raises(CorruptArtifact):
        from_document({})
