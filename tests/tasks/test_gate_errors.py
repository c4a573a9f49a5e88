"""Mean gate errors of a record as depolarising probabilities."""

import numpy as np
import pennylane as qml
import pytest

from qml_core.errors import DataError
from qml_core.hardware.calibration import load_calibration
from qml_core.hardware.noise.channels import average_fidelity
from tasks.gate_errors import mean_gate_errors


def test_depolarising_has_the_records_mean_infidelity():
    record = load_calibration("ibm.fake_manila")
    found = mean_gate_errors(record)
    for qubits, p in ((1, found.one_qubit), (2, found.two_qubit)):
        kraus = np.stack(qml.DepolarizingChannel(p, wires=0).kraus_matrices())
        if qubits == 2:
            kraus = np.array([np.kron(a, b) for a in kraus for b in kraus])
        errors = [g.error for g in record.gates if len(g.wires) == qubits and g.error > 0]
        assert 1 - average_fidelity(kraus) == pytest.approx(sum(errors) / len(errors), rel=1e-9)


def test_a_record_without_gates_is_refused():
    record = load_calibration("ibm.fake_manila").model_copy(update={"gates": ()})
    with pytest.raises(DataError, match="no gates of 1 qubits"):
        mean_gate_errors(record)
