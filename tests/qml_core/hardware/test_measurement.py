"""Blocks from shots: the right circuits, and counts that become the right entries."""

from itertools import product

import numpy as np
import pennylane as qml
import pytest

from qml_core.circuits.encodings import open_encoding
from qml_core.errors import JobFailed
from qml_core.hardware.measurement import Ran, assemble, block_circuits, shares
from qml_core.hardware.shots import posterior_error
from qml_core.kernels import kernel_matrix
from qml_core.kernels.blocks import block_slices, cover
from qml_core.references import Calibration, KernelPlan, QubitCalibration
from qml_core.specs import KernelSpec

KERNEL = KernelSpec(encoding={"name": "iqp", "reps": 1})
ENCODING = open_encoding(KERNEL.encoding, 2)


def make_plan(shape, edge, symmetric=False, columns="train", prefixes=()):
    return KernelPlan.model_construct(
        shape=shape, edge=edge, symmetric=symmetric, columns=columns, prefixes=prefixes, n_qubits=2
    )


def device(*errors):
    """A record of qubits with these (p01, p10)."""
    qubits = tuple(QubitCalibration(p01=a, p10=b) for a, b in errors)
    return Calibration(provider="p", backend="b", taken_at=None, qubits=qubits)


def read_out(probabilities, qubits, shots):
    """Expected counts of two wires read with these errors, as integers."""
    confusion = np.eye(1)
    for q in qubits:
        confusion = np.kron(confusion, [[1 - q.p10, q.p01], [q.p10, 1 - q.p01]])
    seen = confusion @ np.asarray(probabilities) * shots
    return {f"{k:02b}": round(float(n)) for k, n in enumerate(seen)}


def ran(*counts, qubits=None, calibration=None, job=None):
    return Ran(tuple(counts), qubits, calibration, job)


def probability_of_zeros(circuit):
    tape = qml.tape.QuantumScript(circuit.operations, [qml.probs(wires=range(2))])
    (found,) = qml.execute([tape], qml.device("default.qubit"), diff_method=None)
    return float(found[0])


@pytest.mark.parametrize(
    ("shape", "edge", "symmetric", "columns"),
    [
        ((5, 5), 3, True, "all"),
        ((3, 5), 2, False, "train"),
        ((5, 1), 2, False, "self"),
    ],
)
def test_the_circuits_of_all_blocks_measure_the_kernel_matrix(shape, edge, symmetric, columns):
    rng = np.random.default_rng(3)
    X = rng.uniform(0, 2, (shape[0], 2))
    Y = X if symmetric or columns == "self" else rng.uniform(0, 2, (shape[1], 2))
    plan, found = make_plan(shape, edge, symmetric, columns), np.full(shape, np.nan)
    for block in cover(shape, edge, symmetric=symmetric):
        circuits = block_circuits(plan, block, ENCODING, X, Y)
        shots = 10**12
        zeros = [round(shots * probability_of_zeros(c)) for c in circuits]
        counts = [{"00": z, "11": shots - z} for z in zeros]
        job = ran(*counts)
        measured = assemble(
            plan, block, shares([(job, range(len(counts)))], len(counts), 2), (job,)
        )
        place = block_slices(block, shape, edge)
        found[place] = measured.values
        if symmetric:
            found[place[::-1]] = measured.values.T
        np.testing.assert_allclose(measured.values, measured.measurement.corrected)
    expected = np.ones(shape) if columns == "self" else kernel_matrix(X, Y, kernel=KERNEL)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_a_diagonal_block_is_mirrored_and_no_shot_counts_twice():
    plan, counts = (
        make_plan((2, 2), 2, True, "all"),
        [{"00": n, "01": 100 - n} for n in (90, 7, 80)],
    )
    job = ran(*counts, job="a")
    block = assemble(plan, (0, 0), shares([(job, range(3))], 3, 2), (job,))
    np.testing.assert_array_equal(block.values, [[0.9, 0.07], [0.07, 0.8]])
    np.testing.assert_array_equal(block.measurement.counts, [[90, 7], [7, 80]])
    np.testing.assert_array_equal(block.measurement.shots, [[100, 100], [0, 100]])
    np.testing.assert_array_equal(block.measurement.errors, block.measurement.errors.T)
    assert block.measurement.shots.dtype == np.int64


def test_blocks_off_the_diagonal_are_not_mirrored():
    plan = make_plan((4, 4), 2, True, "all")
    job = ran(*[{"00": n, "11": 10 - n} for n in (1, 2, 3, 4)])
    block = assemble(plan, (0, 1), shares([(job, range(4))], 4, 2), (job,))
    np.testing.assert_array_equal(block.values, [[0.1, 0.2], [0.3, 0.4]])
    assert (block.measurement.shots == 10).all()


def test_two_runs_are_pooled_shot_by_shot():
    first = ran({"00": 4, "10": 12}, {"11": 16})
    second = ran({"00": 40, "01": 24})
    found = shares([(first, [0, 1]), (second, [1])], 2, 2)
    np.testing.assert_array_equal(found.zeros, [4, 40])
    np.testing.assert_array_equal(found.shots, [16, 80])
    np.testing.assert_allclose(found.corrected, [0.25, 0.5])
    parts = posterior_error([0, 40], [16, 64])
    pooled = np.sqrt((16 * parts[0]) ** 2 + (64 * parts[1]) ** 2) / 80
    np.testing.assert_allclose(found.errors, [posterior_error(4, 16), pooled])


