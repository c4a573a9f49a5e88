import numpy as np
import pennylane as qml
import pytest


@pytest.mark.parametrize("rotation", ["X", "Y", "Z"])
def test_each_rotation_has_the_product_kernel_of_squared_cosines(opened, states, rng, rotation):
    X = rng.normal(size=(6, 3))
    found = states(opened("angle", 3, rotation=rotation), X)
    expected = np.prod(np.cos((X[:, None] - X[None]) / 2) ** 2, axis=-1)
    np.testing.assert_allclose(np.abs(found @ found.conj().T) ** 2, expected, atol=1e-14)


@pytest.mark.parametrize("rotation", ["X", "Y", "Z"])
def test_states_agree_with_matrix_exponentials(opened, states, reference, rng, rotation):
    x = rng.normal(size=3)
    expected = reference(3)
    if rotation == "Z":
        expected.hadamards()
    for i in range(3):
        expected.evolve(x[i] / 2 * expected.string(rotation, (i,)))
    found = states(opened("angle", 3, rotation=rotation), x)
    np.testing.assert_allclose(found, expected.state, atol=1e-14)


@pytest.mark.parametrize("rotation", ["X", "Y"])
def test_states_agree_with_pennylanes_angle_embedding(opened, states, rng, rotation):
    x = rng.normal(size=4)

    @qml.qnode(qml.device("default.qubit", wires=4))
    def pennylane():
        qml.AngleEmbedding(x, wires=range(4), rotation=rotation)
        return qml.state()

    found = states(opened("angle", 4, rotation=rotation), x)
    np.testing.assert_allclose(found, pennylane(), atol=1e-15)


def test_kernel_equals_the_numbers_of_pennylanes_documentation(opened, states):
    X = np.random.default_rng(1234).random((4, 2))
    found = states(opened("angle", 2), X)
    kernel = np.abs(found @ found.conj().T) ** 2
    upper = [0.9957817, 0.88043387, 0.87011008, 0.90680189, 0.88760331, 0.98850996]
    np.testing.assert_allclose(kernel[np.triu_indices(4, 1)], upper, atol=1e-8)
