import numpy as np
import pytest
from qiskit.circuit.library import zz_feature_map
from qiskit.quantum_info import Statevector

from qml_core.errors import SpecError

QISKIT = {"all": "full", "linear": "linear", "ring": "circular"}


@pytest.mark.parametrize("entanglement", QISKIT)
@pytest.mark.parametrize(("features", "reps"), [(2, 1), (2, 2), (3, 2), (5, 3)])
def test_states_agree_with_qiskits_zz_feature_map(
    opened, states, distance, rng, features, reps, entanglement
):
    X = rng.uniform(-np.pi, 2 * np.pi, size=(3, features))
    circuit = zz_feature_map(features, reps=reps, entanglement=QISKIT[entanglement])
    found = states(opened("zz", features, reps=reps, entanglement=entanglement), X)
    for x, state in zip(X, found, strict=True):
        qiskit = Statevector(circuit.assign_parameters(x).reverse_bits()).data
        assert distance(state, qiskit) < 1e-12


@pytest.mark.parametrize(
    ("entanglement", "pairs"),
    [
        ("all", [(0, 1), (0, 2), (1, 2)]),
        ("linear", [(0, 1), (1, 2)]),
        ("ring", [(0, 1), (1, 2), (2, 0)]),
    ],
)
def test_states_agree_with_matrix_exponentials(
    opened, states, reference, distance, rng, entanglement, pairs
):
    x = rng.uniform(0, 2 * np.pi, size=3)
    expected = reference(3)
    for _ in range(2):
        expected.hadamards()
        for i in range(3):
            expected.evolve(x[i] * expected.string("Z", (i,)))
        for i, j in pairs:
            expected.evolve((np.pi - x[i]) * (np.pi - x[j]) * expected.string("ZZ", (i, j)))
    found = states(opened("zz", 3, entanglement=entanglement), x)
    assert distance(found, expected.state) < 1e-12


def test_a_single_feature_is_refused(opened):
    with pytest.raises(SpecError, match="at least 2 features, found 1"):
        opened("zz", 1)
