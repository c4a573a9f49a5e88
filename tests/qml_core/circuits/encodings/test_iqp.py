import numpy as np
import pennylane as qml
import pytest

PAIRS = {
    "all": [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)],
    "linear": [(0, 1), (1, 2), (2, 3)],
    "ring": [(0, 1), (1, 2), (2, 3), (3, 0)],
}


@pytest.mark.parametrize("entanglement", PAIRS)
@pytest.mark.parametrize("reps", [1, 3])
def test_states_agree_with_pennylanes_iqp_embedding(opened, states, rng, entanglement, reps):
    X = rng.normal(size=(5, 4))

    @qml.qnode(qml.device("default.qubit", wires=4))
    def pennylane():
        qml.IQPEmbedding(X, wires=range(4), n_repeats=reps, pattern=PAIRS[entanglement])
        return qml.state()

    found = states(opened("iqp", 4, reps=reps, entanglement=entanglement), X)
    np.testing.assert_allclose(found, pennylane(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("entanglement", PAIRS)
def test_states_agree_with_matrix_exponentials(opened, states, reference, rng, entanglement):
    x = rng.normal(size=4)
    expected = reference(4)
    for _ in range(2):
        expected.hadamards()
        for i in range(4):
            expected.evolve(x[i] / 2 * expected.string("Z", (i,)))
        for i, j in PAIRS[entanglement]:
            expected.evolve(x[i] * x[j] / 2 * expected.string("ZZ", (i, j)))
    found = states(opened("iqp", 4, entanglement=entanglement), x)
    np.testing.assert_allclose(found, expected.state, rtol=0, atol=1e-12)


@pytest.mark.parametrize("entanglement", PAIRS)
def test_two_qubits_make_one_pair_whatever_the_entanglement(opened, states, rng, entanglement):
    x = rng.normal(size=2)
    found = states(opened("iqp", 2, entanglement=entanglement), x)
    np.testing.assert_allclose(found, states(opened("iqp", 2), x), rtol=0, atol=1e-15)


def test_one_feature_has_no_pair(opened, states):
    found = states(opened("iqp", 1, reps=1), np.array([0.7]))
    expected = np.exp([-0.35j, 0.35j]) / np.sqrt(2)
    np.testing.assert_allclose(found, expected, atol=1e-15)
