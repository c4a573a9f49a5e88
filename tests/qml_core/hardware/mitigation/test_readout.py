"""Readout correction undoes confusion of the record, and knows its error."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qml_core.errors import Refused
from qml_core.hardware.mitigation.readout import (
    corrected_zero_fraction,
    corrected_zero_fractions,
    inverse_confusion,
    sign_weights,
)
from qml_core.references import QubitCalibration

errors = st.floats(0, 0.3)
qubit = st.builds(QubitCalibration, p01=errors, p10=errors)
QUBITS = (
    QubitCalibration(p01=0.05, p10=0.01),
    QubitCalibration(p01=0.08, p10=0.02),
    QubitCalibration(p01=0.03, p10=0.03),
)


def confusion(qubits):
    matrices = [np.array([[1 - q.p10, q.p01], [q.p10, 1 - q.p01]]) for q in qubits]
    return reduce(np.kron, matrices)


def as_counts(numbers, n):
    return {f"{k:0{n}b}": int(number) for k, number in enumerate(numbers) if number}


@settings(deadline=None, max_examples=50)
@given(qubits=st.lists(qubit, min_size=1, max_size=4), seed=st.integers(0, 99))
def test_the_true_probability_of_zeros_is_restored(qubits, seed):
    n = len(qubits)
    true = np.random.default_rng(seed).dirichlet(np.ones(2**n))
    read = confusion(qubits) @ true
    scale = 10**12  # as many shots as make rounding to counts negligible
    found, _ = corrected_zero_fraction(as_counts(np.rint(read * scale), n), qubits)
    assert found == pytest.approx(true[0], abs=1e-9)


def test_the_inverses_are_those_of_the_confusion_matrices():
    product = reduce(np.kron, inverse_confusion(QUBITS)) @ confusion(QUBITS)
    np.testing.assert_allclose(product, np.eye(8), atol=1e-14)


def test_the_order_of_wires_is_that_of_the_string():
    good, bad = QubitCalibration(), QubitCalibration(p01=0.4, p10=0.1)
    straight, _ = corrected_zero_fraction({"00": 50, "01": 50}, (good, bad))
    crossed, _ = corrected_zero_fraction({"00": 50, "10": 50}, (good, bad))
    assert straight == pytest.approx((0.5 * 0.6 - 0.5 * 0.4) / 0.5)
    assert crossed == pytest.approx(0.5 * 0.6 / 0.5)


@pytest.mark.parametrize("kernel", [0.02, 0.4, 0.95])
def test_the_standard_error_is_the_spread_of_many_draws(kernel):
    rng = np.random.default_rng(2)
    true = np.array([kernel, *[(1 - kernel) / 7] * 7])
    draws = rng.multinomial(2000, confusion(QUBITS) @ true, 3000)
    values, found = corrected_zero_fractions([as_counts(d, 3) for d in draws], QUBITS)
    assert values.mean() == pytest.approx(kernel, abs=5 * values.std() / np.sqrt(3000))
    assert found.mean() == pytest.approx(values.std(), rel=0.06)


def test_counts_of_one_string_only_have_an_error():
    for counts in ({"000": 100}, {"111": 100}):
        value, error = corrected_zero_fraction(counts, QUBITS)
        assert error > 0.004
    _, without = corrected_zero_fraction({"000": 100}, [QubitCalibration()] * 3)
    assert without == pytest.approx(np.sqrt(0.5 * 100.5 / 101**2 / 102))
    assert value == pytest.approx(0, abs=0.001)


def test_a_qubit_that_reads_at_random_is_refused():
    with pytest.raises(Refused, match=r"p01 \+ p10 < 1, found 0.6 \+ 0.4 at the qubit of wire 1"):
        corrected_zero_fraction({"00": 1}, [QUBITS[0], QubitCalibration(p01=0.6, p10=0.4)])


@given(qubit)
def test_corrected_signs_restore_the_expectation_of_z(q):
    weights = sign_weights(1, [q])[0]
    np.testing.assert_allclose(weights @ confusion([q]), [1, -1], atol=1e-12)


def test_signs_without_a_calibration_are_plain():
    assert sign_weights(2, None).tolist() == [[1, -1], [1, -1]]
