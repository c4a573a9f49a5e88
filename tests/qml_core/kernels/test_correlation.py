import numpy as np

from qml_core.kernels.correlation import nearest_correlation


def test_the_tridiagonal_example_of_higham_2002_comes_out_as_published():
    A = 2 * np.eye(4) - np.eye(4, k=1) - np.eye(4, k=-1)
    found = nearest_correlation(A)
    published = [
        [1, -0.8084, 0.1916, 0.1068],
        [-0.8084, 1, -0.6562, 0.1916],
        [0.1916, -0.6562, 1, -0.8084],
        [0.1068, 0.1916, -0.8084, 1],
    ]
    assert found.converged
    np.testing.assert_allclose(found.matrix, published, atol=5e-5)


def test_an_iteration_that_is_cut_short_says_so():
    A = np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]])
    found = nearest_correlation(A, max_iterations=3)
    assert not found.converged
    assert found.iterations == 3
    assert found.change > 1e-8
