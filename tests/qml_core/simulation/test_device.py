"""QNodes on qml.batched against the same on default.qubit."""

import re
from functools import partial
from pathlib import Path

import numpy as np
import pennylane as qml
import pytest

ANGLES = np.random.default_rng(5).uniform(-3, 3, 5)
BATCH = np.random.default_rng(6).uniform(-3, 3, (5, 4))
HAMILTONIAN = qml.Hamiltonian(
    [0.3, -1.2, 0.7, 0.1], [qml.Z(0), qml.X(0) @ qml.Y(2), qml.Z(1) @ qml.Z(2), qml.I(0)]
)
HERMITIAN = np.array([[1.0, 0.4 - 0.2j], [0.4 + 0.2j, -0.3]])
EXACT = {
    "expval": lambda: qml.expval(qml.X(1)),
    "expval of a product": lambda: qml.expval(qml.Z(0) @ qml.Y(2)),
    "expval of a Hamiltonian": lambda: qml.expval(HAMILTONIAN),
    "expval of a sum": lambda: qml.expval(qml.sum(qml.X(0), 0.5 * qml.prod(qml.Z(1), qml.Y(2)))),
    "expval of a Hermitian": lambda: qml.expval(qml.Hermitian(HERMITIAN, wires=1)),
    "expval of a projector": lambda: qml.expval(qml.Projector([1, 0], wires=[2, 0])),
    "var": lambda: qml.var(qml.Z(0) @ qml.X(1)),
    "probs": lambda: qml.probs(),
    "probs of wires in another order": lambda: qml.probs(wires=[2, 0]),
    "probs in another basis": lambda: qml.probs(op=qml.Y(1)),
    "state": lambda: qml.state(),
    "density matrix": lambda: qml.density_matrix(wires=[2, 0]),
    "purity": lambda: qml.purity(wires=[1]),
    "von Neumann entropy": lambda: qml.vn_entropy(wires=[0], log_base=2),
    "mutual information": lambda: qml.mutual_info(wires0=[0], wires1=[2]),
    "several": lambda: (qml.expval(qml.Z(0)), qml.probs(wires=[1]), qml.var(qml.X(2))),
}
SAMPLED = {
    "expval": lambda: qml.expval(qml.X(1)),
    "expval of a Hamiltonian": lambda: qml.expval(HAMILTONIAN),
    "var": lambda: qml.var(qml.Z(0) @ qml.X(1)),
    "probs": lambda: qml.probs(),
    "several": lambda: (qml.expval(qml.Y(0)), qml.probs(wires=[1]), qml.expval(qml.X(2))),
}


def gates(x, wires=(0, 1, 2)):
    a, b, c = wires
    qml.Hadamard(a)
    qml.RX(x[0], b)
    qml.CNOT([a, c])
    qml.Rot(x[1], x[2], x[3], c)
    qml.IsingXY(x[4], [c, b])
    qml.Toffoli([b, c, a])
    qml.PauliRot(x[0], "XYZ", wires=[c, a, b])
    qml.QFT([a, b, c])


def run(device, measure, x, shots=None, circuit=gates):
    @partial(qml.set_shots, shots=shots)
    @qml.qnode(device, diff_method=None)
    def node():
        circuit(x)
        return measure()

    return node()


def assert_equal(ours, theirs, atol=1e-12):
    ours, theirs = (r if isinstance(r, tuple) else (r,) for r in (ours, theirs))
    assert len(ours) == len(theirs)
    for found, expected in zip(ours, theirs, strict=True):
        assert np.shape(found) == np.shape(expected)
        np.testing.assert_allclose(found, expected, rtol=0, atol=atol)


@pytest.mark.parametrize("measure", EXACT.values(), ids=EXACT)
@pytest.mark.parametrize("x", [ANGLES, BATCH], ids=["one", "batch"])
def test_exact_results_are_those_of_default_qubit(measure, x):
    ours, theirs = (
        run(qml.device(d, wires=3), measure, x) for d in ("qml.batched", "default.qubit")
    )
    assert_equal(ours, theirs)


@pytest.mark.parametrize("measure", SAMPLED.values(), ids=SAMPLED)
@pytest.mark.parametrize("x", [ANGLES, BATCH], ids=["one", "batch"])
def test_sampled_results_are_near_the_exact_ones(measure, x):
    shots = 40_000
    ours = run(qml.device("qml.batched", wires=3, seed=1), measure, x, shots)
    exact = run(qml.device("default.qubit", wires=3), measure, x)
    width = 1 + sum(abs(c) for c in HAMILTONIAN.terms()[0])
    assert_equal(ours, exact, atol=5 * width / np.sqrt(shots))


def test_counts_and_samples_follow_the_probabilities():
    device = qml.device("qml.batched", wires=3, seed=2)
    probabilities = run(device, qml.probs, ANGLES)
    counts, samples = run(device, lambda: (qml.counts(), qml.sample()), ANGLES, shots=20_000)
    assert sum(counts.values()) == 20_000
    from_counts = np.array([counts.get(f"{k:03b}", 0) for k in range(8)]) / 20_000
    from_samples = np.bincount(samples @ [4, 2, 1], minlength=8) / 20_000
    for found in (from_counts, from_samples):
        np.testing.assert_allclose(found, probabilities, rtol=0, atol=5 * 0.5 / np.sqrt(20_000))


def test_shadows_of_a_batch_give_its_expectation_values():
    word = qml.X(0) @ qml.Z(2)
    device = qml.device("qml.batched", wires=3, seed=3)
    found = run(device, lambda: qml.shadow_expval(word), BATCH, shots=20_000)
    np.testing.assert_allclose(
        found, run(device, lambda: qml.expval(word), BATCH), rtol=0, atol=5 * 3 / np.sqrt(20_000)
    )
    bits, recipes = run(device, lambda: qml.classical_shadow(wires=[0, 2]), ANGLES, shots=50)
    assert bits.shape == recipes.shape == (50, 2)


