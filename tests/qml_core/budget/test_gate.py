"""The gate is a pure decision."""

import pytest

from qml_core.budget.gate import check_memory
from qml_core.errors import CircuitRefused
from qml_core.specs import BackendSpec


def test_a_state_vector_that_does_not_fit_is_refused_with_what_would():
    memory = 2**30
    check_memory(24, BackendSpec(), memory)
    with pytest.raises(CircuitRefused, match=r"25 qubits.*2\.00 GiB.*1\.00 GiB.*n_components=24"):
        check_memory(25, BackendSpec(), memory)
    check_memory(25, BackendSpec(precision="single"), memory)


def test_refusal_is_exit_3_and_status_422():
    with pytest.raises(CircuitRefused) as caught:
        check_memory(60, BackendSpec(), 2**34)
    assert (caught.value.exit_code, caught.value.http_status) == (3, 422)
    assert not caught.value.retryable


def test_more_qubits_than_a_float_has_room_for_are_refused_in_one_line():
    with pytest.raises(CircuitRefused, match=r"1200 qubits .* need 1e\+354 GiB .* 16\.00 GiB"):
        check_memory(1200, BackendSpec(), 2**34)
