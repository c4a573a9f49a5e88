import numpy as np
import pytest

from qml_core.circuits.encodings import open_encoding
from qml_core.errors import DataError, SpecError
from qml_core.specs import EncodingSpec


@pytest.mark.parametrize(("features", "qubits"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (9, 4)])
def test_the_state_is_the_normalised_row_padded_with_zeros(opened, states, rng, features, qubits):
    X = rng.normal(size=(4, features))
    expected = np.zeros((4, 2**qubits))
    expected[:, :features] = X / np.linalg.norm(X, axis=1, keepdims=True)
    found = states(opened("amplitude", features), X)
    np.testing.assert_allclose(found, expected, atol=1e-15)


def test_the_kernel_is_the_squared_cosine(opened, states, rng):
    X = rng.normal(size=(5, 6))
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    found = states(opened("amplitude", 6), X)
    np.testing.assert_allclose(
        np.abs(found @ found.conj().T) ** 2, (unit @ unit.T) ** 2, atol=1e-15
    )


def test_check_reports_padding_and_the_norms_that_are_lost(opened):
    notes = opened("amplitude", 3).check(np.array([[3.0, 4, 0], [0, 0, 0.5]]))
    assert any("3 features -> 4 amplitudes" in note for note in notes)
    assert any("0.5 to 5" in note for note in notes)


def test_no_padding_is_reported_where_there_is_none(opened):
    assert not any("padded" in note for note in opened("amplitude", 4).check(np.ones((2, 4))))


@pytest.mark.parametrize("value", [0.0, 1e-200, 1e200])
def test_a_row_that_cannot_be_normalised_is_refused_with_its_number(opened, value):
    X = np.ones((3, 2))
    X[1] = value
    with np.errstate(all="ignore"), pytest.raises(DataError, match="1 of 3 rows, first row 1"):
        opened("amplitude", 2).check(X)


def test_at_most_a_million_features_are_held():
    spec = EncodingSpec(name="amplitude")
    assert open_encoding(spec, 2**20).n_qubits == 20
    with pytest.raises(SpecError, match="at most 1048576 features, found 1048577"):
        open_encoding(spec, 2**20 + 1)