def test_a_vector_of_shots_gives_a_result_for_each_number():
    device = qml.device("qml.batched", wires=3, seed=4)
    results = run(device, lambda: (qml.sample(wires=[1]), qml.probs()), ANGLES, shots=(10, 10, 30))
    assert [r[0].shape for r in results] == [(10, 1), (10, 1), (30, 1)]
    assert all(r[1].shape == (8,) for r in results)


def test_an_equal_seed_gives_equal_samples_and_another_seed_others():
    def draw(seed):
        return run(qml.device("qml.batched", wires=3, seed=seed), qml.sample, ANGLES, shots=100)

    np.testing.assert_array_equal(draw(5), draw(5))
    np.testing.assert_array_equal(draw(5), draw(np.random.default_rng(5)))
    assert np.any(draw(5) != draw(6))


def test_a_device_draws_anew_at_each_execution():
    device = qml.device("qml.batched", wires=3, seed=5)
    assert np.any(run(device, qml.sample, ANGLES, 100) != run(device, qml.sample, ANGLES, 100))


@pytest.mark.parametrize("labels", [["ancilla", "q", 7], [-1, 3, 0], ["a", "b", 2.5]])
@pytest.mark.parametrize("given", [True, False], ids=["device with wires", "device without"])
def test_wires_may_have_any_labels(labels, given):
    def measure():
        return qml.expval(qml.Z(labels[2]) @ qml.X(labels[0])), qml.probs(wires=labels[::-1])

    results = []
    for name in ("qml.batched", "default.qubit"):
        device = qml.device(name, wires=labels if given else None)
        results.append(run(device, measure, BATCH, circuit=partial(gates, wires=labels)))
    assert_equal(*results)


def test_wires_that_are_not_touched_are_in_the_state():
    def circuit(x):
        qml.RY(x[0], wires=3)

    ours, theirs = (
        run(qml.device(d, wires=5), qml.state, ANGLES, circuit=circuit)
        for d in ("qml.batched", "default.qubit")
    )
    assert ours.shape == (2**5,)
    assert ours.dtype == np.complex128  # of a real circuit too
    assert_equal(ours, theirs)


def test_templates_and_state_preparations_are_decomposed_or_prepared():
    weights = np.random.default_rng(8).uniform(-1, 1, (2, 4, 3))

    def circuit(x):
        qml.AmplitudeEmbedding(x, wires=range(3), pad_with=0.1, normalize=True)
        qml.StronglyEntanglingLayers(weights, wires=range(4))
        qml.adjoint(qml.QFT)(wires=range(4))
        qml.ctrl(qml.RY, control=[0, 3], control_values=[1, 0])(0.3, wires=2)
        qml.QubitUnitary(qml.matrix(qml.IsingXY(0.4, wires=[0, 1])), wires=[3, 1])
        qml.MultiControlledX(wires=[0, 1, 3, 2])
        qml.StatePrep(np.array([0.6, 0.8j]), wires=[2])  # inside: as gates, on |0⟩ or not

    ours, theirs = (
        run(qml.device(d, wires=4), qml.state, ANGLES, circuit=circuit)
        for d in ("qml.batched", "default.qubit")
    )
    assert_equal(ours, theirs)


def test_single_precision_is_near():
    device = qml.device("qml.batched", wires=3, precision="single", seed=1)
    state = run(device, qml.state, BATCH)
    assert state.dtype == np.complex64
    np.testing.assert_allclose(
        state, run(qml.device("default.qubit", wires=3), qml.state, BATCH), rtol=0, atol=1e-5
    )


def test_a_deep_circuit_in_single_precision_is_sampled_although_its_norm_has_drifted():
    def deep(x):
        for layer in range(40):
            qml.AngleEmbedding(x, wires=range(10), rotation="XY"[layer % 2])
            for wire in range(9):
                qml.CNOT([wire, wire + 1])

    x = np.random.default_rng(0).uniform(-3, 3, (8, 10))
    device = qml.device("qml.batched", wires=10, precision="single", seed=1)
    state = run(device, qml.state, x, circuit=deep)
    assert np.max(np.abs(np.sum(np.abs(state.astype(complex)) ** 2, axis=1) - 1)) > 1e-6
    assert run(device, qml.sample, x, shots=20, circuit=deep).shape == (8, 20, 10)


def test_the_tracker_counts_executions_and_shots():
    device = qml.device("qml.batched", wires=3, seed=1)
    with qml.Tracker(device) as tracker:
        run(device, lambda: qml.expval(qml.Z(0)), ANGLES, shots=70)
    assert tracker.totals["simulations"] == 1
    assert tracker.totals["shots"] == 70


def test_snapshots_are_results_on_the_way():
    @qml.qnode(qml.device("qml.batched", wires=1))
    def node():
        qml.Hadamard(0)
        qml.Snapshot("half way", qml.probs(wires=0))
        qml.Hadamard(0)
        return qml.expval(qml.Z(0))

    with pytest.warns(UserWarning, match="a tape will be created for each snapshot"):
        found = qml.snapshots(node)()
    np.testing.assert_allclose(found["half way"], [0.5, 0.5], atol=1e-12)
    np.testing.assert_allclose(found["execution_results"], 1.0, atol=1e-12)


def test_the_example_of_the_docs_runs_as_written():
    page = (Path(__file__).parents[3] / "docs/device.md").read_text()
    code, *_ = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    names = {}
    exec(code, names)
    assert names["theta"].grad.shape == (2, 4, 3)
