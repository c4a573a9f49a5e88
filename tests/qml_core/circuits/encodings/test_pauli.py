import numpy as np
import pytest
from qiskit.circuit.library import pauli_feature_map
from qiskit.quantum_info import Statevector

from qml_core.errors import SpecError

QISKIT = {"all": "full", "linear": "linear", "ring": "circular"}
STRINGS = [
    ("Z",),
    ("Z", "ZZ"),
    ("X", "Z"),
    ("Y", "XX"),
    ("Z", "YY"),
    ("Z", "XY"),
    ("YX", "ZY"),
    ("Z", "ZZ", "ZZZ"),
    ("Y", "XYZ"),
]


@pytest.mark.parametrize("entanglement", QISKIT)
@pytest.mark.parametrize("paulis", STRINGS, ids="+".join)
@pytest.mark.parametrize("features", [3, 4])
def test_states_agree_with_qiskits_pauli_feature_map(
    opened, states, distance, rng, features, paulis, entanglement
):
    X = rng.uniform(-np.pi, 2 * np.pi, size=(2, features))
    circuit = pauli_feature_map(
        features, reps=2, paulis=list(paulis), entanglement=QISKIT[entanglement]
    )
    found = states(opened("pauli", features, paulis=paulis, entanglement=entanglement), X)
    for x, state in zip(X, found, strict=True):
        qiskit = Statevector(circuit.assign_parameters(x).reverse_bits()).data
        assert distance(state, qiskit) < 1e-12


def test_two_qubits_in_a_ring_agree_with_qiskits_circular(opened, states, distance, rng):
    x = rng.normal(size=2)
    circuit = pauli_feature_map(2, paulis=["Z", "XY"], entanglement="circular")
    qiskit = Statevector(circuit.assign_parameters(x).reverse_bits()).data
    found = states(opened("pauli", 2, paulis=("Z", "XY"), entanglement="ring"), x)
    assert distance(found, qiskit) < 1e-12


@pytest.mark.parametrize("paulis", STRINGS, ids="+".join)
def test_states_agree_with_matrix_exponentials(opened, states, reference, distance, rng, paulis):
    x = rng.uniform(0, 2 * np.pi, size=3)
    groups = {1: [(0,), (1,), (2,)], 2: [(0, 1), (1, 2)], 3: [(0, 1, 2)]}
    expected = reference(3)
    for _ in range(2):
        expected.hadamards()
        for string in paulis:
            for group in groups[len(string)]:
                values = x[list(group)]
                phase = values[0] if len(group) == 1 else np.prod(np.pi - values)
                expected.evolve(phase * expected.string(string[::-1], group))
    found = states(opened("pauli", 3, paulis=paulis, entanglement="linear"), x)
    assert distance(found, expected.state) < 1e-12


def test_the_default_strings_are_the_zz_encoding(opened, states, rng):
    X = rng.normal(size=(3, 4))
    found = states(opened("pauli", 4), X)
    np.testing.assert_allclose(found, states(opened("zz", 4), X), rtol=0, atol=1e-15)


def test_a_string_longer_than_the_register_is_refused(opened):
    with pytest.raises(SpecError, match="'ZZZ' on 3 qubits, features=2"):
        opened("pauli", 2, paulis=("Z", "ZZZ"))
