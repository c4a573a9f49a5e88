import math

import pytest

from qml_core.ansatz_names import own_ansatze
from qml_core.circuits.resources import draw, resources
from qml_core.circuits.variational import open_circuit
from qml_core.encoding_names import own_encodings
from qml_core.specs import EncodingSpec
from qml_core.specs.circuit import CircuitSpec


@pytest.mark.parametrize("n", [2, 3, 6])
@pytest.mark.parametrize("reps", [1, 3])
def test_gates_of_iqp_are_counted(opened, n, reps):
    found = resources(opened("iqp", n, reps=reps))
    pairs = math.comb(n, 2)
    assert found.n_qubits == n
    assert found.gates == {"Hadamard": reps * n, "IsingZZ": reps * pairs, "RZ": reps * n}
    assert (found.one_qubit, found.two_qubit, found.multi_qubit) == (2 * reps * n, reps * pairs, 0)


@pytest.mark.parametrize("n", [3, 4, 7])
@pytest.mark.parametrize("name", ["iqp", "zz"])
@pytest.mark.parametrize("entanglement", ["all", "linear", "ring", "none"])
def test_one_repetition_has_the_depth_its_description_says(opened, n, name, entanglement):
    deepest = {"all": 2 * n - 3, "linear": n - 1, "ring": n, "none": 0}[entanglement]
    assert resources(opened(name, n, reps=1, entanglement=entanglement)).depth == 2 + deepest
    assert resources(opened(name, n, reps=3, entanglement=entanglement)).depth <= 3 * (2 + deepest)


@pytest.mark.parametrize(("rotation", "depth"), [("X", 1), ("Y", 1), ("Z", 2)])
def test_depth_of_the_angle_encoding(opened, rotation, depth):
    assert resources(opened("angle", 5, rotation=rotation)).depth == depth


def test_depth_of_the_hamiltonian_encoding_is_within_its_bound(opened):
    assert resources(opened("hamiltonian", 4, reps=1)).depth == 2 + 3 * 4
    assert resources(opened("hamiltonian", 4, reps=5)).depth <= 2 + 3 * 4 * 5


def test_gates_on_three_qubits_are_counted_apart(opened):
    found = resources(opened("pauli", 4, reps=1, paulis=("ZZZ",)))
    assert found.gates == {"Hadamard": 4, "MultiRZ": 4}
    assert (found.two_qubit, found.multi_qubit) == (0, 4)


@pytest.mark.parametrize("name", own_encodings())
def test_every_encoding_is_drawn_with_a_line_per_qubit(opened, name):
    encoding = opened(name, 3)
    lines = draw(encoding).splitlines()
    for wire in encoding.wires:
        assert sum(line.startswith(f"{wire}:") for line in lines) == 1


def test_only_the_first_repetition_is_drawn_and_it_says_so(opened):
    text = draw(opened("iqp", 2, reps=5))
    assert text.count("H") == 2
    assert text.endswith("1 of 5 repetitions")
    assert "repetitions" not in draw(opened("iqp", 2, reps=1))


def test_a_drawing_keeps_its_width(opened):
    assert max(map(len, draw(opened("iqp", 8), width=60).splitlines())) <= 60


def variational(n, *, mirrored=False, reps=2, **fields):
    spec = CircuitSpec(encoding=EncodingSpec(name="iqp", reps=reps), **fields)
    return open_circuit(spec, n, mirrored)


def test_gates_of_encoding_and_layers_are_counted_together():
    found = resources(variational(4, layers=3))
    encoding = {"Hadamard": 8, "IsingZZ": 12, "RZ": 8}
    layers = {"CNOT": 12, "RX": 12, "RY": 12, "RZ": 12}
    total = {name: encoding.get(name, 0) + layers.get(name, 0) for name in encoding | layers}
    assert found.gates == dict(sorted(total.items()))
    assert (found.n_qubits, found.one_qubit, found.two_qubit) == (4, 16 + 36, 12 + 12)


def test_a_mirror_has_the_gates_of_its_layer():
    assert resources(variational(4, mirrored=True)).gates == resources(variational(4)).gates


@pytest.mark.parametrize("name", own_ansatze())
def test_every_ansatz_is_drawn_with_a_line_per_qubit(name):
    lines = draw(variational(4, ansatz=name), width=500).splitlines()
    assert [line[:2] for line in lines[:4]] == ["0:", "1:", "2:", "3:"]
    assert lines[4:] == ["1 of 2 repetitions", "1 of 2 layers"]


def test_of_layers_the_first_is_drawn_or_the_first_with_its_mirror():
    once = draw(variational(2, layers=1, reps=1), width=500)
    assert once.count("RX") == 2
    assert "layers" not in once
    mirrored = draw(variational(2, layers=4, reps=1, mirrored=True), width=500)
    assert mirrored.count("RX") == 4
    assert mirrored.endswith("2 of 4 layers")
