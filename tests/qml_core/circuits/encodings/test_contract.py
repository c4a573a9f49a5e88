"""What every encoding promises."""

import math

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qml_core.circuits.encodings import Encoding, get, open_encoding
from qml_core.encoding_names import own_encodings, qubits_needed
from qml_core.errors import DataError
from qml_core.specs import EncodingSpec

every = pytest.mark.parametrize("name", own_encodings())
with_bandwidth = pytest.mark.parametrize(
    "name", [name for name in own_encodings() if "bandwidth" in get(name).parameters]
)
batches = arrays(
    float,
    st.tuples(st.integers(1, 3), st.integers(2, 4)),
    elements=st.floats(-10, 10).filter(lambda value: abs(value) > 1e-3),
)
few = settings(deadline=None, max_examples=15, derandomize=True)


def run(encoding, x):
    @qml.qnode(qml.device("default.qubit", wires=encoding.n_qubits))
    def circuit():
        encoding(x)
        return qml.state()

    return np.asarray(circuit())


@every
@few
@given(X=batches)
def test_a_batch_gives_the_states_of_its_rows_and_they_have_unit_norm(name, X):
    encoding = open_encoding(EncodingSpec(name=name), X.shape[1])
    found = run(encoding, X)
    assert found.shape == (len(X), 2**encoding.n_qubits)
    np.testing.assert_allclose(found, [run(encoding, x) for x in X], rtol=0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=0, atol=1e-12)


@with_bandwidth
@few
@given(X=batches, bandwidth=st.floats(0.01, 3))
def test_a_bandwidth_is_the_same_as_scaled_features(name, X, bandwidth):
    scaled = open_encoding(EncodingSpec(name=name, bandwidth=bandwidth), X.shape[1])
    plain = open_encoding(EncodingSpec(name=name), X.shape[1])
    np.testing.assert_allclose(run(scaled, X), run(plain, bandwidth * X), rtol=0, atol=1e-12)


@with_bandwidth
def test_a_bandwidth_changes_the_state(name):
    x = np.array([0.3, 0.9])
    a = run(open_encoding(EncodingSpec(name=name, bandwidth=0.5), 2), x)
    b = run(open_encoding(EncodingSpec(name=name), 2), x)
    assert abs(np.vdot(a, b)) ** 2 < 0.999


@every
@pytest.mark.parametrize("features", [2, 3, 4, 5, 16, 17, 1000])
def test_qubits_are_those_the_specs_count(name, features):
    assert open_encoding(EncodingSpec(name=name), features).n_qubits == qubits_needed(
        name, features
    )


@every
def test_integer_features_and_lists_are_accepted(name):
    encoding = open_encoding(EncodingSpec(name=name), 2)
    expected = run(encoding, np.array([1.0, 2.0]))
    np.testing.assert_array_equal(run(encoding, np.array([1, 2])), expected)
    np.testing.assert_array_equal(run(encoding, [1, 2]), expected)


@every
def test_what_is_known_of_it_is_complete(name):
    encoding = get(name)
    assert isinstance(encoding, Encoding)
    assert encoding.name == name == encoding.circuit.__name__
    assert set(encoding.parameters) <= set(EncodingSpec.model_fields) - {"name", "n_qubits"}
    assert encoding.circuit.__doc__
    assert encoding.depth
    assert "arXiv" in encoding.paper or "20" in encoding.paper
    assert encoding.description.endswith(".")
    assert encoding.angle_range is None or encoding.angle_range[0] < encoding.angle_range[1]


@every
def test_its_parameters_are_the_fields_the_specs_accept(name):
    changed = {
        "weights": (0.5, 1.0, 1.5, 0.7),
        "reps": 3,
        "entanglement": "ring",
        "rotation": "X",
        "paulis": ("Z", "XX"),
        "threshold": 0.5,
        "time": 2.0,
        "state_seed": 1,
        "bandwidth": 0.5,
    }
    spec = EncodingSpec(name=name, **{p: changed[p] for p in get(name).parameters})
    same = open_encoding(EncodingSpec(name=name), 4)
    other = open_encoding(spec, 4)
    x = np.array([0.1, 0.7, 1.1, 0.9])
    assert abs(np.vdot(run(same, x), run(other, x))) ** 2 < 0.999 or not get(name).parameters


@every
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_rows_that_are_not_finite_are_refused_with_their_number(name, bad):
    X = np.ones((4, 3))
    X[2, 1] = bad
    with pytest.raises(DataError, match="1 of 4 rows, first in row 2"):
        open_encoding(EncodingSpec(name=name), 3).check(X)


@every
def test_the_circuit_depends_on_the_shape_of_the_data_only(name):
    encoding = open_encoding(EncodingSpec(name=name), 3)
    tapes = [qml.tape.make_qscript(encoding)(x) for x in (np.full(3, 0.5), np.full((2, 3), -2.0))]
    first, second = ([(op.name, op.wires) for op in tape.operations] for tape in tapes)
    assert first == second
    assert set(tapes[0].wires) == set(encoding.wires)
