"""Fourier features span what a circuit can say, and are its kernel where that is known."""

import numpy as np
import pennylane as qml
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC

from qml_core.circuits.encodings import open_encoding
from qml_core.circuits.variational import open_circuit
from qml_core.errors import SpecError
from qml_core.evaluation.contestants.fourier import FourierFeatures, fourier_estimator
from qml_core.evaluation.contestants.spectrum import circuit_spectrum, drawn_frequencies
from qml_core.kernels import kernel_matrix
from qml_core.specs import EncodingSpec, KernelSpec, ModelSpec
from qml_core.specs.circuit import CircuitSpec

ENCODINGS = [
    (EncodingSpec(name="angle", rotation="X", bandwidth=0.8), 3),
    (EncodingSpec(name="angle", rotation="Z"), 2),
    (EncodingSpec(name="iqp", reps=1), 3),
    (EncodingSpec(name="iqp", reps=2, weights=(0.5, 1.0)), 2),
    (EncodingSpec(name="iqp", reps=2, entanglement="none"), 3),
    (EncodingSpec(name="zz", reps=2, bandwidth=0.3), 2),
    (EncodingSpec(name="pauli", reps=1, paulis=("Z", "XY")), 3),
    (EncodingSpec(name="pauli", reps=1, paulis=("Y", "XX")), 2),
    (EncodingSpec(name="pauli", reps=1, paulis=("ZZZ", "X")), 3),
]
small = pytest.mark.parametrize(("spec", "d"), ENCODINGS, ids=lambda v: getattr(v, "name", v))
KERNELS = [  # of which the features are the fidelity kernel itself
    (EncodingSpec(name="angle", bandwidth=0.6), 4),
    (EncodingSpec(name="iqp", reps=1, bandwidth=0.7), 3),
    (EncodingSpec(name="zz", reps=1), 3),
    (EncodingSpec(name="iqp", reps=1, entanglement="none"), 4),
]


def residual(F, outputs):
    """Largest error of the best linear combinations of features (n, p) for outputs (n, k)."""
    return np.abs(F @ np.linalg.lstsq(F, outputs, rcond=None)[0] - outputs).max()


def outputs_of(encoding, X, rng):
    """Expectation values (n, 6) of random observables."""
    matrices = rng.normal(size=(6, 2, *[2**encoding.n_qubits] * 2))
    complex_ = matrices[:, 0] + 1j * matrices[:, 1]
    observables = [qml.Hermitian(m + m.conj().T, wires=encoding.wires) for m in complex_]

    @qml.qnode(qml.device("default.qubit", wires=encoding.n_qubits))
    def circuit():
        encoding(X)
        return [qml.expval(observable) for observable in observables]

    return np.array(circuit()).T


@small
def test_all_frequencies_span_every_output_of_the_circuit(spec, d):
    rng = np.random.default_rng(0)
    features = FourierFeatures(spec, d, count=20_000)
    n = 2 * features.fit(np.zeros((1, d))).transform(np.zeros((1, d))).shape[1] + 20
    X = rng.uniform(-2, 2, size=(n, d))
    assert features.exhaustive_
    outputs = outputs_of(open_encoding(spec, d), X, rng)
    assert residual(features.transform(X), outputs) < 1e-9
    assert outputs.std() > 0.1


def test_with_a_frequency_missing_they_do_not():
    rng = np.random.default_rng(0)
    spec = EncodingSpec(name="iqp", reps=1)
    features = FourierFeatures(spec, 2, count=100).fit(np.zeros((1, 2)))
    features.frequencies_, features.shares_ = features.frequencies_[:-1], features.shares_[:-1]
    X = rng.uniform(-2, 2, size=(80, 2))
    assert residual(features.transform(X), outputs_of(open_encoding(spec, 2), X, rng)) > 1e-3


@pytest.mark.parametrize("layers", [1, 2])
def test_a_circuit_that_encodes_again_is_spanned_by_as_many_uploads(layers):
    rng = np.random.default_rng(0)
    spec = CircuitSpec(ansatz="reuploading", layers=layers)
    circuit = open_circuit(spec, 2)
    theta = rng.normal(size=circuit.n_parameters)
    theta[list(circuit.is_factor)] = 1.0
    X = rng.uniform(-3, 3, size=(80, 2))

    @qml.qnode(qml.device("default.qubit", wires=2))
    def output():
        circuit(X, theta)
        return qml.expval(qml.Z(0))

    found, fewer = (
        residual(FourierFeatures(spec.encoding, 2, uploads=u).fit_transform(X), output()[:, None])
        for u in (layers, layers - 1)
    )
    assert found < 1e-10
    assert fewer > 1e-3


