"""docs/ansatze.md: its code runs, and its ansatz can be trained."""

import re
from pathlib import Path

import numpy as np
import pytest

from qml_core.ansatz_names import own_ansatze
from qml_core.circuits.ansatze import get
from qml_core.circuits.encodings import open_encoding
from qml_core.circuits.resources import draw
from qml_core.circuits.variational import VariationalCircuit, open_circuit
from qml_core.simulation.circuit import Circuit
from qml_core.simulation.reference import reference_states
from qml_core.specs import EncodingSpec
from qml_core.specs.circuit import CircuitSpec

PAGE = (Path(__file__).resolve().parents[4] / "docs/ansatze.md").read_text()
CODE = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_count_of_zero_gradients_is_the_one_that_is_printed(capsys):
    (code,) = [block for block in CODE if "print(" in block]
    (said,) = re.findall(r"print\(.*\)  # (.*)", code)
    exec(code, {})
    assert capsys.readouterr().out.strip() == said


def test_the_new_ansatz_of_the_page_is_a_circuit_that_the_engine_traces():
    (code,) = [block for block in CODE if "ANSATZ = " in block]
    names = {}
    exec(code, names)
    encoding = open_encoding(EncodingSpec(name="angle"), 3)
    circuit = VariationalCircuit(encoding, names["ANSATZ"], 2, mirrored=True)
    X, theta = np.array([[0.1, 0.5, 0.9], [0.3, 0.2, 0.7]]), np.arange(6.0)
    engine = Circuit(circuit, 3, (True, False))
    truth = reference_states(lambda x: circuit(x, theta), X, 3, "default.qubit")
    np.testing.assert_allclose(engine.states(X, theta), truth, atol=1e-12)


def test_every_ansatz_has_a_row():
    rows = re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE)
    assert set(own_ansatze()) <= set(rows)


@pytest.mark.parametrize("name", [n for n in own_ansatze() if not get(n).reuploads])
def test_drawings_are_those_of_the_program(name):
    circuit = open_circuit(CircuitSpec(ansatz=name, encoding=EncodingSpec(name="angle")), 4)
    for line in draw(circuit).splitlines()[:4]:
        assert line.strip() in PAGE
