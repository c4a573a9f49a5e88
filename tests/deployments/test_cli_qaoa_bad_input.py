"""Bad input of `qml qaoa`: one line, exit code 2, nothing stored."""

from functools import partial

import pytest
from refused_commands import refusal

SQUARE = "0,1\n1,2\n2,3\n3,0\n"


@pytest.fixture
def refused(qml, tmp_path):
    """The one line of a command that is refused."""
    return partial(refusal, qml, tmp_path)


@pytest.mark.parametrize(
    ("option", "name", "content", "found"),
    [
        ("graph", "g.csv", "", "g.csv is empty"),
        ("graph", "g.csv", "source,target\n", "graph without nodes"),
        ("graph", "g.txt", "0\n1\n", "graph without edges"),
        ("graph", "g.csv", "0,0\n0,1\n", "from 0 to itself"),
        ("graph", "g.csv", "0,1,nan\n", "weight in line 1 of g.csv is 'nan'"),
        ("graph", "g.csv", "0,1\n1,0\n", "more than one edge between 0 and 1"),
        ("graph", "g.xlsx", "0,1\n", "its suffix '.xlsx' is none of .txt"),
        ("graph", "g.json", "[]", "needed: an object with nodes and links"),
        ("graph", "g.json", '{"nodes": [], "links": [], "directed": true}', "nodes"),
        ("graph", "g.gml", "hello", "cannot be read as gml"),
        ("qubo", "q.csv", "1,2\n2\n", "row 1 (from 0) of q.csv has 1 columns"),
        ("qubo", "q.csv", "1,2,3\n2,1,3\n", "the matrix has 2 rows"),
        ("qubo", "q.csv", "1,nan\nnan,1\n", "row 0, column 1 (from 0) of q.csv is 'nan'"),
        ("qubo", "q.csv", "1,2\n3,1\n", "neither symmetric nor triangular"),
        ("qubo", "q.txt", "0 0 1\n2 2 1\n", "has no entry for index 1, each of 0 … 2 needs one"),
        ("qubo", "q.txt", "0 1 1\n0 1 2\n", "line 2 of q.txt repeats i=0, j=1"),
        ("qubo", "q.json", "[[1e308, 1e308], [1e308, 1e308]]", "above 1e+300 overflow"),
        ("qubo", "q.json", '{"matirx": [[1]]}', "matirx"),
        ("ising", "i.json", '{"terms": []}', "polynomial of 0 qubits"),
        ("ising", "i.json", '{"terms": [[[0, 0], 1]]}', "may appear once"),
        ("ising", "i.json", '{"terms": [[[0, 2], 1]]}', "no term on wire 1 of 3"),
        ("ising", "i.json", '{"terms": [[[0], NaN]]}', "needed: a finite number"),
    ],
)
def test_a_file_that_holds_no_problem_is_refused(refused, tmp_path, option, name, content, found):
    (tmp_path / name).write_text(content)
    assert found in refused("qaoa", f"--{option}", name)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("--graph square.csv --ising square.csv", "give one of --graph, --ising"),
        ("--graph nothing.csv", "nothing.csv does not exist"),
        ("--graph https://me:secret@host/g.csv", "path holds credentials"),
        ("--graph square.csv --set qaoa.mixer=xy_ring", "asked of free qubits"),
        ("--graph square.csv --set qaoa.evaluations=2 --set qaoa.starts=3", "each start one"),
        ("--graph square.csv --set qaoa.angles=given --set qaoa.gammas=[1]", "found 1 and 0"),
        ("--graph square.csv --set qaoa.angles=fixed --layers 20", "known are up to 17"),
        ("--graph star.csv --set qaoa.angles=fixed", "equal couplings on a regular graph"),
        ("--graph square.csv --set problem.one_hot=[[0,1]]", "one_hot is of qubo and ising"),
        ("--qubo m.csv --set problem.one_hot=[[0,1],[1,2]]", "may be in one group"),
        ("--qubo m.csv --set problem.one_hot=[[0,5]]", "each of 0 … 2"),
        ("--qubo m.csv --set problem.one_hot=[[0]]", "fewer than two bits"),
        ("--qubo m.csv --set problem.one_hot=[[0,1]] --set qaoa.recursive=1", "one-hot groups"),
        ("--qubo m.csv --set problem.one_hot=[[0,1]] --set qaoa.warm_start=0.1", "one-hot groups"),
    ],
)
def test_a_qaoa_that_cannot_be_is_refused(refused, tmp_path, words, found):
    (tmp_path / "square.csv").write_text(SQUARE)
    (tmp_path / "star.csv").write_text("0,1\n0,2\n0,3\n")
    (tmp_path / "m.csv").write_text("1,2,0\n2,1,0\n0,0,1\n")
    line = refused("qaoa", *words.split())
    assert found in line
    assert "secret" not in line


def test_a_problem_file_above_the_limit_is_refused_before_it_is_parsed(refused, tmp_path):
    (tmp_path / "g.csv").write_bytes(b"0,1\n" * (4 * 2**20 + 1))
    assert "16,777,220 bytes, the limit is 16,777,216" in refused("qaoa", "--graph", "g.csv")
