import math

import pytest

from qml_core.circuits.resources import draw, resources
from qml_core.encoding_names import own_encodings


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
@pytest.mark.parametrize("entanglement", ["all", "linear", "ring"])
def test_one_repetition_has_the_depth_its_description_says(opened, n, name, entanglement):
    deepest = {"all": 2 * n - 3, "linear": n - 1, "ring": n}[entanglement]
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
