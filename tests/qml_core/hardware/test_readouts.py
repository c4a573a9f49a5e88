"""All outcomes of a readout from the counts of jobs."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pennylane as qml
import pytest
import torch
from pennylane.tape import QuantumScript

from qml_core.circuits.readout import open_readout
from qml_core.circuits.variational import open_circuit
from qml_core.errors import Refused
from qml_core.hardware.expectation import expectation_value, measurement_groups
from qml_core.hardware.measurement import Ran
from qml_core.hardware.outcome_weights import diagonal_weights, word_covariance
from qml_core.hardware.readouts import MeasuredReadout
from qml_core.hardware.registry import open_backend
from qml_core.hardware.running import SimulatedRun
from qml_core.references import Calibration, QubitCalibration
from qml_core.specs import BackendSpec
from qml_core.specs.circuit import CircuitSpec, MeasurementSpec
from qml_core.training.exact import ExactFunction, exact_evaluate
from qml_core.training.measured import MeasuredFunction

SHOTS = 400


def simulated(readout, name="qml.batched", shots=SHOTS, seed=0):
    backend = open_backend(BackendSpec(name=name, shots=shots), seed)
    return MeasuredReadout(SimulatedRun("a" * 64, backend, None), readout, shots, name)


def ghz(*more):
    return QuantumScript([qml.RY(1.1, 0), qml.CNOT([0, 1]), qml.CNOT([1, 2]), *more])


class Recorded:
    """A run that notes its parts and answers with given counts."""

    def __init__(self, counts, noise=None, qubits=None):
        self.parts, self._counts, self._noise, self._qubits = [], counts, noise, qubits
        self.backend = open_backend(BackendSpec(name="qml.batched", shots=10))

    def __call__(self, part, circuits, shots):
        self.parts.append((part, len(circuits)))
        qubits = None if self._qubits is None else (self._qubits,) * len(circuits)
        return Ran((self._counts,) * len(circuits), qubits, self._noise)


@pytest.mark.parametrize(
    "measurement",
    [
        MeasurementSpec(),
        MeasurementSpec(kind="global"),
        MeasurementSpec(kind="pauli", paulis=("XII-0.5*ZZI", "YYI+0.25*III", "IZZ")),
    ],
)
def test_values_are_within_their_standard_errors_of_the_exact_ones(measurement):
    readout = open_readout(measurement, 3, 1 if measurement.kind == "global" else 3)
    rng = np.random.default_rng(1)
    circuits = [
        ghz(qml.RX(a, 0), qml.RY(b, 1), qml.RX(a + b, 2)) for a, b in rng.normal(size=(150, 2))
    ]
    exact = exact_evaluate(readout)(circuits, "part").values
    found = simulated(readout)(circuits, "part")
    scores = (found.values - exact) / found.errors
    spread = (scores**2).mean(axis=0)
    assert np.all(np.abs(spread - 1) < 4 * np.sqrt(2 / len(circuits)))
    np.testing.assert_allclose(
        found.errors**2, np.diagonal(found.covariances, axis1=1, axis2=2), atol=1e-15
    )


def test_outcomes_of_the_same_shots_are_correlated_as_said():
    readout = open_readout(MeasurementSpec(), 3, 2)
    found = simulated(readout)([ghz()] * 200, "part")
    differences = found.values[:, 0] - found.values[:, 1]
    assert np.all(differences == 0.0)  # both qubits of the state are always equal
    said = np.mean(found.covariances[:, 0, 1])
    assert said == pytest.approx(np.cov(found.values.T)[0, 1], rel=0.4)
    assert said == pytest.approx((1 - np.cos(1.1) ** 2) / SHOTS, rel=0.05)
    assert np.all(np.linalg.eigvalsh(found.covariances) > 0)


def test_diagonal_and_written_out_words_give_what_expectation_values_give():
    counts = {"000": 40, "011": 25, "110": 30, "101": 5}
    calibration = [QubitCalibration(p01=0.02, p10=0.01 * k) for k in range(3)]
    measurement = MeasurementSpec(kind="pauli", paulis=("ZZI-0.5*IIZ+0.25*III",))
    readout = open_readout(measurement, 3, 1)
    observable = readout.sentences[0].operation()
    for qubits in (None, calibration):
        value, error = expectation_value([counts], measurement_groups(observable), qubits)
        found = diagonal_weights(readout.diagonals, qubits).moments(counts)
        assert found.values[0] == pytest.approx(value, abs=1e-12)
        assert np.sqrt(found.covariances[0, 0]) == pytest.approx(error, rel=0.02)


def test_readout_errors_are_undone_where_the_qubits_lie():
    prepared, p01, p10 = 0.3, 0.08, 0.03  # probability of |1⟩ on wire 0
    read = prepared * (1 - p01) + (1 - prepared) * p10
    counts = {"0": round(1e6 * (1 - read)), "1": round(1e6 * read)}
    perfect, faulty = QubitCalibration(p01=0, p10=0), QubitCalibration(p01=p01, p10=p10)
    record = Calibration(
        provider="ibm",
        backend="fake",
        taken_at=datetime(2026, 1, 1, tzinfo=UTC),
        qubits=(perfect, faulty),
        gates=(),
    )
    readout = open_readout(MeasurementSpec(), 1, 1)
    circuit = QuantumScript([qml.RX(0.1, 0)])
    for correct, expected in ((True, 1 - 2 * prepared), (False, 1 - 2 * read)):
        run = Recorded(counts, record, qubits=(1,))
        evaluate = MeasuredReadout(run, readout, 10, "qml.batched", readout_correction=correct)
        assert evaluate([circuit], "part").values[0, 0] == pytest.approx(expected, abs=1e-5)


def test_a_qubit_that_says_nothing_is_refused():
    hopeless = QubitCalibration(p01=0.5, p10=0.5)
    with pytest.raises(Refused, match="p01"):
        diagonal_weights(np.array([[1.0, -1.0]]), [hopeless])


def test_a_part_is_one_job_or_numbered_ones_and_circuits_are_counted():
    measurement = MeasurementSpec(kind="pauli", paulis=("XII", "ZII"))
    readout = open_readout(measurement, 3, 2)
    run = Recorded({"000": 10})
    evaluate = MeasuredReadout(run, readout, 10, "qml.batched")
    assert evaluate.groups == 2
    evaluate([ghz()] * 150, "epoch 1 step 1")
    evaluate([ghz()] * 151, "epoch 1 step 2")
    assert run.parts == [
        ("epoch 1 step 1", 300),
        ("epoch 1 step 2 job 1", 300),
        ("epoch 1 step 2 job 2", 2),
    ]
    assert evaluate.circuits == 602


def test_covariances_of_words_are_those_of_the_state():
    readout = open_readout(MeasurementSpec(), 3, 1)
    words = [((0,), (1, 2)), ((0,), (1,), (2,))]
    circuits = [ghz(qml.RX(0.4, 1)), ghz(qml.RY(0.3, 2))]
    exact = exact_evaluate(readout).covariances(circuits, words, "part")
    found = simulated(readout, shots=40_000).covariances(circuits, words, "part")
    for a, b in zip(exact, found, strict=True):
        np.testing.assert_allclose(a, b, atol=0.03)
        assert np.abs(a).max() > 0.3


def test_the_covariance_of_words_is_unbiased():
    rng, cosine = np.random.default_rng(0), 0.6
    mean = np.zeros((1, 1))
    for _ in range(4000):
        ones = int(rng.binomial(5, (1 - cosine) / 2))
        counts = {s: n for s, n in (("0", 5 - ones), ("1", ones)) if n}
        mean += word_covariance(counts, ((0,),), 1, None) / 4000
    assert mean[0, 0] == pytest.approx(1 - cosine**2, abs=0.03)


def measured_gradient(seed, part):
    """Of the sum of correlated outputs: by shots and exactly, with the errors that were said."""
    circuit = open_circuit(CircuitSpec(ansatz="reuploading", layers=1), 2)
    readout = open_readout(MeasurementSpec(), 2, 2)
    rng = np.random.default_rng(seed)
    x, theta = torch.tensor(rng.normal(size=(2, 2))), rng.uniform(0, 6, circuit.n_parameters)
    function = MeasuredFunction(circuit, readout, simulated(readout, seed=seed))
    found = []
    for way in (function, ExactFunction(circuit, readout)):
        at = torch.tensor(theta, requires_grad=True)
        (way(x, at, part).sum(dim=1) * torch.tensor([1.0, -2.0])).sum().backward()
        found.append(at.grad.numpy())
    return *found, function.gradient_errors.numpy()


def test_measured_gradients_are_within_their_standard_errors_of_the_exact_ones():
    draws = [measured_gradient(seed, "part") for seed in range(25)]
    measured, exact, errors = (np.array(column) for column in zip(*draws, strict=True))
    known = errors > 0  # the last RZ of a qubit that is read has none
    np.testing.assert_allclose(measured[~known], exact[~known], atol=1e-12)
    scores = ((measured - exact)[known] / errors[known]) ** 2
    assert known.sum() >= 100
    assert abs(scores.mean() - 1) < 4 * np.sqrt(2 / len(scores))


@dataclass(frozen=True)
class OneControlled:
    """Two rotations by one angle, a controlled one, and a last RZ that nobody sees."""

    n_qubits: int = 2
    n_features: int = 1
    n_parameters: int = 3

    def __call__(self, x, theta):
        qml.RX(x[..., 0], 0)
        qml.RY(theta[..., 0], 0)
        qml.RY(theta[..., 0], 1)
        qml.CRX(theta[..., 1], [0, 1])
        qml.RZ(theta[..., 2], 0)


def test_circuits_run_are_rows_times_bases_times_shifts_of_what_is_seen():
    theta = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64, requires_grad=True)
    x = torch.tensor([[0.1], [0.2], [0.3]], dtype=torch.float64)
    for paulis, bases, per_row in ((("ZI", "IZ"), 1, 1 + 2 + 2 + 4), (("IY", "IZ"), 2, 9)):
        readout = open_readout(MeasurementSpec(kind="pauli", paulis=paulis), 2, 2)
        run = Recorded({"00": 10})
        evaluate = MeasuredReadout(run, readout, 10, "qml.batched")
        function = MeasuredFunction(OneControlled(), readout, evaluate)
        function(x, theta, "step 1").sum().backward()
        assert run.parts == [("step 1", 3 * bases * per_row)]
        with torch.no_grad():
            function(x, theta, "validation")
        assert run.parts[1] == ("validation", 3 * bases)
        assert evaluate.circuits == sum(circuits for _, circuits in run.parts)
