"""QUBO and Ising files: dense CSV, rows `i j value`, JSON."""

import json

import numpy as np
import pytest

from qml_core.errors import DataError, SpecError
from qml_core.optimisation.problems.ising import Ising
from qml_core.optimisation.problems.qubo_files import read_ising, read_qubo

Q = np.array([[1.0, -2.0, 0.0], [-2.0, 0.1, 3.0], [0.0, 3.0, 0.0]])
UPPER = [[0, 0, 1.0], [0, 1, -4.0], [1, 1, 0.1], [1, 2, 6.0]]


@pytest.mark.parametrize(
    ("suffix", "data"),
    [
        (".csv", "1,-2,0\n-2,0.1,3\n0,3,0\n"),
        (".csv", "\ufeff1, -4, 0\r\n0, 1e-1, 6\r\n0, 0, 0\r\n"),
        (".txt", "# i j value\n0 0 1\n0 1 -4\n\n1 1 0.1\n1 2 6\n"),
        (".qubo", "0 0 1\n1 0 -4\n1 1 0.1\n1\t2\t6"),
        (".json", json.dumps(Q.tolist())),
        (".json", json.dumps({"matrix": Q.tolist(), "constant": 0})),
        (".json", json.dumps({"entries": UPPER})),
    ],
)
def test_every_format_gives_the_same_polynomial(suffix, data):
    assert read_qubo(data.encode(), suffix, "q") == Ising.from_qubo(Q)


def test_a_constant_is_added():
    data = json.dumps({"entries": UPPER, "constant": 2.5}).encode()
    assert read_qubo(data, ".json", "q") == Ising.from_qubo(Q, 2.5)


@pytest.mark.parametrize(
    ("suffix", "data", "error", "message"),
    [
        (".csv", "1,2\n3,4\n", SpecError, "neither symmetric nor triangular: row 0, column 1"),
        (".csv", "1,2\n2\n", DataError, r"row 1 \(from 0\) of q has 1 columns"),
        (".csv", "1,2\n", DataError, r"row 0 \(from 0\) of q has 2 columns, the matrix has 1"),
        (".csv", "1,nan\nnan,1\n", DataError, "row 0, column 1 .* is 'nan'"),
        (".csv", "1,\n2,1\n", DataError, "row 0, column 1 .* is ''"),
        (".csv", "a,b\n1,2\n", DataError, "row 0, column 0 .* is 'a'"),
        (".csv", "", SpecError, "shape"),
        (".txt", "0 1\n", DataError, "line 1 of q has 2 columns, needed: i j value"),
        (".txt", "0 0 1\n0 x 1\n", DataError, "j in line 2 of q is 'x'"),
        (".txt", "-1 0 1\n", DataError, "i in line 1 of q is '-1'"),
        (".txt", "0 1.0 1\n", DataError, "j in line 1 of q is '1.0'"),
        (".txt", f"0 {9:0>5000} 1\n", DataError, "j in line 1"),
        (".json", f'{{"entries": [[0, 0, 1{0:0>400}]]}}', DataError, "value in entry 0"),
        (".txt", "0 0 inf\n", DataError, "value in line 1 of q is 'inf'"),
        (".txt", "0 1 1\n0 1 2\n", DataError, "line 2 of q repeats i=0, j=1"),
        (".txt", "0 1 1\n1 0 2\n", SpecError, "neither symmetric nor triangular"),
        (".txt", "0 0 1\n2 2 1\n", SpecError, "no entry for index 1"),
        (".txt", "1 2 1\n", SpecError, "no entry for index 0"),
        (".txt", "# nothing\n", SpecError, "no entry for index 0"),
        (".json", "{", DataError, "q is no JSON"),
        (".json", "3", DataError, "q holds int"),
        (".json", '{"matrix": [[1]], "offset": 1}', DataError, "offset"),
        (".json", '{"matrix": [[1]], "entries": []}', DataError, "either matrix or entries"),
        (".json", "{}", DataError, "either matrix or entries"),
        (".json", '{"matrix": [[NaN]]}', SpecError, "row 0, column 0 .* is nan"),
        (".json", '{"matrix": [[1, 2]]}', SpecError, r"shape \(1, 2\)"),
        (".json", '{"matrix": 5}', SpecError, r"shape \(\)"),
        (".json", '{"matrix": {"a": 1}}', SpecError, "entry 'a' given"),
        (".json", '{"entries": [[0, 0]]}', DataError, "no list of lists of 3"),
        (".json", '{"entries": [[0, true, 1]]}', DataError, "j in entry 0 .* is True"),
        (".json", '{"entries": [[0, 0, null]]}', DataError, "value in entry 0 .* is None"),
        (".json", '{"matrix": [[1]], "constant": "x"}', DataError, "constant of q is 'x'"),
    ],
)
def test_bad_files_are_refused_with_the_place(suffix, data, error, message):
    with pytest.raises(error, match=message) as caught:
        read_qubo(data.encode(), suffix, "q")
    assert caught.value.remedy


def test_an_ising_file_holds_terms_of_any_degree():
    data = {"terms": [[[2, 0], 1.5], [[1], -1], [[0, 1, 2], 0.25], [[], 1]], "constant": 2}
    expected = Ising(3, {(): 3.0, (0, 2): 1.5, (1,): -1.0, (0, 1, 2): 0.25})
    assert read_ising(json.dumps(data).encode(), "i") == expected


def test_wires_without_terms_are_declared():
    assert read_ising(b'{"terms": [[[1], 1]], "n_qubits": 4}', "i") == Ising(4, {(1,): 1.0})


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ('{"terms": [[[2], 1], [[0], 1]]}', DataError, "no term on wire 1 of 3"),
        ('{"terms": [[[0, 1], 1], [[1, 0], 1]]}', DataError, r"the term \[0, 1\] twice"),
        ('{"terms": [[[0, 0], 1]]}', SpecError, "Z·Z is 1"),
        ('{"terms": [[[0], NaN]]}', DataError, r"coefficient of term \[0\] of i is nan"),
        ('{"terms": [[0, 1]]}', DataError, "a list of wires"),
        ('{"terms": [[[-1], 1]]}', DataError, "a wire of term"),
        ('{"terms": [[["0"], 1]], "n_qubits": -1}', DataError, "n_qubits of i is -1"),
        ('{"terms": [[[3], 1]], "n_qubits": 2}', SpecError, r"term on wires \(3,\)"),
        ('{"terms": [], "n_qubits": 5000}', SpecError, "limits: 1 and 4096"),
        ('{"terms": []}', SpecError, "polynomial of 0 qubits"),
        ('{"terms": {}}', DataError, "no list of lists of 2"),
        ("[]", DataError, "i holds list"),
        ('{"h": {}}', DataError, "needed: an object of"),
        ('{"terms": [[[0], 1]], "constant": Infinity}', DataError, "constant of i is inf"),
    ],
)
def test_bad_ising_files_are_refused(data, error, message):
    with pytest.raises(error, match=message):
        read_ising(data.encode(), "i")
