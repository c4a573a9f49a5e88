"""entanglement=none: product states, whose kernels are products."""

import numpy as np
import pytest

from qml_core.circuits.encodings import open_encoding
from qml_core.circuits.resources import resources
from qml_core.errors import SpecError
from qml_core.kernels import kernel_matrix
from qml_core.specs import EncodingSpec, KernelSpec

ENTANGLERS = [
    EncodingSpec(name="iqp", entanglement="none", bandwidth=0.7),
    EncodingSpec(name="zz", entanglement="none", bandwidth=0.7),
    EncodingSpec(name="pauli", entanglement="none", paulis=("Y", "Z", "XY"), bandwidth=0.7),
]


def factors(x, name, reps):
    """States (d, 2) of the qubits, by 2 × 2 matrices."""
    hadamard = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    found = []
    for value in x:
        state = np.array([1, 0], dtype=complex)
        for _ in range(reps):
            state = hadamard @ state
            if name == "pauli":  # exp(-i x Y), then exp(-i x Z)
                c, s = np.cos(value), np.sin(value)
                state = np.array([[c, -s], [s, c]]) @ state
            half = value / 2 if name == "iqp" else value
            state = np.exp([-1j * half, 1j * half]) * state
        found.append(state)
    return np.array(found)


@pytest.mark.parametrize("spec", ENTANGLERS, ids=lambda spec: spec.name)
def test_the_state_is_the_product_of_its_qubits(states, rng, spec):
    x = rng.normal(size=3)
    a, b, c = factors(0.7 * x, spec.name, spec.reps)
    expected = np.kron(np.kron(a, b), c)
    found = states(open_encoding(spec, 3), x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("spec", ENTANGLERS, ids=lambda spec: spec.name)
def test_the_kernel_is_the_product_of_those_of_the_features_for_any_number_of_qubits(rng, spec):
    X = rng.normal(size=(4, 80)) / 5
    rows = np.array([factors(0.7 * row, spec.name, spec.reps) for row in X])
    overlaps = np.einsum("iqs,jqs->ijq", rows.conj(), rows)
    expected = np.prod(np.abs(overlaps) ** 2, axis=-1)
    found = kernel_matrix(X, kernel=KernelSpec(encoding=spec))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "angle"), [("iqp", 1.0), ("zz", 2.0)])
def test_one_repetition_has_the_kernel_of_the_angle_encoding(rng, name, angle):
    X = rng.normal(size=(5, 3))
    spec = EncodingSpec(name=name, reps=1, entanglement="none")
    plain = EncodingSpec(name="angle", bandwidth=angle)
    found, expected = (kernel_matrix(X, kernel=KernelSpec(encoding=e)) for e in (spec, plain))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("spec", ENTANGLERS, ids=lambda spec: spec.name)
def test_no_gate_takes_two_qubits(spec):
    found = resources(open_encoding(spec, 5))
    assert (found.two_qubit, found.multi_qubit) == (0, 0)
    assert found.one_qubit == spec.reps * 5 * (3 if spec.name == "pauli" else 2)


def test_strings_of_pairs_alone_are_refused():
    spec = EncodingSpec(name="pauli", paulis=("ZZ", "XY"), entanglement="none")
    with pytest.raises(SpecError, match=r"leaves nothing of paulis=\['ZZ', 'XY'\]"):
        open_encoding(spec, 3)