def test_an_entry_that_was_never_read_has_an_error_all_the_same():
    found = shares([(ran({"11": 1000}), [0])], 1, 2)
    assert found.corrected[0] == 0
    assert found.errors[0] == pytest.approx(posterior_error(0, 1000))
    assert found.errors[0] > 0


@pytest.mark.parametrize("qubits", [None, ((0, 1),)])
def test_readout_errors_of_the_wires_are_undone(qubits):
    calibration, shots = device((0.1, 0.02), (0.3, 0.05)), 10**9
    counts = read_out([0.4, 0.3, 0.2, 0.1], calibration.qubits, shots)
    found = shares([(ran(counts, qubits=qubits, calibration=calibration), [0])], 1, 2)
    assert found.zeros[0] / shots != pytest.approx(0.4, abs=0.01)
    assert found.corrected[0] == pytest.approx(0.4, abs=1e-7)


def test_each_circuit_has_the_errors_of_the_qubits_it_was_read_from():
    calibration, shots = device((0.1, 0.0), (0.0, 0.2), (0.3, 0.1)), 10**9
    q = calibration.qubits
    truth = ([0.7, 0.1, 0.1, 0.1], [0.2, 0.3, 0.4, 0.1])
    places = ((2, 0), (1, 2))
    counts = [
        read_out(p, [q[k] for k in place], shots) for p, place in zip(truth, places, strict=True)
    ]
    job = ran(*counts, qubits=places, calibration=calibration)
    found = shares([(job, [1, 0])], 2, 2)
    np.testing.assert_allclose(found.corrected, [0.2, 0.7], atol=1e-7)
    exchanged = ran(*counts, qubits=places[::-1], calibration=calibration)
    assert abs(shares([(exchanged, [1, 0])], 2, 2).corrected - [0.2, 0.7]).min() > 0.01


def test_each_run_has_the_calibration_it_was_submitted_under():
    """The device was recalibrated between the pilot and the top-up."""
    shots, truth = 10**9, [0.5, 0.2, 0.2, 0.1]
    before, after = device((0.2, 0.1), (0.1, 0.1)), device((0.02, 0.01), (0.01, 0.01))
    runs = [(ran(read_out(truth, c.qubits, shots), calibration=c), [0]) for c in (before, after)]
    assert shares(runs, 1, 2).corrected[0] == pytest.approx(0.5, abs=1e-7)


@pytest.mark.parametrize(("qubits", "known"), [((), True), (None, False)])
def test_where_qubits_or_calibration_are_unknown_nothing_is_corrected(qubits, known):
    calibration = device((0.2, 0.2), (0.2, 0.2)) if known else None
    job = ran({"00": 30, "11": 70}, qubits=qubits, calibration=calibration)
    found = shares([(job, [0])], 1, 2)
    assert found.corrected[0] == 0.3
    assert found.errors[0] == pytest.approx(posterior_error(30, 100))


def test_the_errors_of_corrected_shares_are_those_that_repetitions_have():
    calibration, shots, rng = device((0.08, 0.03), (0.1, 0.05)), 400, np.random.default_rng(5)
    expected = read_out([0.3, 0.3, 0.2, 0.2], calibration.qubits, 10**9)
    p = np.array(list(expected.values())) / 10**9
    values, errors = [], []
    for _ in range(800):
        drawn = rng.multinomial(shots, p / p.sum())
        counts = {f"{k:02b}": int(n) for k, n in enumerate(drawn) if n}
        found = shares([(ran(counts, calibration=calibration), [0])], 1, 2)
        values.append(found.corrected[0])
        errors.append(found.errors[0])
    assert np.mean(values) == pytest.approx(0.3, abs=5 * np.std(values) / np.sqrt(800))
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.1)


def test_a_block_names_its_jobs_and_the_last_calibration():
    plan = make_plan((1, 1), 1)
    calibrations = device((0.1, 0.1), (0.1, 0.1)), device((0.2, 0.1), (0.1, 0.1))
    runs = tuple(
        ran({"00": 5, "11": 5}, calibration=c, job=j)
        for c, j in zip(calibrations, ("a", "b"), strict=True)
    )
    block = assemble(plan, (0, 0), shares([(run, [0]) for run in runs], 1, 2), runs)
    assert block.jobs == "a b"
    assert block.calibration == calibrations[1].digest
    local = ran({"00": 5})
    block = assemble(plan, (0, 0), shares([(local, [0])], 1, 2), (local,))
    assert (block.jobs, block.calibration) == (None, None)


def test_a_circuit_without_a_single_shot_is_a_failed_job():
    with pytest.raises(JobFailed):
        shares([(ran({}), [0])], 1, 2)


def test_bits_are_wire_0_first():
    """Only wire 0 has readout errors: 10 is one of them, 01 is not."""
    calibration = device((0.25, 0.0), (0.0, 0.0))
    for word, expected in (("10", -250 / 750), ("01", 0.0)):
        counts = {"00": 0, word: 1000}
        found = shares([(ran(counts, calibration=calibration), [0])], 1, 2).corrected[0]
        assert found == pytest.approx(expected)


def test_all_words_of_two_bits_weigh_what_the_inverse_confusion_says():
    calibration = device((0.1, 0.05), (0.2, 0.08))
    single = [np.linalg.inv([[1 - q.p10, q.p01], [q.p10, 1 - q.p01]]) for q in calibration.qubits]
    row = np.kron(*single)[0]
    for k, bits in enumerate(product("01", repeat=2)):
        job = ran({"".join(bits): 7}, calibration=calibration)
        assert shares([(job, [0])], 1, 2).corrected[0] == pytest.approx(row[k])
