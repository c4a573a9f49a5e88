"""Geometric difference, complexity, alignment, concentration and shots against closed forms."""

import math

import numpy as np
import pytest
import torch
from scipy import linalg
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import polynomial_kernel, rbf_kernel

from qml_core.errors import DataError
from qml_core.evaluation.screen.classical_kernels import (
    ClassicalKernel,
    classical_kernels,
    decomposed,
    standardised,
)
from qml_core.evaluation.screen.complexity import alignment, complexity, targets
from qml_core.evaluation.screen.difference import REGULARISATIONS, least_difference
from qml_core.evaluation.screen.encoded import Encoded, encode
from qml_core.evaluation.screen.kernel_reasons import (
    Rows,
    alignment_reason,
    complexity_reason,
    concentration_reason,
    geometric_difference_reason,
    shots_reason,
)
from qml_core.kernels import kernel_matrix, target_alignment
from qml_core.kernels.geometry import geometric_difference_terms
from qml_core.kernels.opened import open_kernel
from qml_core.specs import BackendSpec, EncodingSpec, KernelSpec

N = 40


def gram(seed, n=N):
    F = np.random.default_rng(seed).normal(size=(n, n // 2))
    return F @ F.T + 0.1 * np.eye(n)


def named(K, name="given"):
    return ClassicalKernel(name, "rbf_svm", decomposed(K))


def of_kernel(K, *states):
    return Encoded(KernelSpec(), states, np.asarray(K), decomposed(K), None)


def labels(seed=0, n=N):
    return np.random.default_rng(seed).integers(0, 2, n).astype(float)


def test_the_classical_kernels_are_those_of_scikit_learn_at_trace_n():
    raw = np.random.default_rng(0).normal(size=(30, 4)) * [1, 10, 100, 0]
    found = {k.name: k.kernel.matrix for k in classical_kernels(raw, raw)}
    Z = standardised(raw)
    assert np.allclose(Z.std(axis=0), [1, 1, 1, 0])
    rbf = [name for name in found if name.startswith("RBF")]
    assert len(rbf) == 12
    median = np.median(linalg.norm(Z[:, None] - Z[None], axis=2)[~np.eye(30, dtype=bool)] ** 2)
    assert np.allclose(found[rbf[4]], rbf_kernel(Z, gamma=1 / median), atol=1e-12)
    poly = polynomial_kernel(Z, degree=3, gamma=1 / 4, coef0=1)
    assert np.allclose(found["polynomial of degree 3"], poly * 30 / np.trace(poly))
    assert all(np.isclose(np.trace(K), 30) for K in found.values())


def test_features_of_the_circuit_add_kernels_where_they_are_others():
    raw = np.random.default_rng(1).normal(size=(12, 5))
    alone = classical_kernels(raw, 3.0 * raw + 1.0)
    both = classical_kernels(raw, raw[:, :2])
    assert len(both) == 2 * len(alone)
    assert both[-1].name.endswith("on the features of the circuit")


def test_a_kernel_that_is_classical_has_geometric_difference_one_up_to_regularisation():
    K = decomposed(gram(0))
    found = least_difference(K, [named(gram(0))])
    k, reg = K.values, found.reg
    assert found.g == pytest.approx(np.max(k / (k + reg)))
    assert found.training_error == pytest.approx(np.max(reg * np.sqrt(k) / (k + reg)))
    assert found.g < 1.0
    assert geometric_difference_terms(K.matrix, K.matrix).generalisation == pytest.approx(1.0)


def test_of_the_identity_it_is_one_over_the_root_of_the_least_eigenvalue():
    K = linalg.toeplitz(0.6 ** np.arange(N))
    found = least_difference(decomposed(np.eye(N)), [named(K)])
    smallest = np.linalg.eigvalsh(K)[0]
    factor = smallest / (smallest + found.reg)  # √c/(c+λ) instead of 1/√c
    assert found.g == pytest.approx(factor / math.sqrt(smallest), rel=0.05)
    assert found.training_error <= 0.1 * math.sqrt(N)


@pytest.mark.parametrize("seed", range(4))
def test_the_least_difference_is_that_of_a_search_with_exact_values(seed):
    quantum = gram(seed)
    kernels = [named(gram(seed + k), str(k)) for k in (10, 20, 30)]
    exact = [
        geometric_difference_terms(quantum, k.kernel.matrix, reg)
        for k in kernels
        for reg in REGULARISATIONS
    ]
    best = min(t.generalisation for t in exact if t.training_error <= 0.1 * math.sqrt(N))
    found = least_difference(decomposed(quantum), kernels)
    assert found.g == pytest.approx(best, rel=0.02)
    terms = geometric_difference_terms(quantum, found.kernel.kernel.matrix, found.reg)
    assert (found.g, found.training_error) == pytest.approx(
        (terms.generalisation, terms.training_error)
    )


def test_complexity_and_training_error_are_those_of_kernel_ridge_regression():
    K, y = decomposed(gram(3)), targets("classification", labels())
    found = complexity(K, y)
    bounds = {}
    for reg in REGULARISATIONS:
        ridge = KernelRidge(alpha=reg, kernel="precomputed").fit(K.matrix, y)
        s = float(np.sum(ridge.dual_coef_ * (K.matrix @ ridge.dual_coef_)))
        residual = float(np.linalg.norm(y - ridge.predict(K.matrix)))
        bounds[reg] = (math.sqrt(s / N) + residual / math.sqrt(N), s)
    best = min(bounds, key=bounds.__getitem__)
    assert found.reg == best
    assert (found.bound, found.s) == pytest.approx(bounds[best], rel=1e-6)


def test_targets_have_norm_n_and_of_one_value_they_are_refused():
    for task, y in (("classification", labels()), ("regression", np.linspace(-1, 5, N))):
        found = targets(task, y)
        assert np.sum(found**2) == pytest.approx(N)
        assert np.allclose(found.mean(axis=0), 0)
    with pytest.raises(DataError, match="one and the same"):
        targets("regression", np.ones(N))


def test_alignment_is_that_of_the_kernels_and_of_values_the_closed_form():
    K, y = gram(4), labels(2)
    assert alignment(K, "classification", y) == pytest.approx(target_alignment(K, y, centered=True))
    values = np.random.default_rng(5).normal(size=N)
    own = np.outer(values - values.mean(), values - values.mean())
    assert alignment(own, "regression", values) == pytest.approx(1.0)
    assert alignment(np.ones((N, N)), "regression", values) == 0.0


def test_a_classical_kernel_posing_as_a_quantum_one_has_every_reason_against_it():
    raw, y = np.random.default_rng(6).normal(size=(N, 3)), labels(6)
    rows = Rows("classification", y, classical_kernels(raw, raw))
    same = of_kernel(rows.simplest[1].kernel.matrix)
    assert geometric_difference_reason(same, rows).against
    assert complexity_reason(same, rows).against
    assert alignment_reason(of_kernel(rows.aligned[1].kernel.matrix), rows).against


def test_a_kernel_of_the_labels_has_none_where_features_are_noise():
    raw, y = np.random.default_rng(7).normal(size=(N, 3)), np.repeat([0.0, 1.0], N // 2)
    rows = Rows("classification", y, classical_kernels(raw, raw))
    ideal = of_kernel(0.5 + 0.5 * np.outer(2 * y - 1, 2 * y - 1))
    reasons = [
        check(ideal, rows)
        for check in (geometric_difference_reason, complexity_reason, alignment_reason)
    ]
    assert not any(reason.against for reason in reasons)
    assert complexity_reason(of_kernel(np.eye(N)), rows).against, "s = N: worth the mean"


def test_haar_random_states_concentrate_at_one_over_d_and_are_near_the_identity():
    def states(qubits):
        rng = np.random.default_rng(8)
        z = rng.normal(size=(N, 2**qubits)) + 1j * rng.normal(size=(N, 2**qubits))
        return z / np.linalg.norm(z, axis=1, keepdims=True)

    for qubits, against in ((1, False), (9, True)):
        z = states(qubits)
        K = np.abs(z @ z.conj().T) ** 2
        # tr(K)²/‖K‖² with E K_ij² = 2/(d(d+1)) off the diagonal
        expected = N / (1 + (N - 1) * 2 / (2**qubits * (2**qubits + 1)))
        reason = concentration_reason(of_kernel(K, torch.from_numpy(z)))
        assert reason.value == pytest.approx(expected, rel=0.15)
        assert reason.against == against
    assert "Haar-random states 0.002 ±" in reason.said


def test_shots_that_leave_more_noise_than_the_entries_differ_by_speak_against():
    signs = np.array([[0, 1, -1, 1], [1, 0, 1, -1], [-1, 1, 0, -1], [1, -1, -1, 0]])
    K = 0.5 + 0.02 * signs + 0.5 * np.eye(4)
    needed = 0.25 / 0.02**2  # m(1−m)/spread²
    few, many = (BackendSpec(name="ibm.ibm_torino", shots=n) for n in (624, 626))
    assert shots_reason(of_kernel(K), few).value == pytest.approx(needed)
    assert shots_reason(of_kernel(K), few).against
    assert not shots_reason(of_kernel(K), many).against
    exact = shots_reason(of_kernel(K), BackendSpec())
    assert (exact.against, exact.limit) == (False, None)


def test_a_constant_kernel_needs_more_shots_than_any_number():
    reason = shots_reason(of_kernel(np.ones((3, 3))), BackendSpec(name="ibm.ibm_torino"))
    assert (reason.against, reason.value) == (True, None)
    assert "no number of shots" in reason.said


@pytest.mark.parametrize("gamma", [1.0, 0.7])
def test_encoded_rows_have_the_kernel_of_the_package_and_of_a_free_gamma_the_best_rated(gamma):
    X = np.random.default_rng(9).normal(size=(10, 3))
    for kind in ("fidelity", "projected"):
        spec = KernelSpec(encoding=EncodingSpec(bandwidth=0.5), kind=kind)
        if kind == "projected":
            spec = spec.model_copy(update={"gamma": gamma})
        seen = []
        found = encode(
            open_kernel(spec, BackendSpec(), 3), spec, X, lambda K, s=seen: s.append(K) or K.sum()
        )
        assert np.allclose(found.entries, kernel_matrix(X, kernel=found.spec), atol=1e-12)
        free = kind == "projected" and gamma == 1.0
        assert len(seen) == (7 if free else kind == "projected")
        if free:
            assert found.entries.sum() == max(K.sum() for K in seen)
        else:
            assert found.spec == spec


def test_shots_of_a_projected_kernel_are_those_of_its_bloch_vectors():
    bloch = np.array([[0.6, 0.0, 0.2], [0.4, 0.0, 0.2]])
    encoded = Encoded(KernelSpec(kind="projected"), (), np.eye(2), decomposed(np.eye(2)), bloch)
    noise = (1 - (0.36 + 0.16) / 2) + 1.0 + (1 - 0.04)
    assert encoded.shots == pytest.approx(noise / 0.01)
