import numpy as np
import pytest


def chain(reference, j):
    return sum(reference.string(2 * letter, (j, j + 1)) for letter in "XYZ")


def start(reference, n, seed):
    """The initial product state, each qubit from its Bloch vector's projector."""
    found = reference(n)
    draws = np.random.default_rng(seed).random((n, 2))
    for wire, (u, v) in enumerate(draws):
        zero, one = np.sqrt(1 - u), np.sqrt(u) * np.exp(2j * np.pi * v)
        found.one_qubit(np.array([[zero, -one.conjugate()], [one, zero]]), wire)
    return found


@pytest.mark.parametrize(("reps", "time", "seed"), [(1, 1.0, 0), (3, 0.7, 5), (2, 2.5, 2**32 - 1)])
def test_states_agree_with_matrix_exponentials(
    opened, states, reference, distance, rng, reps, time, seed
):
    x = rng.normal(size=3)
    expected = start(reference, 4, seed)
    for _ in range(reps):
        for j in range(3):
            expected.evolve(time / reps * x[j] * chain(expected, j))
    found = states(opened("hamiltonian", 3, reps=reps, time=time, state_seed=seed), x)
    assert distance(found, expected.state) < 1e-12


def test_many_trotter_steps_approach_the_exact_evolution_as_one_over_t(
    opened, states, reference, distance, rng
):
    x = rng.normal(size=2)
    exact = start(reference, 3, 0)
    exact.evolve(x[0] * chain(exact, 0) + x[1] * chain(exact, 1))
    error = [distance(states(opened("hamiltonian", 2, reps=r), x), exact.state) for r in (32, 64)]
    assert error[1] < 0.02
    assert error[0] / error[1] == pytest.approx(2, rel=0.1)


def test_initial_states_cover_the_bloch_sphere_uniformly(opened, states):
    qubits = [
        states(opened("hamiltonian", 1, reps=1, state_seed=seed), np.zeros(1))
        for seed in range(400)
    ]
    density = np.array([np.outer(q, q.conj()).reshape(2, 2, 2, 2) for q in qubits])
    one = np.einsum("niaja->nij", density)
    bloch = np.stack(
        [2 * one[:, 0, 1].real, -2 * one[:, 0, 1].imag, (one[:, 0, 0] - one[:, 1, 1]).real]
    )
    np.testing.assert_allclose((bloch**2).sum(axis=0), 1, atol=1e-12)
    np.testing.assert_allclose(bloch.mean(axis=1), 0, atol=4 / np.sqrt(3 * 400))
    np.testing.assert_allclose(bloch @ bloch.T / 400, np.eye(3) / 3, atol=0.06)


def test_the_seed_chooses_the_initial_state(opened, states):
    first, again, other = (
        states(opened("hamiltonian", 2, state_seed=seed), np.ones(2)) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert abs(np.vdot(first, other)) < 0.99
