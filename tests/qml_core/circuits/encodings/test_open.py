import numpy as np
import pytest

from qml_core.circuits.encodings import open_encoding
from qml_core.errors import DataError, SpecError
from qml_core.specs import EncodingSpec


def test_the_number_of_qubits_asked_must_be_what_the_features_need(opened):
    assert opened("hamiltonian", 3, n_qubits=4).n_qubits == 4
    with pytest.raises(SpecError, match="n_qubits=3, but features=3 needs 4 qubits"):
        opened("hamiltonian", 3, n_qubits=3)


@pytest.mark.parametrize("name", ["basis", "amplitude"])
def test_a_bandwidth_is_refused_where_there_is_no_angle(opened, name):
    spec = EncodingSpec(name=name).model_copy(update={"bandwidth": 0.5})
    with pytest.raises(SpecError, match=f"encoding {name} has no bandwidth, found bandwidth=0.5"):
        open_encoding(spec, 2)


def test_no_features_are_refused(opened):
    with pytest.raises(SpecError, match="at least one feature, found 0"):
        opened("angle", 0)


@pytest.mark.parametrize("shape", [(3,), (5, 3), (1, 2, 2), ()])
def test_rows_of_another_width_are_refused(opened, shape):
    with pytest.raises(DataError, match="opened for 2 features"):
        opened("angle", 2)(np.zeros(shape))


@pytest.mark.parametrize("shape", [(2,), (4, 3), (0, 2)])
def test_check_refuses_data_that_are_no_rows_of_these_features(opened, shape):
    with pytest.raises(DataError, match="rows of 2 features asked"):
        opened("angle", 2).check(np.zeros(shape))


def test_check_reports_angles_out_of_the_expected_range_after_the_bandwidth(opened):
    X = np.array([[0.0, 1.0], [2.0, -4.0]])
    assert opened("angle", 2, bandwidth=0.25).check(X) == ()
    (note,) = opened("angle", 2, bandwidth=0.5).check(X)
    assert note.startswith("25.0% of the encoded angles lie outside [-1.571, 1.571] rad")
    assert note.endswith("found [-2, 1]")


def test_an_open_encoding_can_be_compared_and_hashed(opened):
    assert opened("iqp", 3) == opened("iqp", 3)
    assert len({opened("iqp", 3), opened("iqp", 3), opened("iqp", 4)}) == 2
