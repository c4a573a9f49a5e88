"""Randomised measurements give the kernel without bias, and know their error and their price."""

import numpy as np
import pennylane as qml
import pytest

from qml_core.circuits.encodings import open_encoding
from qml_core.errors import JobFailed
from qml_core.hardware.randomised import (
    basis_circuits,
    cross_fidelities,
    crossover,
    expected_error,
    frequencies,
    kernel,
    purities,
    random_bases,
)
from qml_core.kernels import kernel_matrix
from qml_core.specs import EncodingSpec, KernelSpec


def probabilities(states, angles):
    """(rows, bases, 2^n) of states (rows, 2^n) measured in bases (bases, n, 2)."""
    n = angles.shape[1]
    found = []
    for basis in angles:
        turned = states.reshape(-1, *[2] * n)
        for q, (phi, theta) in enumerate(basis):
            c, s = np.cos(theta / 2), np.sin(theta / 2)
            turn = np.array([[c, -s], [s, c]]) @ np.diag(np.exp([-0.5j * phi, 0.5j * phi]))
            turned = np.moveaxis(np.tensordot(turn, turned, axes=(1, q + 1)), 0, q + 1)
        found.append(np.abs(turned.reshape(len(states), -1)) ** 2)
    return np.stack(found, axis=1)


def random_states(rows, n, rng):
    states = rng.standard_normal((rows, 2**n)) + 1j * rng.standard_normal((rows, 2**n))
    return states / np.linalg.norm(states, axis=1, keepdims=True)


@pytest.mark.parametrize("n", [2, 3])
def test_entries_and_purities_are_unbiased(n):
    rng = np.random.default_rng(20)
    X, spec = rng.uniform(0, 1, (4, n)), EncodingSpec(name="iqp", reps=1)
    encoding = open_encoding(spec, n)
    truth = kernel_matrix(X, kernel=KernelSpec(encoding=spec))
    states = np.array([qml.matrix(encoding.__call__, wire_order=range(n))(x)[:, 0] for x in X])
    shots, bases = 40, 6000  # few shots: a shot paired with itself would show
    P = probabilities(states, random_bases(n, bases, rng))
    F = rng.multinomial(shots, P / P.sum(-1, keepdims=True)) / shots
    K, errors = kernel(F, shots)
    assert (np.abs(K - truth) < 5 * errors).all()
    assert errors.max() < 0.05
    rectangular, _ = cross_fidelities(F[:2], F[2:])
    np.testing.assert_allclose(rectangular, K[:2, 2:])


def test_the_circuits_measure_what_the_estimate_assumes():
    rng, n = np.random.default_rng(21), 2
    X, spec = rng.uniform(0, 1, (3, n)), EncodingSpec(name="zz")
    angles = random_bases(n, 300, rng)
    circuits = basis_circuits(open_encoding(spec, n), X, angles)
    assert len(circuits) == 900
    tapes = [qml.tape.QuantumScript(c.operations, [qml.probs(wires=range(n))]) for c in circuits]
    P = np.array(qml.execute(tapes, qml.device("default.qubit")))
    shots = 500
    counts = [
        {f"{k:02b}": int(v) for k, v in enumerate(rng.multinomial(shots, p / p.sum())) if v}
        for p in P
    ]
    F, found_shots = frequencies(counts, rows=3, n_qubits=n)
    assert (F.shape, found_shots) == ((3, 300, 4), shots)
    K, errors = kernel(F, shots)
    truth = kernel_matrix(X, kernel=KernelSpec(encoding=spec))
    assert (np.abs(K - truth) < 5 * errors).all()


def test_bases_are_haar_random_directions():
    angles = random_bases(3, 20_000, np.random.default_rng(22))
    z = np.cos(angles[..., 1])
    assert abs(z.mean()) < 0.01
    assert (z**2).mean() == pytest.approx(1 / 3, abs=0.01)
    assert (z**4).mean() == pytest.approx(1 / 5, abs=0.01)
    assert abs(np.cos(angles[..., 0]).mean()) < 0.01


def test_a_shot_is_never_paired_with_itself():
    F = np.array([[[0.5, 0.5]]])  # two shots, different: d (-2)^-1 for their one pair
    assert purities(F, 2)[0][0] == pytest.approx(2 * -0.5)


def test_a_mixed_state_shows_in_its_purity():
    rng, shots = np.random.default_rng(23), 100
    F = rng.multinomial(shots, np.full((1, 2000, 4), 0.25)) / shots
    value, error = purities(F, shots)
    assert abs(value[0] - 0.25) < 5 * error[0]


def test_the_standard_error_is_the_spread_of_many_sets_of_bases():
    rng, n, shots, bases = np.random.default_rng(24), 2, 50, 40
    states = random_states(2, n, rng)
    values, errors = [], []
    for _ in range(300):
        P = probabilities(states, random_bases(n, bases, rng))
        F = rng.multinomial(shots, P / P.sum(-1, keepdims=True)) / shots
        K, e = kernel(F, shots)
        values.append(K)
        errors.append(e)
    np.testing.assert_allclose(np.std(values, axis=0), np.mean(errors, axis=0), rtol=0.2)


@pytest.mark.parametrize(("n", "shots"), [(1, 10), (2, 20), (3, 1000)])
def test_the_expected_error_is_that_of_random_states(n, shots):
    rng, rows = np.random.default_rng(25), 60
    states = random_states(2 * rows, n, rng)
    P = probabilities(states, random_bases(n, 60, rng))
    F = rng.multinomial(shots, P / P.sum(-1, keepdims=True)) / shots
    K, _ = cross_fidelities(F[:rows], F[rows:])
    truth = np.abs(states[:rows].conj() @ states[rows:].T) ** 2
    spread = np.sqrt(np.mean((K - truth) ** 2))
    assert spread == pytest.approx(expected_error(n, shots, 60), rel=0.15)


def test_the_crossover_says_where_the_method_pays():
    found = crossover(4, rows=100, shots=1024, bases=64)
    assert (found.circuits, found.shots) == (6400, 6400 * 1024)
    assert found.pair_circuits == 5050
    assert found.rows_for_circuits == 128
    for n, rows in (("circuits", found.rows_for_circuits), ("shots", found.rows_for_shots)):
        for number, pays in ((rows - 1, False), (rows, True)):
            at = crossover(4, number, 1024, 64)
            assert (getattr(at, n) < getattr(at, f"pair_{n}")) == pays
    assert "fewer circuits from 128 rows on" in str(found)
    assert 1000 < found.rows_for_shots < 10_000


def test_circuits_with_other_shots_are_refused():
    with pytest.raises(JobFailed, match="equal shots"):
        frequencies([{"0": 4}, {"1": 5}], 1, 1)
    with pytest.raises(JobFailed, match="2 rows"):
        frequencies([{"0": 4}] * 3, 2, 1)