@pytest.mark.parametrize(("spec", "d"), KERNELS, ids=lambda v: getattr(v, "name", v))
def test_all_frequencies_of_commuting_gates_are_the_fidelity_kernel(spec, d):
    X = np.random.default_rng(0).normal(size=(12, d))
    F = FourierFeatures(spec, count=100).fit_transform(X)
    np.testing.assert_allclose(
        F @ F.T, kernel_matrix(X, kernel=KernelSpec(encoding=spec)), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("name", ["angle", "iqp"])
def test_drawn_frequencies_approach_the_fidelity_kernel_as_their_number_grows(name):
    spec = EncodingSpec(name=name, **({"reps": 1} if name == "iqp" else {}))
    X = np.random.default_rng(0).normal(size=(10, 10)) / 2
    K = kernel_matrix(X, kernel=KernelSpec(encoding=spec))
    errors = []
    for count in (200, 20_000):
        features = FourierFeatures(spec, count=count, seed=1)
        F = features.fit_transform(X)
        assert not features.exhaustive_
        np.testing.assert_allclose(np.diag(F @ F.T), 1.0)
        errors.append(np.sqrt(np.mean((F @ F.T - K) ** 2)))
    # of `count` independent draws: standard deviation at most 1/√count
    assert errors[0] < 1 / np.sqrt(200)
    assert errors[1] < 1 / np.sqrt(20_000)
    assert errors[1] < errors[0] / 3


def test_multiplicities_are_those_of_independent_gates():
    features = FourierFeatures(EncodingSpec(name="angle"), 1).fit(np.zeros((1, 1)))
    shares = dict(zip(features.frequencies_[:, 0], features.shares_, strict=True))
    assert shares == {0.0: 0.5, 1.0: 0.5}
    thrice = FourierFeatures(EncodingSpec(name="angle"), 1, uploads=3).fit(np.zeros((1, 1)))
    shares = dict(zip(thrice.frequencies_[:, 0], thrice.shares_, strict=True))
    # differences of three spins: binomial of six coins
    assert shares == pytest.approx({0.0: 20 / 64, 1.0: 30 / 64, 2.0: 12 / 64, 3.0: 2 / 64})


def test_drawn_shares_are_the_exact_ones_up_to_chance():
    spec = EncodingSpec(name="iqp", reps=2)
    exact = FourierFeatures(spec, 2, count=1000).fit(np.zeros((1, 2)))
    known = dict(zip(map(tuple, exact.frequencies_), exact.shares_, strict=True))
    generator = np.random.default_rng(3)
    found = drawn_frequencies(circuit_spectrum(open_encoding(spec, 2)), 40_000, generator)
    assert set(found) <= set(known)
    for frequency, share in known.items():
        sigma = np.sqrt(share * (1 - share) / 40_000)
        assert abs(found.get(frequency, 0.0) - share) < 5 * sigma


def test_the_seed_decides_the_draws():
    X = np.random.default_rng(0).normal(size=(5, 8))
    first, again, other = (
        FourierFeatures(EncodingSpec(), seed=s).fit_transform(X) for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or not np.allclose(first, other)


def test_a_gate_that_is_no_pauli_rotation_is_refused():
    with pytest.raises(SpecError, match=r"encoding amplitude .* StatePrep"):
        FourierFeatures(EncodingSpec(name="amplitude")).fit(np.ones((3, 4)))


def test_the_machine_of_a_kernel_model_is_its_svm_where_the_kernel_is_the_same():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    y = (np.sin(X[:, 0]) * X[:, 1] > 0).astype(int)
    model = ModelSpec(kernel={"encoding": {"name": "angle"}})
    machine = clone(fourier_estimator(model, "classification", 10.0, 0.7, 0)).fit(X, y)
    kernel = KernelSpec(encoding=EncodingSpec(name="angle", bandwidth=0.7))
    K = kernel_matrix(X, kernel=kernel)
    expected = SVC(C=10.0, kernel="precomputed").fit(K, y).decision_function(K)
    np.testing.assert_allclose(machine.decision_function(X), expected, atol=5e-3)


@pytest.mark.parametrize(
    "model",
    [
        ModelSpec(name="qsvr", kernel={"encoding": {"name": "angle"}}),
        ModelSpec(name="vqr", circuit={"encoding": {"name": "angle"}}),
    ],
    ids=lambda model: model.name,
)
def test_values_are_learned_in_their_own_units(model):
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, size=(80, 2))
    y = 500 + 40 * np.sin(2 * X[:, 0]) * np.cos(X[:, 1])
    assert cross_val_score(fourier_estimator(model, "regression", 100.0, 2.0, 0), X, y).min() > 0.95


def test_a_trained_circuit_is_stood_for_by_ridge_regression_with_its_uploads():
    X = np.random.default_rng(0).uniform(-np.pi, np.pi, size=(120, 1))
    y = (np.cos(3 * X[:, 0]) > 0).astype(int)
    scores = []
    for layers in (1, 3):
        circuit = {"ansatz": "reuploading", "layers": layers}
        model = ModelSpec(name="vqc", circuit=circuit)
        machine = fourier_estimator(model, "classification", 1e4, 1.0, 0)
        scores.append(cross_val_score(machine, X, y).mean())
    assert scores[1] > 0.9 > 0.75 > scores[0]
